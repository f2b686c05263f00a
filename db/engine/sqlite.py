"""SQLite through aiosqlite: one connection that writes, a few that read beside it (WAL), and one for groups.

A thread cannot be called back: what a canceled task has asked of it is done all the same. So no thread ever waits for
a lock that another process holds (the event loop asks again instead), and what ends a transaction goes through the
same thread, behind whatever was left there.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from checkout.errors import DatabaseAway
from db.engine.connection import Change, Connection, Fetch, Parameters, Row, Steps, Together
from db.engine.opened_file import OpenedFile
from db.engine.private_files import make_private
from db.engine.sql_loader import Query

T = TypeVar("T")
READERS = 2
# From the first try to the last, whoever is in the way: our own transactions or another process.
BUSY_SECONDS = 10
ASK_AGAIN_SECONDS = 0.01
# synchronous=FULL: what was committed survives a power cut, and a 200 may be given for it.
PRAGMAS = (
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "cache_size=-4000",
    # Pages. Rows of one moment lie on the same few, which go back into the database together, and seldom.
    "wal_autocheckpoint=4000",
    "busy_timeout=0",
)
LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# Locked, a disk that is full, broken or read-only, no memory: all of it may pass, and nothing was kept.
AWAY = (
    *LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    # Damaged (a copy put over it while it was open), until a whole one is in its place.
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
)


class SqliteConnection:
    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    async def fetch(self, query: Query, parameters: Parameters) -> Sequence[Row]:
        return list(await _patiently(lambda: self._raw.execute_fetchall(query.sql, parameters), _deadline()))

    async def execute(self, query: Query, parameters: Parameters) -> int:
        return (await _patiently(lambda: self._raw.execute(query.sql, parameters), _deadline())).rowcount

    async def execute_many(self, query: Query, parameters: Sequence[Parameters]) -> int:
        if not parameters:
            return 0
        return (await _patiently(lambda: self._raw.executemany(query.sql, parameters), _deadline())).rowcount

    async def lock(self, *names: str) -> None:
        """SQLite's writers wait for each other anyway."""


class SqliteDatabase:
    """Writers share one connection; BEGIN IMMEDIATE, because a deferred one that reads and then writes fails with
    "database is locked" as soon as another process writes too."""

    def __init__(
        self,
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
        groups: "GroupConnection",
        opened: AsyncExitStack,
        file: OpenedFile,
    ) -> None:
        self._file = file
        self._writer, self._groups, self._opened = writer, groups, opened
        self._write_lock, self._transactions = asyncio.Lock(), asyncio.Lock()
        self._locked_names: set[str] = set()
        self._free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._free.put_nowait(reader)

    @classmethod
    async def open(cls, file: Path) -> "SqliteDatabase":
        """Raises DatabaseAway. A file that is not there is made."""
        make_private(file)
        async with AsyncExitStack() as stack:
            with _in_our_words():
                # First the one without a thread: what is no database is refused before any thread is there.
                groups = GroupConnection(file)
                stack.callback(groups.close)
                writer = await _connect(file, stack)
                readers = [await _connect(file, stack, "query_only=ON") for _ in range(READERS)]
            opened = OpenedFile(file)  # may fail, too: before nobody closes the connections any more
            return cls(writer, readers, groups, stack.pop_all(), opened)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        deadline = _deadline()
        # In line here, so that a group of webhooks waits for one other transaction at most.
        async with _in_line(deadline, self._transactions, self._write_lock):
            self._file.refuse_if_moved()
            try:
                await self._roll_back_leftover()
                await _patiently(lambda: self._writer.execute("BEGIN IMMEDIATE"), deadline)
                yield SqliteConnection(self._writer)
                with _in_our_words():
                    await self._writer.commit()
            except BaseException:
                # A canceled BEGIN may be on its way in the thread; this comes behind it, and does nothing where
                # there is nothing to roll back.
                await asyncio.shield(self._roll_back())
                raise

    async def _roll_back_leftover(self) -> None:
        """A disk that failed may have kept a transaction from ending."""
        if self._writer.in_transaction:
            await self._writer.rollback()

    async def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # the error that led here tells more; the next transaction tries again
            await self._writer.rollback()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        async with _in_time(_deadline()):
            reader = await self._free.get()
        try:
            yield SqliteConnection(reader)
        finally:
            self._free.put_nowait(reader)

    async def run(self, steps: Steps) -> None:
        """Raises what a step raises; then nothing is written."""
        deadline = _deadline()
        async with _in_line(deadline, self._write_lock):
            self._file.refuse_if_moved()
            await self._groups.take(steps, deadline)

    @asynccontextmanager
    async def try_lock(self, name: str) -> AsyncIterator[bool]:
        """A SQLite file has one process: its memory is enough."""
        if name in self._locked_names:
            yield False
            return
        self._locked_names.add(name)
        try:
            yield True
        finally:
            self._locked_names.discard(name)

    async def close(self) -> None:
        await asyncio.shield(self._close())

    async def _close(self) -> None:
        async with self._write_lock, self._opened:
            pass
        self._file.close()


