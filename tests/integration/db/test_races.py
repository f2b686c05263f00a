"""What several replicas at one PostgreSQL do in the same instant."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.errors import LimitReached, StaleWrite
from checkout.model.customer import Customer
from checkout.model.events import IntentReport, ProviderEvent
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from checkout.model.search import By, Search
from checkout.model.verification import Hasher
from checkout.purchase.manage_customers import ManageCustomers
from checkout.purchase.open_pay_page import OpenPayPage
from checkout.purchase.start_payment import StartPayment
from checkout.purchase.verify_email import VerifyEmail
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.engine.sql_loader import Query
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.support.clock import NOON, MovedClock
from tests.support.customers import ANNA, BEN
from tests.support.databases import ask
from tests.support.event_samples import OURS, RULES, intent
from tests.support.fakes import FakeGateway, RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.notifications import a_message
from tests.support.payments import a_payment
from tests.support.project import CATALOG
from tests.support.shop import until

HASHER = Hasher("k" * 32)


@pytest.fixture
def storages(replicas: list[Database]) -> list[DatabaseStorage]:
    return [DatabaseStorage(one) for one in replicas]


async def asked_at_once(
    storages: Sequence[DatabaseStorage], clock: MovedClock, asked: Sequence[tuple[Customer, str]]
) -> tuple[list[str], Counter[str]]:
    """The mails that left, and why the others did not."""
    mails, refused = RememberingMails(), Counter[str]()
    verifiers = [VerifyEmail(one, clock, normalised_email, HASHER, RENDERER, mails) for one in storages]

    async def ask(number: int, customer: Customer, address: str) -> None:
        try:
            await verifiers[number % len(verifiers)].request_code(customer, address)
        except LimitReached as error:
            refused[error.limit] += 1

    await asyncio.gather(*(ask(number, *one) for number, one in enumerate(asked)))
    return [key for key, _ in mails.tries], refused


async def test_one_customer_gets_one_code_and_one_correction_however_many_replicas_are_asked(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    mailed, refused = await asked_at_once(storages, clock, [(ANNA, f"anna{n}@example.org") for n in range(9)])
    # The first other address, before one is confirmed, need not wait.
    assert (len(mailed), refused) == (2, {"cooldown": 7})


async def test_one_mailbox_gets_one_code_however_many_customers_ask(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    strangers = [(Customer(100 + n, "en"), "anna@example.org") for n in range(9)]
    mailed, refused = await asked_at_once(storages, clock, strangers)
    assert (len(mailed), refused) == (1, {"cooldown": 8})


async def test_crosswise_requests_do_not_wait_for_each_other_in_a_circle(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    crosswise = [(who, to) for _ in range(5) for who in (ANNA, BEN) for to in ("a@example.org", "b@example.org")]
    mailed, refused = await asked_at_once(storages, clock, crosswise)
    assert len(mailed) + refused["cooldown"] == 20
    assert 1 <= len(mailed) <= 2


async def test_the_hour_s_limit_holds_over_all_replicas(storages: list[DatabaseStorage], clock: MovedClock) -> None:
    for number in range(4):
        await asked_at_once(storages, clock, [(Customer(200 + number, "en"), "anna@example.org")])
        clock.forward(seconds=61)
    mailed, _ = await asked_at_once(storages, clock, [(Customer(300 + n, "en"), "anna@example.org") for n in range(6)])
    assert len(mailed) == 1
    clock.forward(seconds=61)
    assert (await asked_at_once(storages, clock, [(BEN, "anna@example.org")]))[1] == {"address": 1}


async def test_many_starts_at_once_make_one_payment(storages: list[DatabaseStorage], clock: MovedClock) -> None:
    customer = replace(ANNA, email="anna@example.org", email_verified_at=clock.now())
    product = CATALOG.find("guide")
    assert product
    counters = [
        StartPayment(one, clock, HASHER, lambda: None, link_lifetime=timedelta(hours=1), livemode=False)
        for one in storages
    ]
    started = await asyncio.gather(*(counters[number % 3].start(customer, product) for number in range(9)))
    assert len({payment.payment_id for payment in started}) == 1
    async with storages[0].read() as tx:
        assert len(await tx.payments.of_customer(ANNA.telegram_user_id, 10)) == 1


async def test_a_page_opened_on_every_replica_has_one_intent(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    async with storages[0].begin() as tx:
        await tx.payments.add(a_payment(payment_intent_id=None))
    gateway = FakeGateway()
    pages = [OpenPayPage(one, clock, gateway, CATALOG) for one in storages]
    opened = await asyncio.gather(*(pages[number % 3].open_intent("token-1") for number in range(9)))
    assert {one.client_secret for one in opened} == {"pi_pay_1_1_secret_x"}
    async with storages[0].read() as tx:
        found = await tx.payments.get("pay_1")
    assert found is not None
    assert (found.payment_intent_id, found.version) == ("pi_pay_1_1", 1)


async def test_what_two_replicas_change_of_one_customer_is_both_kept(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    here, there = ManageCustomers(storages[0], clock), ManageCustomers(storages[1], clock)
    for number in range(20):
        await there.meet(number, "en", "Anna", "anna")
        await asyncio.gather(here.meet(number, "en", "Anna S.", "anna_s"), there.choose_language(number, "ru"))
        async with storages[2].read() as tx:
            known = await tx.customers.get(number)
        assert known is not None
        assert (known.name, known.language, known.language_chosen) == ("Anna S.", "ru", True)


@asynccontextmanager
async def writers(replicas: Sequence[Database], clock: MovedClock) -> AsyncIterator[list[GroupWriter]]:
    opened = [GroupWriter(one, clock, RULES, lambda *_: None, Backpressure()) for one in replicas]
    running = [asyncio.create_task(one.run()) for one in opened]
    yield opened
    for one in opened:
        one.stop()
    await asyncio.gather(*running)


def succeeded(number: int, event_id: str = "") -> ProviderEvent:
    metadata = replace(OURS, payment_id=f"pay_{number}")
    report = IntentReport(f"pi_{number}", "succeeded", 1900, 1900, "eur", False, metadata)
    one = intent("succeeded", event_id or f"evt_{number}")
    return replace(one, report=report)


async def test_the_same_events_at_every_replica_have_their_effect_once(
    replicas: list[Database], storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    async with storages[0].begin() as tx:
        for number in range(30):
            await tx.payments.add(
                a_payment(payment_id=f"pay_{number}", pay_token=f"t{number}", payment_intent_id=f"pi_{number}")
            )
    events = [succeeded(number, f"evt_{number}_{part}") for number in range(30) for part in "ab"]
    async with writers(replicas, clock) as recorders:
        await asyncio.gather(*(recorder.record(event) for event in events for recorder in recorders))
    async with storages[0].read() as tx:
        payments = await tx.payments.page(Search(By.ALL), limit=50)
        assert not await tx.events.unseen([event.event_id for event in events])
    assert {payment.status for payment in payments} == {Status.PAID}
    assert sorted(payment.receipt_number or 0 for payment in payments) == list(range(1, 31))
    mailed = await ask(replicas[0], "SELECT payment_id FROM outbox WHERE channel = 'mail'")
    assert Counter(row[0] for row in mailed) == Counter(f"pay_{number}" for number in range(30))


async def test_a_group_that_lost_to_another_transaction_is_recorded_after_it(
    replicas: list[Database], storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    async with storages[0].begin() as tx:
        for number in (1, 2):
            await tx.payments.add(
                a_payment(payment_id=f"pay_{number}", pay_token=f"t{number}", payment_intent_id=f"pi_{number}")
            )
    async with writers(replicas[:1], clock) as (recorder,):
        async with replicas[1].begin() as other:
            # Whoever's time to look for circles comes first is sent back: that is to be the group.
            await other.execute(Query("patient", PATIENT, PATIENT, ()), {})
            await other.fetch(lock_row("pay_2"), {})
            recorded = asyncio.gather(*(recorder.record(succeeded(number)) for number in (1, 2)))
            await until(lambda: somebody_waits(replicas[2]), "the group to wait for the second payment")
            await other.fetch(lock_row("pay_1"), {})  # in a circle: PostgreSQL sends one of the two back
        await recorded
    async with storages[2].read() as tx:
        found = [await tx.payments.get(f"pay_{number}") for number in (1, 2)]
    assert [payment.status for payment in found if payment] == [Status.PAID, Status.PAID]


PATIENT = "SET LOCAL deadlock_timeout = '60s'"


def lock_row(payment_id: str) -> Query:
    sql = f"SELECT 1 FROM payments WHERE payment_id = '{payment_id}' FOR UPDATE"
    return Query("lock_row", sql, sql, ())


async def somebody_waits(database: Database) -> bool:
    sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await ask(database, sql))


async def test_whoever_must_let_another_transaction_go_first_is_told_to_begin_again(replicas: list[Database]) -> None:
    met = asyncio.Barrier(2)

    async def cross(database: Database, first: str, second: str) -> str:
        try:
            async with database.begin() as connection:
                await connection.lock(first)
                await met.wait()
                await connection.lock(second)
        except StaleWrite:
            return "sent back"
        return "done"

    ended = await asyncio.gather(cross(replicas[0], "a", "b"), cross(replicas[1], "b", "a"))
    assert sorted(ended) == ["done", "sent back"]


async def test_three_workers_send_one_chat_s_messages_in_order(
    storages: list[DatabaseStorage], clock: MovedClock
) -> None:
    chats = ("42", "43", "44", "45")
    async with storages[0].begin() as tx:
        await tx.outbox.add([a_message(f"{chat}/{number:02}", chat) for number in range(8) for chat in chats])
    sent: list[str] = []

    async def outbox_worker(storage: DatabaseStorage, worker: str) -> None:
        while len(sent) < 8 * len(chats):
            async with storage.begin() as tx:
                taken = await tx.outbox.claim(Channel.CHAT, worker, clock.now(), 3)
            for one in taken:
                await asyncio.sleep(0)
                sent.append(one.dedupe_key)
                async with storage.begin() as tx:
                    await tx.outbox.mark_sent(one, NOON, "id")

    async with asyncio.timeout(20):
        await asyncio.gather(*(outbox_worker(one, f"w{number}") for number, one in enumerate(storages)))
    for chat in chats:
        assert [key for key in sent if key.startswith(chat)] == [f"{chat}/{number:02}" for number in range(8)]
