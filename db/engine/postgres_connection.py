"""What is said on one connection to PostgreSQL: statements, locks, and groups of events."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
import msgspec

from checkout.errors import DatabaseAway, GoneBack
from db.engine.connection import Change, Fetch, Parameters, Row, Steps, Together
from db.engine.sql_loader import Query

# Whatever the server has as its default: what is read behind a lock must be the newest, and who waits for a row must
# see it as it has become. Among the SETTINGS a pooler in between would have to know of it.
ISOLATION = "read_committed"
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
# A server that takes over from another goes on in a timeline of its own, as does one that is put back to a moment.
FOLLOWS = "follows"
TIMELINE = f"""SELECT CASE WHEN pg_is_in_recovery() THEN '{FOLLOWS}'
ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END"""

_as_json = msgspec.json.Encoder().encode


def lock_number(name: str) -> int:
    """The same in every process and release: PostgreSQL's advisory locks go by numbers of 64 bits."""
    return int.from_bytes(hashlib.sha256(f"checkout-bot {name}".encode()).digest()[:8], signed=True)


async def timeline_of(raw: Any) -> str:
    """FOLLOWS where the server has none of its own yet; empty where it does not say: some hosters' own do not."""
    try:
        return str(await raw.fetchval(TIMELINE))
    except asyncpg.PostgresError:
        return ""


class PostgresConnection:
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, query: Query, parameters: Parameters) -> Sequence[Row]:
        records: Sequence[Row] = await self._raw.fetch(query.postgres_sql, *_ordered(query, parameters))
        return records

    async def execute(self, query: Query, parameters: Parameters) -> int:
        return _changed(await self._raw.execute(query.postgres_sql, *_ordered(query, parameters)))

    async def execute_many(self, query: Query, parameters: Sequence[Parameters]) -> int:
        # All rows in one go. asyncpg's executemany does not tell how many it changed, and that count is our lock.
        rows = [_ordered(query, one) for one in parameters]
        return len(await self._raw.fetchmany(f"{query.postgres_sql} RETURNING 1", rows)) if rows else 0

    async def lock(self, *names: str) -> None:
        # A statement of its own: one that waits for a lock goes on with what it saw before it waited.
        numbers = sorted(lock_number(name) for name in names)
        await self._raw.execute("SELECT pg_advisory_xact_lock(one) FROM unnest($1::bigint[]) AS one", numbers)


class GroupConnection:
    """A connection of its own for groups of events, made when it is needed: a visit to the pool costs a round trip.

    A group takes five: BEGIN with its lock, two readings, all that it writes, COMMIT. ``timeline`` is the server's so
    far: one that takes over may lack what was told last, the numbers of receipts above all.
    """

    # Receipt numbers have no gaps, and no two replicas' groups wait for each other in a circle. Two statements: what
    # is read afterwards is the newest.
    BEGIN = f"{BEGIN}; SELECT pg_advisory_xact_lock({lock_number('recording')})"

    def __init__(self, connect: Callable[[], Awaitable[Any]], timeline: str) -> None:
        self._connect, self._one_at_a_time = connect, asyncio.Lock()
        self._timeline = "" if timeline == FOLLOWS else timeline
        self._raw: Any = None

    async def take(self, steps: Steps) -> None:
        """Raises GoneBack where another server has taken over, and DatabaseAway where one may be about to."""
        async with self._one_at_a_time:
            try:
                if self._raw is None or self._raw.is_closed():
                    self._raw = await self._connect()
                    await self._refuse_another_timeline(self._raw)
                await self._raw.execute(self.BEGIN)
                await self._take_all(PostgresConnection(self._raw), steps)
                await self._raw.execute("COMMIT")
            except BaseException:
                # Wherever it was, canceled or cut: the server takes back what is not committed, and the next group
                # begins on another connection.
                self.close()
                raise

    async def _refuse_another_timeline(self, raw: Any) -> None:
        found = await timeline_of(raw)
        if found == FOLLOWS:  # a connection outlives its taking over
            raise DatabaseAway("PostgreSQL does not answer (this server only follows another one)")
        if self._timeline and found and found != self._timeline:
            raise GoneBack("another server has taken over, which may be in an older state")
        self._timeline = self._timeline or found

    async def _take_all(self, connection: PostgresConnection, steps: Steps) -> None:
        with contextlib.suppress(StopIteration):
            step = next(steps)
            while True:
                match step:
                    case Fetch():
                        step = steps.send(await connection.fetch(step.query, step.parameters))
                    case Change():
                        step = steps.send(await connection.execute_many(step.query, step.parameters))
                    case Together():
                        step = steps.send(await self._change_together(step.changes))

    async def _change_together(self, changes: Sequence[Change]) -> list[int]:
        statement = _together(*(change.query.postgres_group for change in changes))
        rows = [_as_json(change.parameters).decode() for change in changes]
        return list(await self._raw.fetchrow(statement, *rows))

    def close(self) -> None:
        if self._raw is not None:
            self._raw.terminate()
            self._raw = None


@lru_cache(maxsize=64)  # groups of one kind are written by one text, which the driver knows its plan by
def _together(*changes: str | None) -> str:
    parts = [
        f"change_{number} AS ({change} RETURNING 1)".replace("{rows}", f"${number}")
        for number, change in enumerate(changes, 1)
    ]
    counts = [f"(SELECT COUNT(*) FROM change_{number})" for number in range(1, len(parts) + 1)]  # noqa: S608 -- our own names
    return f"WITH {', '.join(parts)} SELECT {', '.join(counts)}"


def _ordered(query: Query, parameters: Parameters) -> list[Any]:
    return [parameters[name] for name in query.parameters]


def _changed(tag: str) -> int:
    """``UPDATE 3`` -> 3."""
    last = tag.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0
