"""A shop, its payments and messages, for the tests of what is said."""

from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from checkout.model.catalog import Catalog
from checkout.model.outbox import Channel, Kind, OutboxMessage
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.project import CATALOG, PUBLIC_URL

RENDERER = MessageRenderer(CATALOG, PUBLIC_URL)
NASTY = "<b>&\"'</b> {amount} %s"


def message(kind: Kind, details: Mapping[str, str] | None = None, channel: Channel = Channel.CHAT) -> OutboxMessage:
    recipient = "anna@example.com" if channel is Channel.MAIL else "42"
    return OutboxMessage(1, "key", channel, kind, recipient, "pay_1", details or {}, 1, NOON, None)


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
