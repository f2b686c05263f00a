"""Nothing grows for ever, and nobody waits for what is dropped: on both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from checkout.retention import LIFETIMES, ROWS, STEPS, DropOld, Kept
from db.engine.connection import Database, to_text
from db.engine.sql_loader import Query
from db.storage import DatabaseStorage, DatabaseTransaction
from tests.support.clock import NOON, MovedClock

OUTBOX = """INSERT INTO outbox (dedupe_key, channel, kind, state, rendered, created_at, recipient, payment_id, details,
    attempts, due_at) VALUES ({values}, '1', 'pay_1', '{{}}', 1, '')"""
MESSAGE = OUTBOX.replace("{values}", "'k{n}', 'chat', '{kind}', 'sent', {bytes}, '{at}'")
HOUR = timedelta(hours=1)
# How a row of each kind comes about, by its number n and its time; each has its own idea of an empty row.
INSERTS = {
    Kept.ACTIVITY: "INSERT INTO journal (telegram_user_id, what, details, at) VALUES ({n}, 'code_sent', '', '{at}')",
    Kept.CODES: "INSERT INTO verification_codes VALUES ({n}, 'a@example.com', 'hash', '{at}', 5)",
    Kept.CODE_SENDS: "INSERT INTO code_sends (telegram_user_id, mailbox_hash, sent_at) VALUES ({n}, 'hash', '{at}')",
    Kept.CONVERSATIONS: "INSERT INTO conversations VALUES ('c{n}', {n}, '{{}}', '{at}')",
    Kept.HANDLED_UPDATES: "INSERT INTO handled_updates VALUES ({n}, '{at}')",
    Kept.LEAVING_CODES: "INSERT INTO leaving_codes VALUES ({n}, 'a@example.com', 'hash', '{at}', 5)",
    Kept.PAY_MESSAGES: MESSAGE.replace("{kind}", "pay_message").replace("{bytes}", "NULL"),
    Kept.PROVIDER_EVENTS: "INSERT INTO provider_events VALUES ('evt_{n}', 'type', 'pay_1', '{at}', '{at}')",
    Kept.RENDERED: MESSAGE.replace("{kind}", "payment_paid"),
    Kept.UNMATCHED_EVENTS: "INSERT INTO unmatched_events VALUES ('evt_{n}', 'pi_1', '[]', '{at}')",
}
LEFT = {
    Kept.ACTIVITY: "journal",
    Kept.CODES: "verification_codes",
    Kept.PAY_MESSAGES: "outbox",
    Kept.RENDERED: "outbox WHERE rendered IS NOT NULL",
}


async def execute(database: Database, *statements: str) -> None:
    async with database.begin() as connection:
        for statement in statements:
            await connection.execute(Query("", statement, statement.replace("x'00'", "'\\x00'::bytea"), ()), {})


async def count(database: Database, what: str) -> int:
    sql = f"SELECT COUNT(*) AS found FROM {what}"
    async with database.read() as connection:
        (row,) = await connection.fetch(Query("", sql, sql, ()), {})
    return int(row["found"])


async def insert(database: Database, kept: Kept, numbers: range, **ago: Any) -> None:
    at = to_text(NOON - timedelta(**ago))
    await execute(database, *(INSERTS[kept].format(n=n, at=at, bytes="x'00'") for n in numbers))


@pytest.mark.parametrize("kept", list(Kept))
async def test_what_is_old_goes_and_what_is_not_stays(
    kept: Kept, database: Database, storage: DatabaseStorage, clock: MovedClock
) -> None:
    lifetime = LIFETIMES[kept]()
    await insert(database, kept, range(1, 4), seconds=(lifetime + HOUR).total_seconds())
    await insert(database, kept, range(4, 6), seconds=(lifetime - HOUR).total_seconds())
    assert await DropOld(storage, clock, pause=0).run_once() == 3
    assert await count(database, LEFT.get(kept, kept.value)) == 2
    clock.forward(hours=2)
    assert await DropOld(storage, clock, pause=0).run_once() == 2
    assert await DropOld(storage, clock, pause=0).run_once() == 0


async def test_of_the_outbox_only_bytes_and_edits_of_what_has_left_go(
    database: Database, storage: DatabaseStorage, clock: MovedClock
) -> None:
    at = to_text(NOON - timedelta(days=400))
    rows = [
        ("receipt", "mail", "payment_paid", "sent", "x'00'"),
        ("waits", "mail", "payment_paid", "waiting", "x'00'"),
        ("edit", "chat", "pay_message", "sent", "NULL"),
        ("waiting edit", "chat", "pay_message", "waiting", "NULL"),
        ("alert", "chat", "first_payment", "sent", "NULL"),
    ]
    await execute(
        database,
        *(
            OUTBOX.format(values=f"'{key}', '{channel}', '{kind}', '{state}', {rendered}, '{at}'")
            for key, channel, kind, state, rendered in rows
        ),
    )
    assert await DropOld(storage, clock, pause=0).run_once() == 2
    assert await count(database, "outbox") == 4
    assert await count(database, "outbox WHERE dedupe_key = 'edit'") == 0
    assert await count(database, "outbox WHERE dedupe_key = 'waits' AND rendered IS NOT NULL") == 1


async def test_activity_of_payments_stays(database: Database, storage: DatabaseStorage, clock: MovedClock) -> None:
    await execute(
        database,
        "INSERT INTO journal (telegram_user_id, payment_id, what, details, at) VALUES (1, 'pay_1', 'x', '', '2020')",
    )
    assert await DropOld(storage, clock, pause=0).run_once() == 0
    assert await count(database, "journal") == 1


class CountingStorage(DatabaseStorage):
    """Remembers how much each transaction that writes has dropped."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.dropped: list[int] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DatabaseTransaction]:
        async with super().begin() as tx:
            drop = tx.retention.drop

            async def counted(*arguments: Any) -> int:
                self.dropped.append(await drop(*arguments))
                return self.dropped[-1]

            tx.retention.drop = counted  # type: ignore[assignment]
            yield tx


async def test_much_that_is_old_goes_in_small_steps_and_the_next_round_goes_on(
    database: Database, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await insert(database, Kept.PROVIDER_EVENTS, range(2 * ROWS + 10), days=100)
    await insert(database, Kept.PROVIDER_EVENTS, range(5000, 5000 + ROWS), days=1)
    storage = CountingStorage(database)
    monkeypatch.setattr("checkout.retention.STEPS", 2)
    work = DropOld(storage, clock, pause=0)
    assert STEPS > 2
    rounds = [await work.run_once() for _ in range(3)]
    assert sum(rounds) == 2 * ROWS + 10
    assert rounds[0] <= 2 * ROWS
    assert max(storage.dropped) <= ROWS
    assert await count(database, "provider_events") == ROWS
