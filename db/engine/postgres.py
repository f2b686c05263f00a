"""PostgreSQL through asyncpg."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import asyncpg
import msgspec

from checkout.errors import DatabaseAway, StaleWrite
from db.engine.connection import Change, Connection, Fetch, Parameters, Row, Steps, Together
from db.engine.sql_loader import Query

POOL = 8
# Connecting, and waiting for one of the connections; one statement; hanging up.
CONNECT_SECONDS, STATEMENT_SECONDS, CLOSE_SECONDS = 10.0, 30.0, 2.0
NO_PLACE_SECONDS = 0.1  # until it is asked again for one
AWAKE_SECONDS = 4.0  # several times within the fifteen that a transaction may be idle
# Cut, refused, shutting down or starting up, timed out, out of places, locked by somebody for long, renamed, closed to
# us, without our rights (some hosters take them where a quota is used up), or not the one that may write any more: all
# of it may pass, and nothing was kept.
AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that was cut between two statements
    asyncpg.PostgresConnectionError,
    asyncpg.PostgresSystemError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
)
SETTINGS = {
    "application_name": "checkout-bot",
    "statement_timeout": "30s",
    # Plans are kept with the connection: one made while a table was small must not read it whole when it has grown.
    # Every query of ours has its index, and none is worth compiling.
    "enable_seqscan": "off",
    "jit": "off",
    # A replica that stands still in the middle of a transaction holds up all the others.
    "idle_in_transaction_session_timeout": "15s",
    # One whose machine has vanished is noticed in a minute, and its locks are given back.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
# Whatever the server has as its default: what is read behind a lock must be the newest, and who waits for a row must
# see it as it has become. Among the SETTINGS a pooler in between would have to know of it.
ISOLATION = "read_committed"
BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"

_as_json = msgspec.json.Encoder().encode


def lock_number(name: str) -> int:
    """The same in every process and release: PostgreSQL's advisory locks go by numbers of 64 bits."""
    return int.from_bytes(hashlib.sha256(f"checkout-bot {name}".encode()).digest()[:8], signed=True)


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


class PostgresDatabase:
    def __init__(self, pool: Any, url: str) -> None:
        self._pool, self._url = pool, url
        self._groups = GroupConnection(self._connect)

    @classmethod
    async def open(cls, url: str) -> "PostgresDatabase":
        """Raises DatabaseAway when the database cannot be reached, and what the driver raises when it says no."""
        with _in_our_words(says_why=True):
            pool = await asyncpg.create_pool(
                url,
                # The first one shows whether the address is right. None is held open by force: while the database is
                # away, asyncpg would write a traceback at every try.
                min_size=0,
                init_size=1,
                max_size=POOL,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings=SETTINGS,
            )
        return cls(pool, url)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        with _in_our_words():
            try:
                async with self._connection() as raw, raw.transaction(isolation=ISOLATION):
                    yield PostgresConnection(raw)
            except asyncpg.ReadOnlySQLTransactionError:
                # After a failover this one only follows: new connections find the one that leads.
                await self._pool.expire_connections()
                raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        with _in_our_words():
            async with self._connection() as raw:
                yield PostgresConnection(raw)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """Whoever is canceled while it connects or waits in line has taken none; the pool cleans up what comes back."""
        async with asyncio.timeout(CONNECT_SECONDS):
            raw = await self._acquired()
        try:
            yield raw
        finally:
            await self._pool.release(raw)

    async def _acquired(self) -> Any:
        """Where the server has no place for one more, those that it has given us go round."""
        while True:
            try:
                return await self._pool.acquire()
            except asyncpg.TooManyConnectionsError:
                if not self._pool.get_size():
                    raise
            if not self._pool.get_idle_size():  # else the pool hands out one of those
                await asyncio.sleep(NO_PLACE_SECONDS)

    async def run(self, steps: Steps) -> None:
        """Raises what a step raises; then nothing is written."""
        with _in_our_words():
            await self._groups.take(steps)

    async def _connect(self) -> Any:
        """Out of the pool: for whoever keeps it, or holds with it what ends with the connection. Where the server has
        no place for one more, the pool gives up one of several."""
        async with asyncio.timeout(CONNECT_SECONDS):
            while True:
                try:
                    return await asyncpg.connect(self._url, command_timeout=STATEMENT_SECONDS, server_settings=SETTINGS)
                except asyncpg.TooManyConnectionsError:
                    if not self._pool.get_size():
                        raise
                if self._pool.get_size() > 1:
                    async with self._connection() as spare:
                        await spare.close()
                await asyncio.sleep(NO_PLACE_SECONDS)

    @asynccontextmanager
    async def try_lock(self, name: str) -> AsyncIterator[bool]:
        # On a connection of its own: a periodic task may take minutes, and the lock ends with the connection. In a
        # transaction: that of a replica which stands still is ended by the server, and another one takes its turn. By
        # one plain statement, which leaves no snapshot: sweeping and new indexes would wait for that.
        taking = f"{BEGIN}; SELECT WHERE pg_try_advisory_xact_lock({lock_number(name)})"
        with _in_our_words():
            raw = await self._connect()
        keeping = None
        try:
            with _in_our_words():
                is_mine = await raw.execute(taking) == "SELECT 1"
            keeping = asyncio.create_task(_keep_awake(raw))
            yield is_mine
        finally:
            if keeping is not None:
                keeping.cancel()
            await asyncio.shield(_hang_up(raw))

    async def close(self) -> None:
        """Within a few seconds, even when the database does not answer."""
        self._groups.close()
        with contextlib.suppress(TimeoutError):  # asyncpg cuts the connections then
            await asyncio.wait_for(self._pool.close(), CLOSE_SECONDS)


