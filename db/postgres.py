"""PostgreSQL through asyncpg."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from db.connection import Connection, Parameters, Row
from db.queries import Query
from db.recording import Fetch, Steps

POOL = 8


class PostgresConnection:
    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, query: Query, parameters: Parameters) -> Sequence[Row]:
        records = await self._raw.fetch(query.postgres_sql, *_ordered(query, parameters))
        return [tuple(record) for record in records]

    async def execute(self, query: Query, parameters: Parameters) -> int:
        return _changed(await self._raw.execute(query.postgres_sql, *_ordered(query, parameters)))

    async def execute_many(self, query: Query, parameters: Sequence[Parameters]) -> int:
        # asyncpg's executemany does not tell how many rows it changed, and that count is our lock.
        changed = 0
        for one in parameters:
            changed += await self.execute(query, one)
        return changed


class PostgresDatabase:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> "PostgresDatabase":
        return cls(await asyncpg.create_pool(url, min_size=1, max_size=POOL, command_timeout=30))

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as raw, raw.transaction():
            yield PostgresConnection(raw)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as raw:
            yield PostgresConnection(raw)

    async def run(self, steps: Steps) -> None:
        """Raises what a step raises; then nothing is written."""
        async with self.begin() as connection:
            try:
                step = next(steps)
                while True:
                    if isinstance(step, Fetch):
                        step = steps.send(await connection.fetch(step.query, step.parameters))
                    else:
                        step = steps.send(await connection.execute_many(step.query, step.parameters))
            except StopIteration:
                return

    async def close(self) -> None:
        await self._pool.close()


def _ordered(query: Query, parameters: Parameters) -> list[Any]:
    return [parameters[name] for name in query.parameters]


def _changed(tag: str) -> int:
    """``UPDATE 3`` -> 3."""
    last = tag.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0
