"""SQLite through aiosqlite: one connection that writes, a few that read beside it (WAL)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from db.connection import Connection, Parameters, Row
from db.queries import Query

READERS = 2
# synchronous=FULL: what was committed survives a power cut, and a 200 may be given for it.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000", "cache_size=-4000", "wal_autocheckpoint=4000")


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


class SqliteDatabase:
    """Writers take turns on one connection; BEGIN IMMEDIATE, because a deferred one that reads and then writes
    fails with "database is locked" as soon as another process writes too."""

    def __init__(self, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]) -> None:
        self._writer, self._turn = writer, asyncio.Lock()
        self._readers = list(readers)
        self._free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._free.put_nowait(reader)

    @classmethod
    async def open(cls, file: Path) -> "SqliteDatabase":
        file.parent.mkdir(parents=True, exist_ok=True)
        return cls(await _connect(file), [await _connect(file, query_only=True) for _ in range(READERS)])

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        async with self._turn:
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

    async def close(self) -> None:
        async with self._turn:
            for connection in (*self._readers, self._writer):
                await connection.close()


async def _connect(file: Path, *, query_only: bool = False) -> aiosqlite.Connection:
    raw = await aiosqlite.connect(file, isolation_level=None)
    for pragma in PRAGMAS:
        await raw.execute(f"PRAGMA {pragma}")
    if query_only:
        await raw.execute("PRAGMA query_only=ON")
    return raw
