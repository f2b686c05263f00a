"""What all else is built from: the clients of the services, the database, and what watches over their use."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from app.runtime.clock import SystemClock
from app.runtime.metrics import Metrics
from app.settings import Settings
from bot.telegram.account import ALLOWED_UPDATES
from bot.telegram.client import Bot, build_bot
from checkout import limits
from checkout.model.catalog import Catalog
from checkout.model.verification import Hasher
from checkout.ports.runtime import Clock, RateLimit
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.rate_limit import RateLimitedMailSender, RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Database
from db.maintenance.health import outbox_backlog
from db.replicas.rate_limit import SharedRateLimiter
from db.replicas.shared_clock import clocks_of
from db.storage import DatabaseStorage, open_database
from messages.renderer import MessageRenderer
from providers.resend_account import EVENTS
from providers.resend_mail import ResendMailSender
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import StripeGateway
from providers.stripe_history import StripeHistory


@dataclass(slots=True)
class BotName:
    """``username`` is empty until Telegram has told it."""

    username: str = ""


@dataclass(frozen=True, slots=True)
class Services:
    """They live as long as the process. ``mail_sender`` is for who asks ``mail_rate_limiter`` before: the outbox.

    ``clocks`` are all that there are, the one that is gone by first.
    """

    settings: Settings
    catalog: Catalog
    clock: Clock
    clocks: tuple[Clock, ...]
    database: Database
    storage: DatabaseStorage
    metrics: Metrics
    hasher: Hasher
    renderer: MessageRenderer
    bot_name: BotName
    backpressure: Backpressure
    telegram_health: ServiceHealth
    stripe_health: ServiceHealth
    resend_health: ServiceHealth
    bot: Bot
    gateway: StripeGateway
    history: StripeHistory
    mail_sender: ResendMailSender
    mail_rate_limiter: RateLimit
    rate_limited_mail_sender: RateLimitedMailSender
    chat_rate_limiter: RateLimit
    stripe_rate_limiter: RateLimit

    def ask_now(self) -> None:
        for health in (self.telegram_health, self.stripe_health, self.resend_health):
            health.ask_now()


@asynccontextmanager
async def opened_services(settings: Settings, catalog: Catalog, clock: Clock | None) -> AsyncIterator[Services]:
    """The database is open and all connections are closed at the end. No ``clock`` is this machine's, which replicas
    agree on. Raises what the database's driver raises."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        clocks = (clock,) if clock else await clocks_of(database, settings.database, SystemClock())
        services = build_services(settings, catalog, clocks, database, session)
        stack.push_async_callback(services.bot.session.close)
        yield services


def build_services(
    settings: Settings, catalog: Catalog, clocks: tuple[Clock, ...], database: Database, session: aiohttp.ClientSession
) -> Services:
    """To be called inside a running loop."""
    clock = clocks[0]
    bot_name = BotName()
    metrics = _metrics(database, clock)
    telegram, stripe, resend = (ServiceHealth(name, clock) for name in ("Telegram", "Stripe", "Resend"))
    stripe_breaker = CircuitBreaker(stripe)
    stripe_key, stripe_url = settings.stripe_secret_key, settings.stripe_api_base
    bot_rate_limiter = _rate_limiter(settings, database, "bot", limits.bot_calls_per_second())
    pause_in_a_chat = limits.chat_message_pause().total_seconds()
    mail_sender = ResendMailSender(
        settings.resend_api_key,
        settings.mail_from,
        session,
        settings.resend_api_base,
        breaker=CircuitBreaker(resend),
        meter=metrics,
    )
    mail_rate_limiter = _rate_limiter(settings, database, "mail", settings.mails_per_second)
    return Services(
        settings=settings,
        catalog=catalog,
        clock=clock,
        clocks=clocks,
        database=database,
        storage=DatabaseStorage(database),
        metrics=metrics,
        hasher=Hasher(settings.secret_key),
        renderer=MessageRenderer(catalog, settings.public_url, settings.mail_from, lambda: bot_name.username),
        bot_name=bot_name,
        backpressure=Backpressure(),
        telegram_health=telegram,
        stripe_health=stripe,
        resend_health=resend,
        bot=build_bot(
            settings.bot_token, settings.telegram_api_url, CircuitBreaker(telegram), bot_rate_limiter, metrics, clock
        ),
        gateway=StripeGateway(stripe_key, session, stripe_url, breaker=stripe_breaker, meter=metrics),
        history=StripeHistory(stripe_key, session, stripe_url, metrics, stripe_breaker),
        mail_sender=mail_sender,
        mail_rate_limiter=mail_rate_limiter,
        rate_limited_mail_sender=RateLimitedMailSender(mail_sender, mail_rate_limiter),
        stripe_rate_limiter=_rate_limiter(settings, database, "stripe", limits.stripe_notes_per_second()),
        chat_rate_limiter=_rate_limiter(settings, database, "chat", limits.chat_messages_per_second(), pause_in_a_chat),
    )


def _metrics(database: Database, clock: Clock) -> Metrics:
    metrics = Metrics({"stripe": HANDLED_TYPES, "resend": EVENTS, "telegram": ALLOWED_UPDATES})

    async def look_at_outbox() -> None:
        metrics.show_backlog(await outbox_backlog(database, clock.now()))

    metrics.on_scrape(look_at_outbox)
    return metrics


def _rate_limiter(
    settings: Settings, database: Database, service: str, per_second: float, pause: float = 0.0
) -> RateLimit:
    """A SQLite file has one process; on PostgreSQL all replicas keep one rate together."""
    if settings.database.file is not None:
        return RateLimiter(per_second, pause)
    return SharedRateLimiter(database, service, per_second, pause)
