"""A database that reconciles with Stripe's stand-in, over the real SDK and real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from checkout.model.payment import Payment
from checkout.payments.cancel_intents import CancelIntents
from checkout.payments.reconcile import Reconcile
from checkout.payments.rules import Rules
from checkout.payments.startup_gate import StartupGate
from checkout.purchase.expire_links import ExpireLinks
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.engine.sql_loader import Query
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from providers.fields import Fields
from providers.stripe_events import parse_event
from providers.stripe_gateway import StripeGateway
from providers.stripe_history import StripeHistory
from sandbox.fake_stripe.api import StripeStandIn
from tests.support.clock import MovedClock
from tests.support.event_samples import RULES


class Reconciled:
    """A database, and Stripe's stand-in whose webhooks nobody gets."""

    def __init__(self, stripe: StripeStandIn, database: Database, clock: MovedClock, writer: GroupWriter) -> None:
        self.stripe, self.database, self.clock, self.writer = stripe, database, clock, writer
        self.storage = DatabaseStorage(database)

    def reconcile(self, session: aiohttp.ClientSession, startup_gate: StartupGate | None = None) -> Reconcile:
        history = StripeHistory(self.stripe.secret_key, session, self.stripe.url)
        return Reconcile(
            self.storage, self.clock, history, self.writer, lambda: None,
            shop_id=RULES.shop_id, admin_ids=RULES.admin_ids, startup_gate=startup_gate,
        )  # fmt: skip

    async def close_links(self, session: aiohttp.ClientSession) -> None:
        """One round of what is done every half minute."""
        key, url = self.stripe.secret_key, self.stripe.url
        gateway, history = StripeGateway(key, session, url), StripeHistory(key, session, url)
        await ExpireLinks(self.storage, self.clock, lambda: None).run_once()
        await CancelIntents(self.storage, self.clock, gateway, history, self.writer).run_once()

    async def payment(self, payment_id: str) -> Payment:
        async with self.storage.read() as tx:
            found = await tx.payments.get(payment_id)
        assert found is not None
        return found

    async def hear(self, *types: str) -> None:
        """The webhooks of these types arrive, all others are lost."""
        heard = [event for event in self.stripe.events if event["type"] in types]
        await asyncio.gather(*(self.writer.record(parse_event(Fields(event))) for event in heard))

    async def rows(self, sql: str) -> list[str]:
        """The column ``found``."""
        async with self.database.read() as connection:
            return [str(row["found"]) for row in await connection.fetch(Query("rows", sql, sql, ()), {})]

    async def kinds(self) -> list[str]:
        return await self.rows("SELECT channel || ' ' || kind AS found FROM outbox ORDER BY 1")

    def sell(self, payment_id: str, shop: str = "night-market", amount: int = 1900) -> str:
        intent = self.stripe.create_payment_intent(
            {
                "amount": amount,
                "currency": "eur",
                "automatic_payment_methods": {"enabled": True},
                "description": "City guide",
                "metadata": {
                    "email": f"{payment_id}@example.com", "payment_id": payment_id, "sku": "guide",
                    "telegram_user_id": "42", "shop": shop,
                },
            }
        )  # fmt: skip
        return str(intent["id"])


@asynccontextmanager
async def reconciled(
    database: Database, rules: Rules = RULES
) -> AsyncIterator[tuple[Reconciled, aiohttp.ClientSession]]:
    stripe, clock = StripeStandIn(), MovedClock(None)
    await stripe.start()
    writer = GroupWriter(database, clock, rules, lambda *_: None, Backpressure())
    writing = asyncio.create_task(writer.run())
    async with aiohttp.ClientSession() as session:
        yield Reconciled(stripe, database, clock, writer), session
    writer.stop()
    await writing
    await stripe.stop()
