"""What cannot be recorded costs only itself: whatever else no webhook has brought is found, and links are closed."""

from datetime import datetime

import pytest

from checkout.errors import DatabaseAway, ServiceRefused
from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from checkout.payments.reconcile import RECONCILED, Reconcile
from db.engine.connection import Database
from providers.stripe_gateway import StripeGateway
from tests.support.reconciled import Reconciled, reconciled

IDS = ["pay_1", "pay_2", "pay_3"]


class Odd:
    """Stands before the writer: of ``payment_ids`` nothing can be recorded."""

    def __init__(self, shop: Reconciled, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self.payment_ids: set[str] = set()
        self._record, self._error = shop.writer.record, error
        monkeypatch.setattr(shop.writer, "record", self.record)

    async def record(self, event: ProviderEvent) -> bool:
        if event.report and event.report.metadata.payment_id in self.payment_ids:
            raise self._error
        return await self._record(event)


def sell_all(shop: Reconciled) -> list[str]:
    return [shop.sell(payment_id) for payment_id in IDS]


async def fails(work: Reconcile) -> None:
    with pytest.raises(ValueError, match="no such state"):
        await work.run_once()


async def asked_until(shop: Reconciled) -> datetime | None:
    async with shop.storage.read() as tx:
        at: datetime | None = await tx.checkpoints.get(RECONCILED)
        return at


async def statuses(shop: Reconciled) -> list[Status | None]:
    async with shop.storage.read() as tx:
        found = [await tx.payments.get(payment_id) for payment_id in IDS]
    return [one.status if one else None for one in found]


@pytest.mark.parametrize("odd_one", range(len(IDS)))
async def test_the_others_are_found_and_the_odd_one_once_it_can_be(
    database: Database, monkeypatch: pytest.MonkeyPatch, odd_one: int
) -> None:
    async with reconciled(database) as (shop, session):
        odd, work = Odd(shop, monkeypatch, ValueError("no such state")), shop.reconcile(session)
        await work.run_once()
        began = await asked_until(shop)
        odd.payment_ids = {IDS[odd_one]}
        for intent_id in sell_all(shop):
            shop.stripe.pay(intent_id)
            shop.stripe.refund(intent_id, 500)
        await fails(work)
        expected: list[Status | None] = [Status.PARTIALLY_REFUNDED] * len(IDS)
        assert await statuses(shop) == [*expected[:odd_one], None, *expected[odd_one + 1 :]]
        shop.clock.forward(hours=2)
        await fails(work)
        assert await asked_until(shop) == began, "the next round must ask for it again"
        odd.payment_ids.clear()
        await work.run_once()
        assert await statuses(shop) == expected
        assert (await shop.kinds()).count("mail payment_paid") == len(IDS)
        assert await asked_until(shop) != began


async def test_a_database_that_is_away_is_not_asked_for_each_of_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reconciled(database) as (shop, session):
        odd = Odd(shop, monkeypatch, DatabaseAway("restarting"))
        odd.payment_ids = set(IDS)
        sell_all(shop)
        with pytest.raises(DatabaseAway):
            await shop.reconcile(session).run_once()


@pytest.mark.parametrize("odd_one", range(len(IDS)))
async def test_an_odd_link_holds_none_of_the_others_open(
    database: Database, monkeypatch: pytest.MonkeyPatch, odd_one: int
) -> None:
    async with reconciled(database) as (shop, session):
        intent_ids = sell_all(shop)
        await shop.reconcile(session).run_once()
        odd = Odd(shop, monkeypatch, ValueError("no such state"))
        odd.payment_ids = {IDS[odd_one]}
        shop.clock.forward(days=2)
        await shop.close_links(session)
        canceled = [shop.stripe.payment_intents[one]["status"] == "canceled" for one in intent_ids]
        assert canceled == [True] * len(IDS), "Stripe has taken it, whatever can be noted of it"
        noted = [status is Status.EXPIRED for status in await statuses(shop)]
        assert noted == [True] * len(IDS)
        odd.payment_ids.clear()
        shop.clock.forward(hours=2)
        await shop.close_links(session)
        async with shop.storage.read() as tx:
            assert await tx.payments.to_close(shop.clock.now(), 9) == []


async def test_an_intent_that_stripe_does_not_cancel_now_is_canceled_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell(IDS[0])
        await shop.reconcile(session).run_once()

        async def refuse(*_: object) -> None:
            raise ServiceRefused("the key may not")

        shop.clock.forward(days=2)
        with monkeypatch.context() as patched:
            patched.setattr(StripeGateway, "cancel_intent", refuse)
            await shop.close_links(session)
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_payment_method", "not at once"
        shop.clock.forward(hours=1)
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == "canceled"
