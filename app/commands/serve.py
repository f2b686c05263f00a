"""`checkout-bot serve`: everything at once, until it is told to stop."""

import asyncio
import contextlib
import errno
import gc
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
from app.commands.start_screen import ENDPOINT_CLOSED, announce
from app.progress import logged_when_slow, said_when_slow
from app.runtime.background import Background
from app.runtime.descriptors import raised_descriptor_limit
from app.runtime.going_back import notice_going_back
from app.runtime.memory import give_memory_back
from app.runtime.stopping import unless_stopped
from app.settings import Settings
from app.wiring.application import Application, built
from app.wiring.services import Services
from bot.telegram.account import TelegramAccount
from bot.telegram.errors import UNKNOWN_TOKEN
from bot.telegram.polling import Poller, take_over_kept
from bot.telegram.registration import account_of, take_menus_back
from checkout.errors import CheckoutError, DatabaseAway, ServiceError, ServiceUnavailable, StaleWrite
from checkout.model.catalog import Catalog
from checkout.ports.runtime import Clock
from checkout.resilience.backoff import backoff
from checkout.resilience.other_poller import OtherPoller
from checkout.resilience.service_health import ServiceHealth
from checkout.sentence import Sentence, t
from db.engine.file_lock import sole_server
from db.engine.private_files import close_file
from db.maintenance.schema import bring_up_to_date
from db.maintenance.shop_identity import remember_bot, remember_shop
from db.replicas.shared_clock import SharedClock
from web.application import listen
from web.connections import Connections, connections_at_once

log = logging.getLogger(__name__)
T = TypeVar("T")
WHAT_HELPS = {
    errno.EADDRINUSE: t("stop what listens there (another checkout-bot serve, perhaps), or set another PORT"),
    errno.EADDRNOTAVAIL: t("set HOST to an address of this machine: 127.0.0.1 behind a web server, 0.0.0.0 for all"),
    errno.EACCES: t("set a PORT above 1023, and let a web server with a certificate stand in front of it"),
}
STARTING = "starting"  # the way in which Telegram is used here
OTHER_DESCRIPTORS = 128
# The process promises to end within ten seconds; all that is in flight ends side by side.
WEB_SECONDS, OUTBOX_SECONDS, ENDING_SECONDS = 3.0, 3.5, 7.5
ANEW_SECONDS = 2.0
# New objects until the collector looks at the youngest, and its looks until it looks at older ones. A group of 64
# webhooks holds two thousand until its commit: at the usual seven hundred it walks them in vain, again and again.
COLLECTIONS = 3_000, 10, 10


class WrongToken(CheckoutError):
    """Telegram does not know BOT_TOKEN: no waiting mends that."""


async def serve(settings: Settings, catalog: Catalog) -> int:
    """Serves until SIGTERM or SIGINT. Returns the exit code: 1 when a part has died."""
    gc.set_threshold(*COLLECTIONS)
    return await serve_until(_stop_signal(), settings, catalog)


async def serve_until(
    stop: asyncio.Event,
    settings: Settings,
    catalog: Catalog,
    clock: Clock | None = None,
    when_built: Callable[[Application], None] = lambda _: None,
) -> int:
    """Serves until ``stop`` is set, then finishes what is in flight within ten seconds.

    ``when_built`` is handed the application before it starts. Raises AlreadyServed and OtherShop.
    """
    with sole_server(settings.database.file):
        try:
            code = await _serve(stop, settings, catalog, clock, when_built)
        except (DatabaseAway, ServiceUnavailable):
            if not stop.is_set():
                raise
            return 0  # asked to end while its start waited for the database
        while code is None:
            log.warning("the database has gone back to an older state, or may have: the shop begins anew with it")
            try:
                code = await _serve(stop, settings, catalog, clock, when_built)
            except (DatabaseAway, ServiceUnavailable) as error:  # whoever restores it may not be ready yet
                log.warning("the shop begins anew once it can: %s", error)
                await _sleep(stop, ANEW_SECONDS)
                code = 0 if stop.is_set() else None
        return code


async def _serve(
    stop: asyncio.Event,
    settings: Settings,
    catalog: Catalog,
    clock: Clock | None,
    when_built: Callable[[Application], None],
) -> int | None:
    """None where it is to begin anew."""
    if not settings.stripe_webhook_secrets:
        log.warning("Stripe's webhooks are answered 503: %s", ENDPOINT_CLOSED)
    close_file(Path(".env"))
    async with said_when_slow():
        migrating = bring_up_to_date(settings.database)
        # A SQLite file has one server: nobody else's migrations are waited for.
        is_current = await (migrating if settings.database.file else unless_stopped(stop, migrating))
    if not is_current:
        return 0
    async with built(settings, catalog, clock) as application:
        if not await unless_stopped(stop, _remember(application.services)):
            return 0
        when_built(application)
        await asyncio.to_thread(application.services.renderer.warm_up)
        # Half a million objects of the libraries live as long as the process: walking them at every full
        # collection stops everything for a third of a second.
        gc.collect()
        gc.freeze()
        if settings.database.file is not None:
            # A SQLite file has one server: what a killed one held need not wait for its leases to run out.
            async with application.services.storage.begin() as tx:
                await tx.outbox.release_all()
        background, recording = Background.new(), application.recording
        writer = background.start(recording.writer.run(), "the group writer")
        runner = web.AppRunner(application.web_app(), shutdown_timeout=WEB_SECONDS)
        await runner.setup()
        stop_updates, updates, gone_back = asyncio.Event(), set[asyncio.Task[None]](), asyncio.Event()
        try:
            await _listen(runner, settings)
            _start_tasks(background, application)
            looking = notice_going_back(application.services.database, recording.writer, gone_back)
            background.start(looking, "looking for an older state")
            updates.add(background.start(_updates(application, background, stop_updates), "Telegram updates"))
            await _first_of(stop, background.failed, gone_back)
            log.info("stopping: finishing what is in flight")
        finally:
            stop_updates.set()
            outbox_ends = [outbox_worker.stop(OUTBOX_SECONDS) for outbox_worker in application.outbox.workers]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ENDING_SECONDS):
                    await asyncio.gather(_ended(updates), runner.cleanup(), *outbox_ends)
            # Last: a webhook in flight is answered only after its commit.
            recording.writer.stop()
            await asyncio.wait([writer], timeout=1)
            await background.stop()
        log.info("stopped")
        if gone_back.is_set() and not stop.is_set() and not background.failed.is_set():
            return None
        return 1 if background.failed.is_set() else 0


