"""A shop, its payments and messages, for the tests of what is said."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

from checkout.model.catalog import Catalog
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import (
    CodeUndelivered,
    Content,
    Dispute,
    FirstPayment,
    FraudWarning,
    InvoicePaid,
    MailUndelivered,
    PaidTwice,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    RefundDone,
    RefundFailed,
    Review,
    Sold,
    StoredContent,
    StripeNote,
    StripeRefund,
    ToDo,
    ToStripe,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, OutboxMessage
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment
from checkout.model.shop_notice import (
    NoWebhooks,
    PaymentsRefused,
    PaymentsTaken,
    ServiceBack,
    ServiceDown,
    ShopNotice,
    Summary,
    TroubleFound,
    TroubleOver,
    WebhooksBack,
)
from checkout.model.summary_schedule import CurrencyTotals
from messages.language.text import LONGEST_CAPTION, visible_length
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.project import CATALOG, PUBLIC_URL

RENDERER = MessageRenderer(CATALOG, PUBLIC_URL)
NASTY = "<b>&\"'</b> {amount} %s"


CONTENTS: dict[Kind, Content] = {
    content.kind: content
    for content in (
        PayMessage(),
        PaymentPaid(2, "u77"),
        PaymentFile(0, PaymentPaid(1)),
        PaymentFailed("expired_card", "ch_1"),
        PaymentRefunded(500, 1),
        MailUndelivered(
            PaymentPaid(), "a…a@example.com", MailDeath("bounced", "Permanent/General", "550 user unknown")
        ),
        CodeUndelivered("0123456789abcdef", "bounced", "Permanent/General"),
        Review("pi_1: amount 1"),
        PaidTwice(("pi_1", "pi_2")),
        Dispute(1900, "product_not_received", datetime(2026, 12, 1, 9, tzinfo=UTC)),
        FraudWarning("made_with_stolen_card"),
        Unreachable(Kind.PAYMENT_PAID, "blocked"),
        RefundFailed(500),
        RefundFailed(500, "Charge ch_1 has been charged back"),
        RefundDone(500),
        FirstPayment(),
        InvoicePaid(),
        Sold(),
        ToDo(),
        NoWebhooks(NOON - timedelta(days=2)),
        WebhooksBack(NOON - timedelta(days=1)),
        ServiceDown("Stripe", NOON - timedelta(hours=1)),
        ServiceBack("Stripe", NOON - timedelta(hours=1), NOON),
        PaymentsRefused("methods", "invalid_request_error", "No valid payment method types", 1900, "eur"),
        PaymentsTaken("api_key_expired", NOON - timedelta(hours=1)),
        TroubleFound("page"),
        TroubleOver("disk"),
        Summary(NOON, (CurrencyTotals("eur", 3, 5700, 1900),), (CurrencyTotals("jpy", 1, 1500, 0),), 4, 1, 2, 3, 5),
        StripeNote(),
        StripeRefund("pi_1"),
        StripeRefund("pi_1", 2),
    )
}
NOT_OF_A_PAYMENT = (CodeUndelivered, *get_args(ShopNotice), *get_args(ToStripe))
NOTICES = [content for content in CONTENTS.values() if isinstance(content, ShopNotice)]
ABOUT_A_PAYMENT = [content for content in CONTENTS.values() if not isinstance(content, NOT_OF_A_PAYMENT)]
LANGUAGES = pytest.mark.parametrize("language", ["en", "ru"])


def message(content: StoredContent, channel: Channel = Channel.CHAT) -> OutboxMessage:
    recipient = "anna@example.com" if channel is Channel.MAIL else "42"
    return OutboxMessage(1, "key", channel, content, recipient, "pay_1", 1, NOON, None)


def with_files(sku: str, *paths: Path) -> Catalog:
    """The catalogue with other files for one product."""
    product = replace(CATALOG.products[sku], files=paths)
    return replace(CATALOG, products={**CATALOG.products, sku: product})


class TelegramHtml(HTMLParser):
    """Reads a chat message as Telegram does: the text shown, and any tag that is not one of ``tags``."""

    def __init__(self, source: str, tags: Collection[str] = ("b", "code")) -> None:
        super().__init__()
        self._tags = tags
        self.shown = ""
        self.refused: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.refused += [f"<{tag}> is left open" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag not in self._tags or names != (["href"] if tag == "a" else []):
            self.refused.append(tag)
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.refused.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.shown += data


def as_telegram_shows(source: str, tags: Collection[str] = ("b", "code")) -> str:
    """The text of a chat message in which these tags are expected; an AssertionError names what else there is."""
    read = TelegramHtml(source, tags)
    assert read.refused == [], read.refused
    return read.shown


def chat(content: StoredContent, of: Payment, language: str = "en", catalog: Catalog = CATALOG) -> OutgoingChat:
    return MessageRenderer(catalog, PUBLIC_URL).chat(message(content), of, language, NOON)


def notice(content: StoredContent, language: str = "en") -> OutgoingChat:
    return MessageRenderer(CATALOG, PUBLIC_URL).notice(message(content), language)


def shown(sent: OutgoingChat) -> str:
    return as_telegram_shows(sent.text).replace("\u00a0", " ")


def buttons(sent: OutgoingChat) -> list[Button]:
    return [button for row in sent.buttons for button in row]


def assert_telegram_takes(sent: OutgoingChat) -> None:
    assert as_telegram_shows(sent.text).strip()
    assert visible_length(sent.text) <= (LONGEST_CAPTION if sent.document else 4096)
    for button in buttons(sent):
        assert bool(button.url) != bool(button.callback_data)
        assert len(button.callback_data.encode()) <= 64
        assert button.text
