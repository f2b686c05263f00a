"""What the web application is given. app/wiring/web.py chooses what stands behind each part."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from checkout.model.catalog import Catalog
from checkout.model.events import MailEvent, ProviderEvent
from checkout.ports.payments import EventRecorder
from checkout.ports.runtime import Clock, Meter
from checkout.purchase.open_pay_page import OpenedIntent, PageView
from checkout.resilience.metering import SILENT
from messages.links import pay_url


class Pages(Protocol):
    """The use case OpenPayPage."""

    async def view(self, pay_token: str) -> PageView:
        """Raises NotFound."""
        ...

    async def open_intent(self, pay_token: str) -> OpenedIntent:
        """Raises NotFound, AlreadyPaid, LinkExpired, NotOnSale or ServiceError."""
        ...


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """``public_url`` has no slash at its end. What is None is closed: its route answers 404, Stripe's webhook 503.

    ``stripe_webhook`` and ``resend_webhook`` read the headers and give what verifies and parses the raw body; both
    steps raise InvalidInput, the first of them before a body is waited for. ``telegram_updates`` returns once the
    update is handled and raises when it was not.
    ``ready`` answers a word for each thing to be ready: ``ok``, or what is wrong. ``prove`` makes of a nonce what only
    who has SECRET_KEY can make.
    """

    pages: Pages
    catalog: Catalog
    public_url: str
    publishable_key: str
    stripe_js_url: str
    stripe_api_url: str
    bot_username: Callable[[], str]
    stripe_webhook: Callable[[Mapping[str, str]], Callable[[bytes], ProviderEvent]] | None
    recorder: EventRecorder
    ready: Callable[[], Awaitable[Mapping[str, str]]]
    clock: Clock
    prove: Callable[[str], Mapping[str, Any]]
    resend_webhook: Callable[[Mapping[str, str]], Callable[[bytes], MailEvent]] | None = None
    record_mail_status: Callable[[MailEvent], Awaitable[None]] | None = None
    telegram_updates: Callable[[dict[str, Any]], Awaitable[None]] | None = None
    telegram_secret: str = ""
    metrics: Callable[[], Awaitable[str]] | None = None
    metrics_token: str = ""
    meter: Meter = SILENT

    @property
    def base_path(self) -> str:
        """The path that the public address puts before ours; empty at the root of a host."""
        return urlsplit(self.public_url).path.rstrip("/")

    def pay_url(self, pay_token: str) -> str:
        return pay_url(self.public_url, pay_token)
