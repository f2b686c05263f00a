"""Small questions about the database itself."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checkout.errors import DatabaseAway
from db.engine.connection import Database, Fetch, Row, Steps, to_text, to_time
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import queries

SQL = queries("health")
BACKUP_CHECKPOINT = "last backup"


async def schema_revision(database: Database) -> str:
    """The revision the schema is at."""
    async with database.read() as connection:
        rows = await connection.fetch(SQL["revision"], {})
    return str(rows[0]["version_num"]) if rows else "nothing"


async def prove_writing(database: Database, now: datetime) -> None:
    """Commits a few bytes: only then is it known that no lock, full disk or standby is in the way."""
    async with database.begin() as connection:
        await connection.execute(SQL["heartbeat"], {"now": to_text(now)})


async def try_writing(database: Database, address: DatabaseUrl, seconds: float) -> None:
    """Beside a shop that may be serving it. Raises DatabaseAway, and TimeoutError after ``seconds``."""
    if address.file is not None:
        # Not by a connection of ours, which waits longer for a lock than whoever asks here.
        await asyncio.to_thread(_lock_and_let_go, address.file, seconds)
        return
    async with asyncio.timeout(seconds):
        await prove_writing(database, datetime.now(UTC))


def _lock_and_let_go(file: Path, seconds: float) -> None:
    try:
        with closing(sqlite3.connect(file, timeout=seconds)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        raise DatabaseAway(f"SQLite: {error}") from error


@dataclass(frozen=True, slots=True)
class Newest:
    """The highest numbers of a receipt and of a message, which payment has that receipt, and which the one before."""

    receipt: int = 0
    message: int = 0
    holder: str = ""
    holder_before: str = ""

    def is_older_than(self, before: "Newest") -> bool:
        """Whether the database has gone back since: others may have got what is missing in it meanwhile."""
        return self.holder_before != before.holder or self.message < before.message


async def newest(database: Database, before: Newest) -> Newest | None:
    """None where a dump is still being put into it.

    As if it wrote: what may not be written into is no older state to begin anew with. Raises DatabaseAway, and GoneBack
    where another server has taken over.
    """
    found: list[Newest] = []

    def steps() -> Steps:
        rows = yield Fetch(SQL["newest"], {"receipt": before.receipt})
        found.extend(Newest(**row) for row in rows)

    await database.run(steps())
    return found[0] if found else None


async def overdue_messages(database: Database, before: str) -> int:
    """How many outbox messages were due before that time and wait still."""
    async with database.read() as connection:
        rows = await connection.fetch(SQL["overdue"], {"before": before})
    return int(rows[0]["overdue"])


@dataclass(frozen=True, slots=True)
class Backlog:
    """Messages of one channel that have not left, ``waiting`` or ``parked``, and how old the oldest is."""

    channel: str
    state: str
    messages: int
    oldest_seconds: float


async def outbox_backlog(database: Database, now: datetime) -> list[Backlog]:
    """What lies in the outbox; a channel and state with nothing in it is left out."""
    async with database.read() as connection:
        rows = await connection.fetch(SQL["backlog"], {})
    return [_backlog(row, now) for row in rows]


def _backlog(row: Row, now: datetime) -> Backlog:
    oldest_seconds = (now - to_time(row["created_at"])).total_seconds()
    return Backlog(row["channel"], row["state"], row["messages"], max(0.0, oldest_seconds))


async def for_a_person(database: Database) -> tuple[int, int]:
    """How many payments wait for a delivery by hand, and how many for a decision."""
    async with database.read() as connection:
        (row,) = await connection.fetch(SQL["for_a_person"], {})
    return int(row["todo"]), int(row["review"])


async def last_backup(database: Database) -> datetime | None:
    """When `checkout-bot backup` last made a copy, in UTC; None for never."""
    return await _time(database, "last_backup", {"name": BACKUP_CHECKPOINT})


async def oldest_payment(database: Database) -> datetime | None:
    """When the first one was begun, in UTC; None in a new shop."""
    return await _time(database, "oldest_payment", {})


async def _time(database: Database, query: str, parameters: dict[str, object]) -> datetime | None:
    async with database.read() as connection:
        rows = await connection.fetch(SQL[query], parameters)
    return to_time(rows[0]["at"]) if rows else None
