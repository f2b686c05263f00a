"""`checkout-bot reconcile`: asks Stripe for what the database has not seen; beside `serve` or without it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp

from app.progress import Progress, bar, said_when_slow
from app.runtime.clock import SystemClock
from app.settings import Settings
from app.wiring.rules import rules_of
from checkout.errors import ServiceUnavailable
from checkout.model.catalog import Catalog
from checkout.model.outbox import Channel
from checkout.model.verification import Hasher
from checkout.payments.older_copy import OlderCopy
from checkout.payments.reconcile import Reconcile, Reconciled
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.resilience.backpressure import Backpressure
from checkout.sentence import Said, plural, t
from db.maintenance.schema import bring_up_to_date
from db.maintenance.shop_identity import remember_shop
from db.recording.group_writer import GroupWriter
from db.replicas.shared_clock import clocks_of
from db.storage import DatabaseStorage, open_database
from providers.stripe_history import StripeHistory


async def reconcile(settings: Settings, catalog: Catalog, since: timedelta | None, say: Callable[[Said], None]) -> int:
    """Returns the exit code. Raises ServiceError; what is found is told by the `serve` that runs, or by the next."""
    async with said_when_slow() as progress:
        done = await _reconciled(settings, catalog, since, progress)
    recorded = plural("{n:,} event was new and is recorded", "{n:,} events were new and are recorded", done.applied)
    since_then = f"{done.asked_since:%Y-%m-%d %H:%M}"
    say(t("Asked Stripe since {since} UTC: {recorded}.", since=since_then, recorded=recorded))
    if done.applied:
        say(t("Customers and admins are told by `checkout-bot serve`, at once if it is running."))
    return 0


async def _reconciled(settings: Settings, catalog: Catalog, since: timedelta | None, progress: Progress) -> Reconciled:
    await bring_up_to_date(settings.database)
    async with (
        _reconciling(settings, catalog) as (storage, clock, older_copy, work),
        storage.try_lock("reconciliation") as is_mine,
    ):
        if not is_mine:
            raise ServiceUnavailable(t("another process is reconciling right now; try again in a minute"))
        # What is taken in first would hide that the database is an older copy.
        await older_copy.settle()
        start = clock.now() - since if since else None
        return await work.run_through(start, lambda part: progress.show(bar(part)))


@asynccontextmanager
async def _reconciling(
    settings: Settings, catalog: Catalog
) -> AsyncIterator[tuple[Storage, Clock, OlderCopy, Reconcile]]:
    async with aiohttp.ClientSession() as session:
        database = await open_database(settings.database)
        try:
            await remember_shop(database, catalog.shop.shop_id, livemode=settings.livemode)
            clock, *_ = await clocks_of(database, settings.database, SystemClock())
            storage = DatabaseStorage(database)
            history = StripeHistory(settings.stripe_secret_key, session, settings.stripe_api_base)
            older_copy = OlderCopy(storage, clock, history, shop_id=catalog.shop.shop_id)
            rules = rules_of(settings, catalog, Hasher(settings.secret_key), older_copy)
            writer = GroupWriter(database, clock, rules, _nobody, Backpressure())
            writing = asyncio.create_task(writer.run())
            try:
                work = Reconcile(storage, clock, history, writer, _nobody, shop_id=catalog.shop.shop_id)
                yield storage, clock, older_copy, work
            finally:
                writer.stop()
                await writing
        finally:
            await database.close()


def _nobody(*_: Channel) -> None:
    """No outbox worker runs here: those of `serve` look by themselves every two seconds."""
