"""How much is kept of 10,000 payments: on the day, and after what is kept for thirty and for ninety days has gone."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from tempfile import TemporaryDirectory

import asyncpg

from bench.report import line
from checkout.model.activity import ActivityEntry, Step
from checkout.model.events import ChargeReport, IntentReport, Metadata, ProviderEvent
from checkout.model.intent_facts import CardUsed
from checkout.model.payment import Payment
from checkout.notifications.compose import Composer
from checkout.resilience.backpressure import Backpressure
from checkout.retention import DropOld
from db.engine.connection import Database, Row
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query
from db.maintenance.migrate import migrate
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage, DatabaseTransaction, open_database
from tests.support.clock import NOON, MovedClock
from tests.support.databases import embedded_postgres, fresh_postgres_database
from tests.support.event_samples import RULES
from tests.support.payments import a_payment

PAYMENTS, AT_ONCE = 10_000, 100
# Of ten payments seven are paid at once, one after a decline, and two never.
DECLINED, UNPAID = (7,), (8, 9)
TABLES = "audit conversations code_sends customers handled_updates journal outbox payments provider_events".split()
SENT = "UPDATE outbox SET state = 'sent', attempts = 1, sent_at = created_at, provider_id = 'msg_' || message_id"
BYTES = {
    True: "SELECT page_size * (page_count - freelist_count) AS found FROM pragma_page_size, pragma_page_count, "
    "pragma_freelist_count",
    False: "SELECT CAST(SUM(pg_total_relation_size(oid)) AS BIGINT) AS found FROM pg_class "
    "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
}
CARD = CardUsed("card", "visa", "4242")


async def keeping() -> None:
    with TemporaryDirectory() as folder, embedded_postgres() as url:
        await measured("SQLite", parse_database_url(f"sqlite:///{folder}/shop.db"))
        await measured("PostgreSQL", parse_database_url(await fresh_postgres_database(url, "keeping")))


async def measured(name: str, address: DatabaseUrl) -> None:
    print(f"What {PAYMENTS:,} payments leave behind, {name}")
    await migrate(address)
    database, clock = await open_database(address), MovedClock(NOON)
    await sell(database, clock)
    await tell(database, address, "on the day")
    for days in (31, 60):
        clock.forward(days=days)
        work = DropOld(DatabaseStorage(database), clock, pause=0)
        while await work.run_once():
            pass
        await tell(database, address, f"after {(clock.now() - NOON).days} days")
    await database.close()


async def sell(database: Database, clock: MovedClock) -> None:
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    writing, storage = asyncio.create_task(writer.run()), DatabaseStorage(database)
    for first in range(0, PAYMENTS, AT_ONCE):
        payments = [made(number, clock.now()) for number in range(first, first + AT_ONCE)]
        async with storage.begin() as tx:
            for number, payment in enumerate(payments, first):
                await walk(tx, number, payment)
        for step in range(4):
            told = [events_of(number, payment) for number, payment in enumerate(payments, first)]
            await asyncio.gather(*(writer.record(events[step]) for events in told if len(events) > step))
    async with database.begin() as connection:
        await connection.execute(Query("", SENT, SENT, ()), {})
    writer.stop()
    await writing


def made(number: int, now: datetime) -> Payment:
    one = a_payment(number, at=now, email=f"customer{number}@example.com", telegram_user_id=10**9 + number)
    return replace(one, payment_id=f"pay_{number:012d}", payment_intent_id=f"pi_{number:024d}", chat_message_id=7)


async def walk(tx: DatabaseTransaction, number: int, payment: Payment) -> None:
    """The way to the pay page: the updates, the code, the link, the page."""
    who, now = payment.telegram_user_id, payment.created_at
    for update in range(4):
        await tx.updates.note(number * 4 + update, now)
    await tx.codes.note_send(who, "0" * 64, now, number * 4)
    await tx.conversations.put(f"{who}:state", '{"sku": "guide", "address": "customer@example.com"}', now)
    await tx.payments.add(payment)
    before = [ActivityEntry(who, step, now, payment.email) for step in (Step.CODE_SENT, Step.VERIFIED)]
    after = [(Step.LINK_SENT, "7"), (Step.PAGE_OPENED, ""), (Step.INTENT_MADE, payment.payment_intent_id or "")]
    own = [ActivityEntry(who, step, now, details, payment.payment_id) for step, details in after]
    await tx.activity.note(*before, *own)
    if number % 10 in UNPAID:
        await tx.outbox.add([Composer((), now).pay_message(payment)])


def events_of(number: int, payment: Payment) -> list[ProviderEvent]:
    metadata = Metadata(RULES.shop_id, payment.payment_id, payment.email, "guide", payment.telegram_user_id)
    intent_id, charge = payment.payment_intent_id or "", f"ch_{number:024d}"
    created = IntentReport(intent_id, "created", payment.amount, 0, payment.currency, False, metadata)
    reports: list[tuple[str, IntentReport | ChargeReport]] = [("payment_intent.created", created)]
    if number % 10 in DECLINED:
        declined = replace(created, kind="payment_failed", charge=f"{charge}x", failure_code="insufficient_funds")
        reports.append(("payment_intent.payment_failed", declined))
    if number % 10 not in UNPAID:
        paid = replace(created, kind="succeeded", amount_received=payment.amount, charge=charge)
        reports.append(("charge.succeeded", ChargeReport(intent_id, charge, 0, metadata, CARD)))
        reports.append(("payment_intent.succeeded", paid))
    at = payment.created_at + timedelta(seconds=1)
    return [ProviderEvent(f"evt_{number:023d}{n}", type_, at, False, one) for n, (type_, one) in enumerate(reports)]


async def tell(database: Database, address: DatabaseUrl, when: str) -> None:
    if address.file is None:
        raw = await asyncpg.connect(address.url)
        await raw.execute("VACUUM FULL")  # else it would keep the room for what comes next
        await raw.close()
    parts = [f"SELECT '{table}' AS name, COUNT(*) AS found FROM {table}" for table in TABLES]
    counts = {str(row["name"]): int(row["found"]) for row in await ask(database, " UNION ALL ".join(parts))}
    (size,) = await ask(database, BYTES[address.file is not None])
    line(f"{when}: rows", f"{sum(counts.values()):,}", ", ".join(f"{name} {n:,}" for name, n in counts.items() if n))
    line(f"{when}: bytes", f"{int(size['found']) / 1e6:.1f} MB")


async def ask(database: Database, sql: str) -> Sequence[Row]:
    async with database.read() as connection:
        return await connection.fetch(Query("bench", sql, sql, ()), {})
