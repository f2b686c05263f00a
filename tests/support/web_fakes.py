"""Fakes that remember, and the web application built on them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from checkout.errors import AlreadyPaid, InvalidInput, LinkExpired, NotFound
from checkout.model.catalog import Catalog, LocalizedText, Product, Shop
from checkout.model.events import MailEvent, ProviderEvent
from checkout.model.money import Money
from checkout.model.payment import PAYABLE, Payment, Status
from checkout.purchase.open_pay_page import OpenedIntent, PageView
from tests.support.clock import NOON, MovedClock
from tests.support.payments import a_payment
from tests.support.project import PUBLIC_URL
from web.application import WebDependencies

TOKEN = a_payment().pay_token
STRIPE_SIGNATURE = "t=1,v1=right"
TELEGRAM_SECRET = "telegram-secret"


@dataclass
class FakePages:
    """OpenPayPage over a dictionary; remembers which intents were opened."""

    views: dict[str, PageView] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    error: Exception | None = None
    secret: str = "pi_1_secret_x"

    def put(self, payment: Payment, language: str = "en") -> None:
        self.views[payment.pay_token] = PageView(payment, payment.status, language)

    async def view(self, pay_token: str) -> PageView:
        self.asked.append(pay_token)
        if pay_token not in self.views:
            raise NotFound("no such link")
        return self.views[pay_token]

    async def open_intent(self, pay_token: str) -> OpenedIntent:
        view = await self.view(pay_token)
        if self.error:
            raise self.error
        if view.status is Status.EXPIRED:
            raise LinkExpired("too late")
        if view.status not in PAYABLE:
            raise AlreadyPaid("paid or under way")
        self.opened.append(pay_token)
        return OpenedIntent(self.secret, view.payment, view.language)


@dataclass
class FakeRecorder:
    events: list[ProviderEvent] = field(default_factory=list)
    error: Exception | None = None

    async def record(self, event: ProviderEvent) -> bool:
        if self.error:
            raise self.error
        self.events.append(event)
        return True


@dataclass
class FakeMailEvents:
    events: list[MailEvent] = field(default_factory=list)

    async def record(self, event: MailEvent) -> None:
        self.events.append(event)


@dataclass
class FakeTelegram:
    updates: list[dict[str, Any]] = field(default_factory=list)
    error: Exception | None = None

    async def __call__(self, update: dict[str, Any]) -> None:
        if self.error:
            raise self.error
        self.updates.append(update)


def stripe_webhook(headers: Mapping[str, str]) -> Callable[[bytes], ProviderEvent]:
    if headers.get("Stripe-Signature") != STRIPE_SIGNATURE:
        raise InvalidInput("the signature is wrong")

    def read(body: bytes) -> ProviderEvent:
        if not body.startswith(b"{"):
            raise InvalidInput("this is no event")
        return ProviderEvent("evt_1", "payment_intent.succeeded", NOON, False, None)

    return read


def resend_webhook(headers: Mapping[str, str]) -> Callable[[bytes], MailEvent]:
    if "svix-signature" not in headers:
        raise InvalidInput("the signature is missing")
    return lambda body: MailEvent("msg_1", "delivered", body.decode())


def a_catalog() -> Catalog:
    shop = Shop("night-market", "Night Market", "@nightmarket_help", "Night Market OÜ, Tallinn", ZoneInfo("UTC"))
    guide = Product(
        "guide",
        LocalizedText({"en": "City guide", "ru": "Путеводитель по городу"}),
        LocalizedText({"en": "42 pages, PDF", "ru": "42 страницы, PDF"}),
        Money(1900, "eur"),
        (),
        LocalizedText({"en": "Your access: …"}),
    )
    return Catalog(shop, {"guide": guide})


async def all_ready() -> Mapping[str, str]:
    return {"database": "ok", "outbox": "ok"}


async def all_numbers() -> str:
    return "checkout_up 1\n"


@dataclass
class Fakes:
    """Everything the application is built on, within reach of a test."""

    pages: FakePages = field(default_factory=FakePages)
    recorder: FakeRecorder = field(default_factory=FakeRecorder)
    mail_events: FakeMailEvents = field(default_factory=FakeMailEvents)
    telegram: FakeTelegram = field(default_factory=FakeTelegram)
    clock: MovedClock = field(default_factory=MovedClock)
    ready: Callable[[], Awaitable[Mapping[str, str]]] = all_ready

    def dependencies(self, **changes: Any) -> WebDependencies:
        dependencies = WebDependencies(
            pages=self.pages,
            catalog=a_catalog(),
            public_url=PUBLIC_URL,
            publishable_key="pk_test_1",
            stripe_js_url="https://js.stripe.com/endive/stripe.js",
            stripe_api_url="https://api.stripe.com",
            bot_username=lambda: "night_market_bot",
            stripe_webhook=stripe_webhook,
            recorder=self.recorder,
            ready=self.ready,
            clock=self.clock,
            prove=lambda nonce: {"proof": nonce.upper()},
            resend_webhook=resend_webhook,
            record_mail_status=self.mail_events.record,
            telegram_updates=self.telegram,
            telegram_secret=TELEGRAM_SECRET,
            metrics=all_numbers,
            metrics_token="metrics-token",
        )
        return replace(dependencies, **changes)