class GroupConnection:
    """A connection of its own for groups of events, made when it is needed: a visit to the pool costs a round trip.

    A group takes five: BEGIN with its lock, two readings, all that it writes, COMMIT.
    """

    # Receipt numbers have no gaps, and no two replicas' groups wait for each other in a circle. Two statements: what
    # is read afterwards is the newest.
    BEGIN = f"{BEGIN}; SELECT pg_advisory_xact_lock({lock_number('recording')})"

    def __init__(self, connect: Callable[[], Awaitable[Any]]) -> None:
        self._connect, self._one_at_a_time = connect, asyncio.Lock()
        self._raw: Any = None

    async def take(self, steps: Steps) -> None:
        async with self._one_at_a_time:
            if self._raw is None or self._raw.is_closed():
                self._raw = await self._connect()
            try:
                await self._raw.execute(self.BEGIN)
                await self._take_all(PostgresConnection(self._raw), steps)
                await self._raw.execute("COMMIT")
            except BaseException:
                # Wherever it was, canceled or cut: the server takes back what is not committed, and the next group
                # begins on another connection.
                self.close()
                raise

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


@contextlib.contextmanager
def _in_our_words(*, says_why: bool = False) -> Iterator[None]:
    """``says_why``: in the server's own words, too, which may name roles and hosts and are not for everybody."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
        raise StaleWrite("the database let another transaction go first") from error
    except AWAY as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            # Ending a transaction on a connection that is gone must not turn an end into one more failure to retry.
            raise asyncio.CancelledError from error
        why = f": {str(error).partition(chr(10))[0]}" if says_why else ""
        raise DatabaseAway(f"PostgreSQL does not answer ({type(error).__name__}{why})") from error


async def _keep_awake(raw: Any) -> None:
    """A transaction in which nothing happens is ended by the server; so is ours once this process stands still."""
    with contextlib.suppress(*AWAY):
        while True:
            await asyncio.sleep(AWAKE_SECONDS)
            await raw.execute("SELECT 1")


async def _hang_up(raw: Any) -> None:
    try:
        await raw.close(timeout=CLOSE_SECONDS)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raw.terminate()


def _ordered(query: Query, parameters: Parameters) -> list[Any]:
    return [parameters[name] for name in query.parameters]


def _changed(tag: str) -> int:
    """``UPDATE 3`` -> 3."""
    last = tag.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0
