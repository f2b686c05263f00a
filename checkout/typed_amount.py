"""An amount as an admin types it into the chat; what is wrong with it is told as a word, to be said in any language."""

import re
from decimal import Decimal

from checkout.errors import InvalidAmount
from checkout.money import MAXIMUM, Money, minor_digits, written_digits

# Without thousands separators: 1,000 would be a thousand for some people and one for others.
AMOUNT = re.compile(r"(-?)([0-9]{1,12})(?:[.,]([0-9]{1,12}))?")


class TypedAmountWrong(InvalidAmount):
    """``why`` is ``no_number``, ``other_currency``, ``not_above_zero``, ``decimals`` or ``too_large``."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this is not an amount: {why}")
        self.why = why


def typed_amount(text: str, currency: str) -> Money:
    """Reads ``10``, ``10.50``, ``10,50`` or ``10 EUR`` in ``currency`` (lower case). Raises TypedAmountWrong."""
    number, said = _without_currency(text)
    found = AMOUNT.fullmatch(number)
    if found is None:
        raise TypedAmountWrong("no_number")
    if said and said != currency:
        raise TypedAmountWrong("other_currency")
    minus, whole, decimals = found.group(1), found.group(2), found.group(3) or ""
    if len(decimals) > written_digits(currency):
        raise TypedAmountWrong("decimals")
    amount = int(Decimal(f"{whole}.{decimals or 0}").scaleb(minor_digits(currency)))
    if minus or amount == 0:
        raise TypedAmountWrong("not_above_zero")
    if amount > MAXIMUM:
        raise TypedAmountWrong("too_large")
    return Money(amount, currency)


def _without_currency(text: str) -> tuple[str, str]:
    """The number, and the currency's code in lower case where one stands behind it."""
    found = re.fullmatch(r"\s*(\S+?)\s*([A-Za-z]{3})?\s*", text, re.ASCII)
    return (found.group(1), (found.group(2) or "").lower()) if found else ("", "")
