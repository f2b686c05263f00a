"""A shop, its payments and messages, for the tests of what is said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from checkout.model.catalog import Catalog
from checkout.model.facts import CardUsed, IntentFacts, PaymentFacts
from checkout.model.outbox import Channel, Kind, OutboxMessage
from checkout.model.payment import Payment, Status
from tests.support.project import CATALOG

PUBLIC_URL = "https://pay.example.com"
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
NASTY = "<b>&\"'</b> {amount} %s"
VISA = PaymentFacts(intents={"pi_1": IntentFacts(succeeded_at=NOW, card=CardUsed("card", "visa", "4242"))})


def payment(sku: str = "guide", language: str = "en", **changes: Any) -> Payment:
    """A pending payment for a product of the catalogue."""
    product = CATALOG.products[sku]
    pending = Payment(
        payment_id="pay_7hk2mnqx4wzt",
        pay_token="token-of-43-characters",
        telegram_user_id=77,
        email="anna@example.com",
        sku=sku,
        title=product.title.in_(language),
        amount=product.price.amount,
        currency=product.price.currency,
        livemode=True,
        language=language,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        updated_at=NOW,
        payment_intent_id="pi_1",
        chat_message_id=41,
    )
    return replace(pending, **changes)


def paid_payment(sku: str = "guide", language: str = "en", **changes: Any) -> Payment:
    settled = payment(sku, language, status=Status.PAID, paid_at=NOW, receipt_number=123, facts=VISA)
    return replace(settled, **changes)


def message(kind: Kind, details: Mapping[str, str] | None = None, channel: Channel = Channel.CHAT) -> OutboxMessage:
    recipient = "anna@example.com" if channel is Channel.MAIL else "77"
    return OutboxMessage(1, "key", channel, kind, recipient, "pay_7hk2mnqx4wzt", details or {}, 1, NOW, None)


def with_files(sku: str, *paths: Path) -> Catalog:
    """The catalogue with other files for one product."""
    product = replace(CATALOG.products[sku], files=paths)
    return replace(CATALOG, products={**CATALOG.products, sku: product})


class TelegramHtml(HTMLParser):
    """Reads a chat message as Telegram does: the text shown, and any tag that it would refuse."""

    ALLOWED = frozenset({"b", "code"})

    def __init__(self, source: str) -> None:
        super().__init__()
        self.shown = ""
        self.refused: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.refused += [f"<{tag}> is left open" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.ALLOWED or attrs:
            self.refused.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.refused.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.shown += data
