"""What no webhook has brought is found at Stripe, over the real SDK and real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from checkout.errors import ServiceRefused
from checkout.model import keys
from checkout.model.events import ProviderEvent
from checkout.model.message_kind import Kind
from checkout.model.payment import Status
from checkout.payments.reconcile import Reconcile
from checkout.payments.startup_gate import StartupGate
from db.engine.connection import Database
from tests.support.clock import NOON
from tests.support.event_samples import RULES
from tests.support.reconciled import reconciled

SIGN_OF_LIFE = ProviderEvent("evt_sign_of_life", "charge.succeeded", NOON, False, None)


async def test_it_records_what_no_webhook_has_brought_and_finds_nothing_the_second_time(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        paid, declined = shop.sell("pay_paid"), shop.sell("pay_declined")
        foreign = shop.sell("pay_foreign", shop="another-shop")
        shop.stripe.pay(paid)
        shop.stripe.pay(declined, "4000000000009995")
        shop.stripe.pay(foreign)
        shop.stripe.refund(paid, 500)
        shop.stripe.refund(foreign)
        work = shop.reconcile(session)
        first = await work.run_once()
        assert first.applied > 0
        found = await shop.payment("pay_paid")
        assert (found.status, found.amount_refunded) == (Status.PARTIALLY_REFUNDED, 500)
        assert found.email == "pay_paid@example.com"
        assert (await shop.payment("pay_declined")).status is Status.FAILED
        async with shop.storage.read() as tx:
            assert await tx.payments.get("pay_foreign") is None
        shop.clock.forward(minutes=10)
        assert (await work.run_once()).applied == 0
        told = await shop.kinds()
        assert told.count("mail payment_paid") == 1
        assert told.count("mail payment_refunded") == 1


async def test_months_old_payments_are_taken_in_as_they_are_now(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        for name in ("pay_a", "pay_b", "pay_c"):
            shop.stripe.pay(shop.sell(name))
        shop.stripe.refund(next(iter(shop.stripe.payment_intents)), 1900)
        shop.stripe.events.clear()
        work = shop.reconcile(session)
        await work.run_once()
        await work.run_once(since=shop.clock.now() - timedelta(days=90))
        paid = [await shop.payment(name) for name in ("pay_a", "pay_b", "pay_c")]
        assert [one.status for one in paid] == [Status.REFUNDED, Status.PAID, Status.PAID]
        assert sorted(one.receipt_number or 0 for one in paid) == [1, 2, 3]
        assert paid[1].facts.card is not None
        assert paid[1].facts.card.last4 == "4242"


async def test_a_voucher_that_was_made_before_all_that_is_asked_for_is_not_told_again(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.pay(intent_id)
        shop.stripe.payment_intents[intent_id]["metadata"]["receipt"] = "7"
        shop.stripe.payment_intents[intent_id]["created"] -= 40 * 86_400
        await shop.reconcile(session).run_once()
        paid = await shop.payment("pay_1")
        assert (paid.status, paid.receipt_number) == (Status.PAID, 7)
        assert await shop.kinds() == []


async def test_a_debit_counts_when_it_was_paid_or_given_back_and_not_when_that_was_begun(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        heard, lost = shop.sell("pay_heard"), shop.sell("pay_lost")
        shop.stripe.pay(heard)
        await shop.hear("payment_intent.succeeded")
        shop.stripe.pay(lost)
        shop.stripe.refund(lost, 500)
        for begun in (*shop.stripe.charges.values(), *shop.stripe.refunds.values()):
            begun["created"] -= 5 * 86_400
        for since in (None, NOON - timedelta(days=9)):
            await shop.reconcile(session).run_once(since)
        told = {
            event["data"]["object"]["id"]: datetime.fromtimestamp(event["created"], UTC)
            for event in reversed(shop.stripe.events)
            if event["data"]["object"]["status"] == "succeeded"
        }
        paid = [(await shop.payment(payment_id)).paid_at for payment_id in ("pay_heard", "pay_lost")]
        assert paid == [told[heard], told[lost]]
        [given_back] = shop.stripe.refunds
        days = await shop.rows("SELECT day AS found FROM daily_sold WHERE refunded <> 0")
        assert days == [told[given_back].date().isoformat()]


async def test_a_payment_that_stays_quiet_is_asked_about_by_itself(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        work = shop.reconcile(session)
        await work.run_once()
        shop.stripe.pay(intent_id)
        shop.stripe.events.clear()
        shop.clock.forward(hours=2)
        await work.run_once()
        assert (await shop.payment("pay_1")).status is Status.PAID


async def test_admins_hear_once_of_a_silence_and_of_none_while_webhooks_come(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        shop.clock.forward(hours=-1)
        startup_gate = StartupGate(shop.writer, shop.clock)
        startup_gate.open()
        work = shop.reconcile(session, startup_gate)
        shop.clock.forward(hours=1, minutes=10)
        shop.stripe.pay(shop.sell("pay_1"))
        await work.run_once()
        assert work.is_silent
        shop.stripe.pay(shop.sell("pay_2"))
        assert (await work.run_once()).applied > 0
        assert (await shop.kinds()).count(f"chat {Kind.ADMIN_NO_WEBHOOKS}") == 1
        await startup_gate.record(SIGN_OF_LIFE)
        await work.run_once()
        assert not work.is_silent


async def test_admins_hear_once_that_webhooks_come_again_after_a_restart_too(database: Database) -> None:
    async with reconciled(database) as (shop, session):

        def started() -> tuple[Reconcile, StartupGate]:
            startup_gate = StartupGate(shop.writer, shop.clock)
            startup_gate.open()
            return shop.reconcile(session, startup_gate), startup_gate

        async def told() -> int:
            return (await shop.kinds()).count(f"chat {Kind.ADMIN_WEBHOOKS_BACK}")

        shop.clock.forward(hours=-1)
        work, startup_gate = started()
        await startup_gate.record(SIGN_OF_LIFE)
        await work.run_once()
        assert await told() == 0, "nobody was told that there were none"
        shop.clock.forward(hours=1, minutes=10)
        shop.stripe.pay(shop.sell("pay_1"))
        silence = shop.stripe.events[0]["created"]
        await work.run_once()
        again, startup_gate = started()
        await again.run_once()
        assert await told() == 0, "none has come yet"
        shop.clock.forward(minutes=1)
        await startup_gate.record(SIGN_OF_LIFE)
        for one in (again, work, again):
            await one.run_once()
        assert await told() == 1
        rows = await shop.rows("SELECT dedupe_key AS found FROM outbox WHERE kind = 'admin_webhooks_back'")
        assert rows == [keys.webhooks_back(datetime.fromtimestamp(silence, UTC), RULES.admin_ids[0])]


async def test_a_webhook_waits_at_the_door_until_what_was_missed_is_caught_up(database: Database) -> None:
    async with reconciled(database) as (shop, _session):
        startup_gate = StartupGate(shop.writer, shop.clock)
        knock = ProviderEvent("evt_1", "charge.succeeded", shop.clock.now(), False, None)
        knocking = asyncio.create_task(startup_gate.record(knock))
        await asyncio.sleep(0)
        assert not knocking.done()
        startup_gate.open()
        await knocking
        async with shop.storage.read() as tx:
            assert await tx.events.unseen(["evt_1"]) == frozenset()


async def test_where_events_may_not_be_listed_the_payments_themselves_are_asked_for(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        work = shop.reconcile(session)
        await work.run_once()
        shop.stripe.pay(shop.sell("pay_1"))

        async def refused(since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
            if since < shop.clock.now():
                raise ServiceRefused("this key may not list events")
            yield ()

        work._history.events = refused  # type: ignore[method-assign] # as a restricted key is answered
        assert (await work.run_once()).applied == 1
        assert (await shop.payment("pay_1")).status is Status.PAID
