"""An invoice: sold once, for what is not in the catalogue, to whoever starts to pay first."""

import re
from dataclasses import dataclass
from datetime import datetime

from checkout.errors import CheckoutError, InvalidAmount, InvalidInput
from checkout.model.catalog import LocalizedText, Product
from checkout.model.money import CURRENCIES, CURRENCY, Money, currency_named, parse_price
from checkout.model.payment import Payment
from checkout.model.text import one_line, says_something

PREFIX = "inv_"
SKU_RANDOM = 24  # URL-safe characters: 144 bits, and with the prefix within a sku's 32
LONGEST_TITLE = 120  # as in the catalogue
# 19EUR, €19
GLUED = re.compile(rf"(?P<amount>.*[0-9])(?:{CURRENCY})|(?:{CURRENCY})\s*(?P<behind>-?[0-9].*)")
THOUSANDS = re.compile(rf"((?:(?:{CURRENCY})\s*)?\S*[0-9](?:\s[0-9]{{3}})+(?![0-9])\S*)\s*(.*)", re.DOTALL)
# Two thousand, or two for what begins with three digits: a sum that may be another one is asked for again.
UNCLEAR = re.compile(rf"(?:{CURRENCY})\s*[0-9]+(?: [0-9]{{3}})+")
NO_TEXT = LocalizedText({})


class InvoiceWrong(InvalidInput):
    """What was typed makes no invoice. ``typed`` is the part it is about.

    ``why`` is one of InvalidAmount's or ``nothing``, ``no_currency``, ``no_title``, ``long_title``.
    """

    def __init__(self, why: str, typed: str = "") -> None:
        super().__init__(f"this makes no invoice: {why}")
        self.why, self.typed = why, typed


class InvoiceClosed(CheckoutError):
    """It cannot be paid by this customer. ``why`` is ``paid``, ``canceled``, ``expired`` or ``taken``."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the invoice is {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class WrittenInvoice:
    """What an admin typed, read and checked."""

    title: str
    price: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    """``sku`` is its deep link's payload; ``telegram_user_id`` who started to pay, None for nobody. Times in UTC.

    ``is_paid`` from when money is on its way, and for good once it has come.
    """

    sku: str
    title: str
    price: Money
    admin_id: int
    created_at: datetime
    expires_at: datetime
    telegram_user_id: int | None = None
    canceled_at: datetime | None = None
    is_paid: bool = False

    @property
    def product(self) -> Product:
        return _product(self.sku, self.title, self.price)

    def check_open(self, now: datetime) -> None:
        """Raises InvoiceClosed when nobody can pay it any more."""
        if self.is_paid:
            raise InvoiceClosed("paid")
        if self.canceled_at is not None:
            raise InvoiceClosed("canceled")
        if now >= self.expires_at:
            raise InvoiceClosed("expired")

    def check_open_for(self, telegram_user_id: int, now: datetime) -> None:
        """Raises InvoiceClosed; somebody else's tells nothing more than that."""
        if self.telegram_user_id not in (None, telegram_user_id):
            raise InvoiceClosed("taken")
        self.check_open(now)


def is_invoice(sku: str) -> bool:
    """Whether this may be an invoice's; a product of the catalogue goes first."""
    return sku.startswith(PREFIX)


def product_of_invoice(payment: Payment) -> Product | None:
    """What a payment of an invoice was made for: there is nothing to send but the receipt."""
    return _product(payment.sku, payment.title, payment.money) if is_invoice(payment.sku) else None


def _product(sku: str, title: str, price: Money) -> Product:
    return Product(sku, LocalizedText({"en": title}), NO_TEXT, price, (), NO_TEXT)


def read_invoice(text: str) -> WrittenInvoice:
    """Reads ``<amount> <currency> <title>``. Raises InvoiceWrong."""
    amount, currency, title = _parts(text)
    if not amount:
        raise InvoiceWrong("nothing")
    if not any(map(str.isdigit, amount)):
        raise InvoiceWrong("no_number", amount)
    if not currency:
        raise InvoiceWrong("no_currency", amount)
    price = _price(amount, currency)
    title = one_line(title)
    if not says_something(title):
        raise InvoiceWrong("no_title")
    if len(title) > LONGEST_TITLE:
        raise InvoiceWrong("long_title")
    return WrittenInvoice(title, price)


def _parts(text: str) -> tuple[str, str, str]:
    """Amount, currency and title; what is missing is empty. ``19EUR``, ``€19`` and ``EUR 19`` are ``19 EUR``."""
    thousands = THOUSANDS.fullmatch(text.strip())
    first, rest = thousands.groups() if thousands else _word_and_rest(text)
    second, behind = _word_and_rest(rest)
    if UNCLEAR.fullmatch(first):
        raise InvoiceWrong("no_number", first)
    if _is_currency(first) and second[:1].isdecimal():
        return second, first, behind
    if not _is_currency(second) and (glued := GLUED.fullmatch(first)):
        amount = glued["amount"] or glued["behind"]
        return amount, first.replace(amount, ""), rest
    return first, second, behind


def _word_and_rest(text: str) -> tuple[str, str]:
    word, rest = (*text.split(maxsplit=1), "", "")[:2]
    return word, rest


def _is_currency(word: str) -> bool:
    return currency_named(word) in CURRENCIES


def _price(amount: str, currency: str) -> Money:
    try:
        return parse_price(amount, currency_named(currency))
    except InvalidAmount as error:
        raise InvoiceWrong(error.why, amount if error.why in ("no_number", "other_currency") else currency) from None
