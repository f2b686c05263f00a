"""What is said of a payment, whatever the message: its price, its link, its product, its receipt's number."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from checkout.model.catalog import Catalog, Product
from checkout.model.invoice import product_of_invoice
from checkout.model.payment import Payment
from messages.language.translator import Translator
from messages.links import pay_url

REFUND_DAYS = "5–10"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPhrases(Translator):
    """A translator that knows the catalogue and, by ``public_url``, where pages are."""

    catalog: Catalog
    public_url: str

    @classmethod
    def of(cls, catalog: Catalog, public_url: str, language: str) -> Self:
        return cls(language, catalog.shop, "mail", catalog=catalog, public_url=public_url)

    def price(self, payment: Payment) -> str:
        """What was taken; before that, what is asked for."""
        return self.money(payment.taken)

    def product_of(self, payment: Payment) -> Product | None:
        return self.catalog.find(payment.sku) or product_of_invoice(payment)

    def pay_url(self, payment: Payment) -> str:
        return pay_url(self.public_url, payment.pay_token)


def receipt_number(payment: Payment) -> str:
    """Six digits; empty until the payment has a number."""
    return f"{payment.receipt_number:06d}" if payment.receipt_number is not None else ""


def on_its_way(payment: Payment) -> int:
    """Minor units that are being given back and have not gone through."""
    return payment.facts.on_its_way(payment.payment_intent_id or "")


def paid_at(payment: Payment) -> datetime:
    """When it was paid (UTC); the row's last change where Stripe's time is not known."""
    return payment.paid_at or payment.updated_at