class GroupConnection:
    """A connection that takes all steps of a group in one go, on the event loop itself.

    A visit to a thread costs more than the group does, and under load the thread must win the interpreter's lock
    back after every statement. A group takes a few milliseconds; docs/decisions/0002 has what was measured.
    """

    def __init__(self, file: Path) -> None:
        self._raw = sqlite3.connect(file, isolation_level=None)
        self._raw.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            self._raw.execute(f"PRAGMA {pragma}")

    async def take(self, steps: Steps, deadline: float) -> None:
        await _patiently(self._begin, deadline)
        try:
            with _in_our_words():
                self._take_all(steps)
                self._raw.execute("COMMIT")
        finally:
            with suppress(sqlite3.Error):
                self._raw.rollback()

    async def _begin(self) -> None:
        self._raw.rollback()
        self._raw.execute("BEGIN IMMEDIATE")

    def _take_all(self, steps: Steps) -> None:
        try:
            step = next(steps)
            while True:
                match step:
                    case Fetch():
                        step = steps.send(self._raw.execute(step.query.sql, step.parameters).fetchall())
                    case Change():
                        step = steps.send(self._change(step))
                    case Together():
                        step = steps.send([self._change(one) for one in step.changes])
        except StopIteration:
            return

    def _change(self, step: Change) -> int:
        if group := step.query.group:
            return self._raw.execute(group.sql(len(step.parameters)), group.values(step.parameters)).rowcount
        return self._raw.executemany(step.query.sql, step.parameters).rowcount

    def close(self) -> None:
        self._raw.close()


async def open_file(file: Path, **options: Any) -> aiosqlite.Connection:
    """As aiosqlite does; canceled, it waits for its thread: one that outlives the loop ends with a traceback."""
    raw = aiosqlite.connect(file, **options)
    try:
        return await raw
    except BaseException:
        raw._thread.join()
        raise


async def _connect(file: Path, stack: AsyncExitStack, *pragmas: str) -> aiosqlite.Connection:
    """``stack`` closes it: a thread that is left would keep the process from ending."""
    raw = await open_file(file, isolation_level=None)
    stack.push_async_callback(raw.close)
    raw.row_factory = sqlite3.Row
    for pragma in (*PRAGMAS, *pragmas):
        await raw.execute(f"PRAGMA {pragma}")
    return raw


def _deadline() -> float:
    return asyncio.get_running_loop().time() + BUSY_SECONDS


@asynccontextmanager
async def _in_time(deadline: float) -> AsyncIterator[None]:
    """Raises DatabaseAway when the block has not ended by then."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise DatabaseAway("SQLite: the transactions before this one do not end") from None


@asynccontextmanager
async def _in_line(deadline: float, *locks: asyncio.Lock) -> AsyncIterator[None]:
    """Inside all of them. Whoever waits behind one that waits for another process waits no longer than that one."""
    async with AsyncExitStack() as held:
        async with _in_time(deadline):
            for lock in locks:
                await held.enter_async_context(lock)
        yield


async def _patiently(ask: Callable[[], Awaitable[T]], deadline: float) -> T:
    """Asks again as long as another process holds the lock. Raises DatabaseAway."""
    loop = asyncio.get_running_loop()
    with _in_our_words():
        while True:
            try:
                return await ask()
            except sqlite3.OperationalError as error:
                if not _is_one_of(LOCKED, error) or loop.time() > deadline:
                    raise
            await asyncio.sleep(ASK_AGAIN_SECONDS)


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if _is_one_of(AWAY, error):
            raise DatabaseAway(f"SQLite: {error}") from error
        raise


def _is_one_of(codes: Sequence[int], error: sqlite3.Error) -> bool:
    """``codes`` are primary ones; the error's own has more in its higher bits."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in codes
