"""SQLite through aiosqlite: one connection that writes, a few that read beside it (WAL), and one for groups."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from db.engine.connection import Change, Connection, Fetch, Parameters, Row, Steps
from db.engine.sql_loader import Query

READERS = 2
BUSY_SECONDS = 10
# synchronous=FULL: what was committed survives a power cut, and a 200 may be given for it.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_SECONDS * 1000}",
    "cache_size=-4000",
)


class SqliteConnection:
    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    async def fetch(self, query: Query, parameters: Parameters) -> Sequence[Row]:
        return list(await self._raw.execute_fetchall(query.sql, parameters))  # type: ignore[arg-type]

    async def execute(self, query: Query, parameters: Parameters) -> int:
        cursor = await self._raw.execute(query.sql, parameters)
        return cursor.rowcount

    async def execute_many(self, query: Query, parameters: Sequence[Parameters]) -> int:
        if not parameters:
            return 0
        cursor = await self._raw.executemany(query.sql, parameters)
        return cursor.rowcount

    async def lock(self, *names: str) -> None:
        """SQLite's writers take turns anyway."""


class SqliteDatabase:
    """Writers take turns on one connection; BEGIN IMMEDIATE, because a deferred one that reads and then writes
    fails with "database is locked" as soon as another process writes too."""

    def __init__(
        self, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection], groups: "GroupConnection"
    ) -> None:
        self._writer, self._groups = writer, groups
        self._turn, self._others = asyncio.Lock(), asyncio.Lock()
        self._readers = list(readers)
        self._alone: set[str] = set()
        self._free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._free.put_nowait(reader)

    @classmethod
    async def open(cls, file: Path) -> "SqliteDatabase":
        file.parent.mkdir(parents=True, exist_ok=True)
        writer = await _connect(file)
        readers = [await _connect(file, query_only=True) for _ in range(READERS)]
        return cls(writer, readers, GroupConnection(file))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        # In line here, so that a group of webhooks waits for one other transaction at most.
        async with self._others, self._turn:
            await self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteConnection(self._writer)
                await self._writer.execute("COMMIT")
            except BaseException:
                # A cancelled handler must not leave its transaction open for the next writer.
                await asyncio.shield(self._roll_back())
                raise

    async def _roll_back(self) -> None:
        if self._writer.in_transaction:
            await self._writer.execute("ROLLBACK")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        reader = await self._free.get()
        try:
            yield SqliteConnection(reader)
        finally:
            self._free.put_nowait(reader)

    async def run(self, steps: Steps) -> None:
        """Raises what a step raises; then nothing is written."""
        async with self._turn:
            await self._groups.take(steps)

    @asynccontextmanager
    async def try_lock(self, name: str) -> AsyncIterator[bool]:
        """A SQLite file has one process: its memory is enough."""
        if name in self._alone:
            yield False
            return
        self._alone.add(name)
        try:
            yield True
        finally:
            self._alone.discard(name)

    async def close(self) -> None:
        async with self._turn:
            self._groups.close()
            for connection in (*self._readers, self._writer):
                await connection.close()


class GroupConnection:
    """A connection that takes all steps of a group in one go, on the event loop itself.

    A visit to a thread costs more than the group does, and in a flood the thread must win the interpreter's lock
    back after every statement. A group takes a few milliseconds; docs/decisions/0002 has the figures.
    """

    def __init__(self, file: Path) -> None:
        self._raw = sqlite3.connect(file, isolation_level=None)
        for pragma in (*PRAGMAS, "busy_timeout=0"):
            self._raw.execute(f"PRAGMA {pragma}")

    async def take(self, steps: Steps) -> None:
        await self._begin()
        try:
            self._take_all(steps)
            self._raw.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise

    async def _begin(self) -> None:
        """Another process may be writing: the loop goes on meanwhile."""
        latest = asyncio.get_running_loop().time() + BUSY_SECONDS
        while True:
            try:
                self._raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                if asyncio.get_running_loop().time() > latest:
                    raise
                await asyncio.sleep(0.01)
            else:
                return

    def _take_all(self, steps: Steps) -> None:
        try:
            step = next(steps)
            while True:
                if isinstance(step, Fetch):
                    step = steps.send(self._raw.execute(step.query.sql, step.parameters).fetchall())
                else:
                    step = steps.send(self._change(step))
        except StopIteration:
            return

    def _change(self, step: Change) -> int:
        if group := step.query.group:
            return self._raw.execute(group.sql(len(step.parameters)), group.values(step.parameters)).rowcount
        return self._raw.executemany(step.query.sql, step.parameters).rowcount

    def close(self) -> None:
        self._raw.close()


async def _connect(file: Path, *, query_only: bool = False) -> aiosqlite.Connection:
    raw = await aiosqlite.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        await raw.execute(f"PRAGMA {pragma}")
    if query_only:
        await raw.execute("PRAGMA query_only=ON")
    return raw
