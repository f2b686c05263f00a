"""PostgreSQL through asyncpg: its connections, and what becomes of those that it ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from checkout.errors import DatabaseAway, StaleWrite
from db.engine.connection import Connection, Steps
from db.engine.postgres_connection import (
    BEGIN,
    ISOLATION,
    GroupConnection,
    PostgresConnection,
    lock_number,
    timeline_of,
)

POOL = 8
# Connecting, and waiting for one of the connections; one statement; hanging up.
CONNECT_SECONDS, STATEMENT_SECONDS, CLOSE_SECONDS = 10.0, 30.0, 2.0
NO_PLACE_SECONDS = 0.1  # until it is asked again for one
AWAKE_SECONDS = 4.0  # several times within the fifteen that a transaction may be idle
# Cut, refused, shutting down or starting up, timed out, out of places, locked by somebody for long, renamed, closed to
# us, without our rights (some hosters take them where a quota is used up), not the one that may write any more, or
# behind a pooler whose every trouble is an “internal error”: all of it may pass, and nothing was kept.
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
    asyncpg.InternalServerError,
)
# These, of that kind, do not pass.
DAMAGED = (asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError)
# In a pooler's words, whatever its code: Supabase's, and PgBouncer's.
NO_PLACE = ("max client", "no more connections")
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


class PostgresDatabase:
    def __init__(self, pool: Any, url: str, timeline: str) -> None:
        self._pool, self._url = pool, url
        self._groups = GroupConnection(self._connect, timeline)

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
            return cls(pool, url, await timeline_of(pool))

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
            except asyncpg.PostgresError as error:
                if not _has_no_place(error) or not self._pool.get_size():
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
                except asyncpg.PostgresError as error:
                    if not _has_no_place(error) or not self._pool.get_size():
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


def _has_no_place(error: asyncpg.PostgresError) -> bool:
    """The server, or a pooler before it, has none for one more connection."""
    said = str(error).lower()
    return isinstance(error, asyncpg.TooManyConnectionsError) or any(words in said for words in NO_PLACE)


@contextlib.contextmanager
def _in_our_words(*, says_why: bool = False) -> Iterator[None]:
    """``says_why``: in the server's own words, too, which may name roles and hosts and are not for everybody."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
        raise StaleWrite("the database let another transaction go first") from error
    except DAMAGED:
        raise
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
