"""What every text needs: one shop speaking one language."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from checkout.model.catalog import Catalog, Product, Shop
from checkout.model.invoice import product_of_invoice
from checkout.model.money import Money
from checkout.model.payment import Payment
from messages.language.formats import format_deadline, format_money, format_time
from messages.language.i18n import Texts, texts

REFUND_DAYS = "5–10"


@dataclass(frozen=True, slots=True)
class Voice:
    """``public_url`` has no slash at its end."""

    catalog: Catalog
    public_url: str
    language: str

    @property
    def shop(self) -> Shop:
        return self.catalog.shop

    @property
    def _texts(self) -> Texts:
        return texts("mail", self.language)

    def t(self, message: str, **values: str) -> str:
        """``message`` in this language, with ``values`` in its braces, as plain text."""
        return self._texts.gettext(message).format_map(values)

    def t_html(self, message: str, **values: str) -> str:
        """The same for Telegram's HTML: ``values`` are foreign text and escaped."""
        text = self._texts.gettext(message)
        return escape(text).format_map({name: escape(value) for name, value in values.items()})

    def money(self, amount: int, currency: str) -> str:
        """``amount`` in minor units."""
        return format_money(Money(amount, currency), self.language)

    def price(self, payment: Payment) -> str:
        return self.money(payment.amount, payment.currency)

    def time(self, at: datetime) -> str:
        return format_time(at, self.language, self.shop.timezone)

    def deadline(self, at: datetime) -> str:
        return format_deadline(at, self.language, self.shop.timezone)

    def product_of(self, payment: Payment) -> Product | None:
        return self.catalog.find(payment.sku) or product_of_invoice(payment)

    def pay_url(self, payment: Payment) -> str:
        return f"{self.public_url}/pay/{payment.pay_token}"


def escape(text: str) -> str:
    """For Telegram's HTML, where only these three characters mean anything."""
    return html.escape(text, quote=False)


def one_line(text: str, limit: int) -> str:
    """Without line breaks and control characters, at most ``limit`` characters: for subjects and captions."""
    plain = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def receipt_number(payment: Payment) -> str:
    """Six digits; empty until the payment has a number."""
    return f"{payment.receipt_number:06d}" if payment.receipt_number is not None else ""


def paid_at(payment: Payment) -> datetime:
    """When it was paid (UTC); the row's last change where Stripe's time is not known."""
    return payment.paid_at or payment.updated_at


def refunded_total(details: Mapping[str, str], payment: Payment) -> int:
    """Minor units given back so far, as the message was written; else as the row says."""
    told = details.get("amount_refunded", "")
    return int(told) if told.isdecimal() else payment.amount_refunded
