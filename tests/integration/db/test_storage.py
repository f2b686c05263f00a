"""The database's promises, on SQLite and PostgreSQL alike."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from checkout.errors import StaleWrite
from checkout.model.customer import Customer
from checkout.model.facts import ChargeRefunded, Mismatch, PaymentFacts, RefundFact
from checkout.model.intent_facts import Attempt, CardUsed, DisputeFact, Failure, IntentFacts
from checkout.model.message_content import PaymentFailed, PaymentPaid, Unknown
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from checkout.model.verification import PendingCode
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import Query
from db.maintenance.migrate import migrate, newest_revision
from db.storage import DatabaseStorage
from tests.support.clock import NOON, MovedClock
from tests.support.notifications import a_message
from tests.support.payments import a_payment

ALL_FACTS = PaymentFacts(
    intents={
        "pi_1": IntentFacts(
            succeeded_at=NOON,
            canceled=True,
            processing={Attempt("ch_1", "pm_1"): NOON},
            failures={"ch_0/pm_0": Failure(NOON, "evt_0", Attempt("ch_0", "pm_0"), "expired_card", "Your card…")},
            card=CardUsed("card", "visa", "4242"),
        )
    },
    refunds={"re_1": RefundFact(500, "succeeded", "n1", "pi_1")},
    disputes={"dp_1": DisputeFact("won", 2000, NOON, "usd", NOON)},
    charges={"ch_1": ChargeRefunded(500, "pi_1")},
    mismatches={"pi_1: amount": Mismatch("pi_1", 500, "usd", "live_mode")},
    expired=True,
)


async def test_a_payment_comes_back_as_it_was_written(storage: DatabaseStorage) -> None:
    payment = a_payment(facts=ALL_FACTS, receipt_number=7, paid_at=NOON, failure_told_at=NOON, chat_message_id=5)
    async with storage.begin() as tx:
        await tx.payments.add(payment)
    async with storage.read() as tx:
        assert await tx.payments.get("pay_1") == payment
        assert await tx.payments.by_token("token-1") == payment
        assert await tx.payments.by_any_id("pi_1") == payment


async def test_a_row_that_has_moved_is_not_overwritten(storage: DatabaseStorage) -> None:
    async with storage.begin() as tx:
        await tx.payments.add(a_payment())
        await tx.payments.update(a_payment(status=Status.FAILED))
    with pytest.raises(StaleWrite):
        async with storage.begin() as tx:
            await tx.payments.update(a_payment(status=Status.EXPIRED))
    async with storage.read() as tx:
        found = await tx.payments.get("pay_1")
    assert found is not None
    assert (found.status, found.version) == (Status.FAILED, 1)


async def test_a_transaction_that_fails_leaves_nothing(storage: DatabaseStorage) -> None:
    async def stumble() -> None:
        async with storage.begin() as tx:
            await tx.payments.add(a_payment())
            raise RuntimeError("the process stumbles")

    with pytest.raises(RuntimeError):
        await stumble()
    async with storage.begin() as tx:
        assert await tx.payments.get("pay_1") is None


async def test_a_cancelled_transaction_does_not_block_the_next(storage: DatabaseStorage) -> None:
    entered = asyncio.Event()

    async def stuck() -> None:
        async with storage.begin() as tx:
            await tx.payments.add(a_payment())
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stuck())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with storage.begin() as tx:
        assert await tx.payments.get("pay_1") is None
        await tx.payments.add(a_payment())


async def test_a_message_is_kept_once_whatever_it_is_added(storage: DatabaseStorage, clock: MovedClock) -> None:
    async with storage.begin() as tx:
        await tx.outbox.add([a_message("chat/a"), a_message("chat/a")])
        await tx.outbox.add([a_message("chat/a")])
        claimed = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
    assert [one.dedupe_key for one in claimed] == ["chat/a"]


async def test_messages_to_one_person_leave_one_by_one_and_in_order(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    async with storage.begin() as tx:
        await tx.outbox.add([a_message("chat/1"), a_message("chat/2"), a_message("chat/other", "43")])
        first = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
        assert [one.dedupe_key for one in first] == ["chat/1", "chat/other"]
        assert await tx.outbox.claim(Channel.CHAT, "v", clock.now(), 10) == []
        await tx.outbox.mark_sent(first[0], clock.now(), "77")
        second = await tx.outbox.claim(Channel.CHAT, "v", clock.now(), 10)
    assert [one.dedupe_key for one in second] == ["chat/2"]


async def test_a_row_that_cannot_be_read_holds_up_no_other(storage: DatabaseStorage, database: Database) -> None:
    async with storage.begin() as tx:
        await tx.outbox.add([a_message("chat/1", "42"), a_message("chat/2", "43")])
    newer = "UPDATE outbox SET kind = 'news_of_tomorrow' WHERE dedupe_key = 'chat/1'"
    async with database.begin() as connection:
        await connection.execute(Query("", newer, newer, ()), {})
    async with storage.begin() as tx:
        claimed = await tx.outbox.claim(Channel.CHAT, "w", NOON, 10)
    assert [one.content for one in claimed] == [Unknown("news_of_tomorrow"), PaymentPaid()]


async def test_a_failure_mail_waits_until_ten_minutes_after_the_last_one_left(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    changes: dict[str, Any] = {"channel": Channel.MAIL, "content": PaymentFailed("expired_card")}
    async with storage.begin() as tx:
        await tx.outbox.add([a_message(key, "anna@example.com", **changes) for key in ("mail/1", "mail/2")])
        (first,) = await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 10)
        await tx.outbox.mark_sent(first, clock.now(), "id")
        clock.forward(minutes=9)
        assert await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 10) == []
        clock.forward(minutes=1)
        (second,) = await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 10)
    assert (first.dedupe_key, second.dedupe_key) == ("mail/1", "mail/2")


async def test_two_workers_never_take_the_same_a_message(storage: DatabaseStorage, clock: MovedClock) -> None:
    async with storage.begin() as tx:
        await tx.outbox.add([a_message(f"chat/{number}", str(number)) for number in range(40)])

    async def take(worker: str) -> list[str]:
        taken: list[str] = []
        while True:
            async with storage.begin() as tx:
                claimed = await tx.outbox.claim(Channel.CHAT, worker, clock.now(), 3)
            if not claimed:
                return taken
            taken += [one.dedupe_key for one in claimed]

    taken = await asyncio.gather(*(take(f"w{number}") for number in range(6)))
    everything = [key for keys in taken for key in keys]
    assert len(everything) == len(set(everything))
    async with storage.begin() as tx:  # skipped locks may have hidden the last ones from a worker that went
        left = await tx.outbox.claim(Channel.CHAT, "last", clock.now(), 40)
    assert len(everything) + len(left) == 40


async def test_a_code_has_five_tries_however_many_guess_at_once(storage: DatabaseStorage, clock: MovedClock) -> None:
    code = PendingCode(42, "anna@example.com", "hash", clock.now() + timedelta(minutes=10), 5)
    async with storage.begin() as tx:
        await tx.codes.put(code)

    async def guess() -> bool:
        async with storage.begin() as tx:
            spent = await tx.codes.spend_try(42, clock.now())
            assert not await tx.codes.use_up(replace(code, code_hash="wrong"))
            return bool(spent)

    assert sum(await asyncio.gather(*(guess() for _ in range(12)))) == 5


async def test_a_code_is_used_up_by_one_of_many(storage: DatabaseStorage, clock: MovedClock) -> None:
    code = PendingCode(42, "anna@example.com", "hash", clock.now() + timedelta(minutes=10), 5)
    async with storage.begin() as tx:
        await tx.codes.put(code)

    async def use() -> bool:
        async with storage.begin() as tx:
            return await tx.codes.use_up(code)

    assert sum(await asyncio.gather(*(use() for _ in range(8)))) == 1


async def test_customers_and_conversations_are_kept_and_forgotten(storage: DatabaseStorage, clock: MovedClock) -> None:
    customer = Customer(42, "ru", "Анна", "anna", "anna@example.com", clock.now(), True)
    async with storage.begin() as tx:
        await tx.customers.save(customer, clock.now())
        await tx.conversations.put("42:1", "{}", clock.now())
        await tx.conversations.put("42:1", '{"a": 1}', clock.now())
        await tx.conversations.put("43:1", "{}", clock.now())
    async with storage.begin() as tx:
        assert await tx.customers.get(42) == customer
        assert await tx.conversations.get("42:1") == '{"a": 1}'
        await tx.customers.delete(42)
        await tx.conversations.delete_of(42)
        assert await tx.customers.get(42) is None
        assert await tx.conversations.get("42:1") is None
        assert await tx.conversations.get("43:1") == "{}"


async def test_many_migrations_at_once_bring_one_schema(database_url: DatabaseUrl) -> None:
    assert set(await asyncio.gather(*(migrate(database_url) for _ in range(5)))) == {newest_revision()}


async def test_a_duty_has_one_holder_at_a_time(storage: DatabaseStorage) -> None:
    try_lock = storage.try_lock
    async with try_lock("reconcile") as first, try_lock("reconcile") as second, try_lock("close links") as other:
        assert (first, second, other) == (True, False, True)
    async with try_lock("reconcile") as later:
        assert later


async def test_a_duty_that_stumbles_is_free_again(storage: DatabaseStorage) -> None:
    async def stumble() -> None:
        async with storage.try_lock("reconcile"):
            raise RuntimeError("the task stumbles")

    with pytest.raises(RuntimeError):
        await stumble()
    async with storage.try_lock("reconcile") as later:
        assert later