async def _remember(services: Services) -> bool:
    """Whose database this is, always True. Raises OtherShop."""
    settings, database = services.settings, services.database
    await remember_shop(database, services.catalog.shop.shop_id, livemode=settings.livemode)
    await remember_bot(database, int(settings.bot_token.partition(":")[0]))
    return True


def _start_tasks(background: Background, application: Application) -> None:
    if isinstance(clock := application.services.clock, SharedClock):
        background.start(clock.follow(), "following the database's clock")
    older_copy, periodic_tasks = application.recording.older_copy, application.recording.periodic_tasks
    background.start(older_copy.run(), "asking what was told already")
    for outbox_worker in application.outbox.workers:
        background.start(_after(older_copy.until_messages_may_leave, outbox_worker.run), "an outbox worker")
    background.start(_after(older_copy.until_known, periodic_tasks.reconcile_forever), "reconciliation")
    background.start(periodic_tasks.close_forever(), "closing links")
    background.start(periodic_tasks.tell_admins_forever(), "telling admins")
    background.start(periodic_tasks.look_around_forever(), "looking around")
    background.start(periodic_tasks.hand_over_forever(), "late deliveries")
    background.start(periodic_tasks.drop_old_forever(), "dropping what is old")


async def _after(first: Callable[[], Awaitable[None]], work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    await first()
    await work()


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks)


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    """Raises OSError, which names the settings that are to be mended."""
    connections = Connections(_most_connections(), give_memory_back)
    try:
        await listen(runner, connections, host=settings.host, port=settings.port)
    except OSError as error:
        helps = WHAT_HELPS.get(error.errno or 0, t("set another HOST or PORT"))
        words = t(
            "HOST {host}, PORT {port}: {reason}; what helps: {helps}",
            host=settings.host,
            port=settings.port,
            reason=error.strerror or str(error),
            helps=helps,
        )
        raise OSError(words) from None


def _most_connections() -> int:
    """Descriptors are kept back for the database, the services and files: they must not run out."""
    return min(connections_at_once(), max(raised_descriptor_limit() - OTHER_DESCRIPTORS, OTHER_DESCRIPTORS))


async def _updates(application: Application, background: Background, stop: asyncio.Event) -> None:
    """Finds out who the bot is, says what is on, then takes updates until stopped. Raises WrongToken."""
    services = application.services
    settings, bot, health = services.settings, services.bot, services.telegram_health
    account = account_of(bot)
    with logged_when_slow(log, "Telegram has not answered yet: the shop is open, its chat once it has"):
        identity = await _until_answered(account.identify, stop, health)
    if identity is None:
        return
    services.bot_name.username = identity.username
    announce(settings, services.catalog, identity.username)
    mode = settings.telegram_updates
    secret = settings.telegram_webhook_secret
    await _until_answered(lambda: account.prepare(mode, settings.public_url, secret), stop, health)
    # Nobody is left unanswered for as long as Telegram wants to be left alone with menus, which may be hours.
    background.start(_set_menus(services, account, stop), "the menu of commands")
    await _take_updates(application, stop)


async def _set_menus(services: Services, account: TelegramAccount, stop: asyncio.Event) -> None:
    bot, storage, clock, admin_ids = services.bot, services.storage, services.clock, services.settings.admin_ids
    health = ServiceHealth("The menu of commands", clock)
    await _until_answered(lambda: take_menus_back(bot, storage, clock, admin_ids), stop, health)
    await _until_answered(lambda: account.set_commands(admin_ids), stop, health)


async def _take_updates(application: Application, stop: asyncio.Event) -> None:
    services, intake = application.services, application.intake
    if services.settings.telegram_updates == "polling":
        other = OtherPoller(services.storage, services.clock)
        await Poller(services.bot, intake, services.telegram_health, other).run(stop)
    else:
        await take_over_kept(intake, stop)
        await intake.drain()


async def _until_answered(ask: Callable[[], Awaitable[T]], stop: asyncio.Event, health: ServiceHealth) -> T | None:
    """Telegram or the database may be away at the start: what can goes on meanwhile. None when stopped before."""
    tries = 0
    while not stop.is_set():
        try:
            answer = await ask()
        except ServiceError as error:
            if str(error) == UNKNOWN_TOKEN:
                raise WrongToken(Sentence(UNKNOWN_TOKEN)) from None
            if error.permanent:
                log.error("Telegram refuses what the bot needs at its start: %s", error)
                health.answered(STARTING)
                return None
            tries += 1
            health.failed(STARTING, str(error))
            await _sleep(stop, backoff(tries, error.retry_after).total_seconds())
        except (DatabaseAway, StaleWrite) as error:
            tries += 1
            log.warning("Telegram's updates wait for the database: %s", error)
            await _sleep(stop, backoff(tries).total_seconds())
        else:
            health.answered(STARTING)
            return answer
    return None


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


async def _first_of(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
