"""Amounts in minor units with their currency, as Stripe counts them.

Which currencies have no or three decimals, and the two that Stripe counts in hundredths although people write
them whole, is Stripe's "Supported currencies" page; the least amounts are its "Minimum charge amounts".
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from checkout.errors import InvalidAmount

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())
WHOLE_IN_HUNDREDTHS = frozenset({"isk", "ugx"})
TWO_DECIMAL = frozenset(
    "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop"
    " crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr jmd kes kgs"
    " khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab"
    " pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs"
    " uah usd uyu uzs wst xcd yer zar zmw".split()
)
CURRENCIES = ZERO_DECIMAL | THREE_DECIMAL | WHOLE_IN_HUNDREDTHS | TWO_DECIMAL

MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
    "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip
MAXIMUM = 99_999_999


def minor_digits(currency: str) -> int:
    """How many decimal digits Stripe's minor unit has."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def written_digits(currency: str) -> int:
    """How many decimals people may write."""
    if currency in WHOLE_IN_HUNDREDTHS:
        return 0
    return 2 if currency in THREE_DECIMAL else minor_digits(currency)


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in Stripe's minor units of ``currency`` (lower case)."""

    amount: int
    currency: str

    @property
    def major(self) -> Decimal:
        """The amount as people write it."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))


def parse_currency(text: str) -> str:
    """The currency in lower case, as Stripe writes it. Raises InvalidAmount for an unknown one."""
    currency = text.strip().lower()
    if currency not in CURRENCIES:
        raise InvalidAmount(f"{text.strip()[:12]!r} is not a currency that Stripe takes")
    return currency


def parse_money(text: str, currency: str) -> Money:
    """Reads an amount as people write it ("19.00", "19,5", "1500").

    Raises InvalidAmount for anything that is no number, has more decimals than the currency, is not above
    zero, or is outside what Stripe charges.
    """
    code = parse_currency(currency)
    money = parse_amount(text, code)
    least = MINIMUM.get(code, 1)
    if money.amount < least:
        raise InvalidAmount(f"the least amount Stripe charges is {Money(least, code).major} {code.upper()}")
    return money


def parse_amount(text: str, currency: str) -> Money:
    """Like parse_money without Stripe's minimum charge."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise InvalidAmount(f"{text.strip()[:20]!r} is not an amount; write it like 19.00") from None
    if not value.is_finite() or value <= 0:
        raise InvalidAmount("an amount is above zero")
    if value > MAXIMUM:
        raise InvalidAmount("the amount is larger than Stripe charges at once")
    digits = written_digits(currency)
    exponent = value.as_tuple().exponent
    # 1,000 may mean a thousand: zeros beyond the currency's decimals are no harmless ones.
    too_fine = isinstance(exponent, int) and -exponent > minor_digits(currency)
    if too_fine or value != value.quantize(Decimal(1).scaleb(-digits)):
        raise InvalidAmount(f"{currency.upper()} has {digits} decimals")
    amount = int(value.scaleb(minor_digits(currency)))
    if amount > MAXIMUM:
        raise InvalidAmount("the amount is larger than Stripe charges at once")
    return Money(amount, currency)


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
