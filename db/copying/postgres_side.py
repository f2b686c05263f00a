"""A PostgreSQL database as it is copied from or into."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from db.copying.side import OWN_TABLES, SOLD, Rows, Sold, Table, naming
from db.engine.database_url import DatabaseUrl
from db.engine.postgres import CONNECT_SECONDS
from db.engine.postgres import SETTINGS as SHOP_SETTINGS

SETTINGS = {
    "application_name": "checkout-bot copy",
    "statement_timeout": "0",
    # One side has nothing to do while the other works.
    "idle_in_transaction_session_timeout": "0",
    "jit": "off",
}
COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
JOIN information_schema.tables USING (table_schema, table_name)
WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
"""
SERVED = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1)
"""
# Those of primary keys and UNIQUE stay: they belong to the table.
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid
WHERE relnamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
ORDER BY 1
"""
IDENTITIES = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = current_schema() AND is_identity = 'YES'
"""
GO_ON = (
    "SELECT setval(pg_get_serial_sequence($1, $2), COALESCE(MAX({column}), 1), MAX({column}) IS NOT NULL) FROM {table}"
)


class PostgresSide:
    def __init__(self, raw: Any, transaction: Any) -> None:
        self._raw, self._transaction = raw, transaction
        self._indexes: list[tuple[str, str]] = []

    async def tables(self) -> dict[str, Table]:
        kinds: dict[str, dict[str, str]] = {}
        for table, column, kind in await self._raw.fetch(COLUMNS):
            kinds.setdefault(table, {})[column] = kind
        return {name: _table(name, kinds[name]) for name in sorted({*kinds} - OWN_TABLES)}

    async def is_served(self) -> bool:
        """Replicas name themselves to the server."""
        return bool(await self._raw.fetchval(SERVED, SHOP_SETTINGS["application_name"]))

    async def count(self, table: Table) -> int:
        return int(await self._raw.fetchval(f"SELECT COUNT(*) FROM {table.name}"))

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        columns = ", ".join(f"{name}::int" if name in table.booleans else name for name in table.columns)
        for condition, at_once in table.parts():
            cursor = await self._raw.cursor(f"SELECT {columns} FROM {table.name} WHERE {condition}")
            while records := await cursor.fetch(at_once):
                yield [tuple(record) for record in records]

    async def sold(self) -> list[Sold]:
        return [Sold(*record) for record in await self._raw.fetch(SOLD)]

    async def drop_indexes(self) -> None:
        self._indexes = [tuple(record) for record in await self._raw.fetch(INDEXES)]
        for name, _ in self._indexes:
            await self._raw.execute(f"DROP INDEX {name}")

    async def add(self, table: Table, rows: Rows) -> None:
        flags = [table.columns.index(name) for name in table.booleans]
        records = [_with_booleans(row, flags) for row in rows] if flags else rows
        with naming(f"{table.name} cannot be written", asyncpg.PostgresError, asyncpg.DataError):
            await self._raw.copy_records_to_table(table.name, records=records, columns=table.columns)

    async def build_indexes(self, built: Callable[[], None]) -> None:
        for _, definition in self._indexes:
            await self._raw.execute(definition)
            built()
        for table, column in await self._raw.fetch(IDENTITIES):
            await self._raw.execute(GO_ON.format(table=table, column=column), table, column)

    async def keep(self) -> None:
        await self._transaction.commit()
        await self._raw.execute("ANALYZE")


@asynccontextmanager
async def postgres_source(address: DatabaseUrl) -> AsyncIterator[PostgresSide]:
    """One moment of it, however long it takes. Raises CopyRefused."""
    async with _opened(address) as raw:
        transaction = raw.transaction(isolation="repeatable_read", readonly=True)
        await transaction.start()
        yield PostgresSide(raw, transaction)


@asynccontextmanager
async def postgres_target(address: DatabaseUrl) -> AsyncIterator[PostgresSide]:
    """In one transaction, which a kill undoes. Raises CopyRefused."""
    async with _opened(address) as raw:
        transaction = raw.transaction()
        await transaction.start()
        yield PostgresSide(raw, transaction)


@asynccontextmanager
async def _opened(address: DatabaseUrl) -> AsyncIterator[Any]:
    """Whatever is open when it is closed is rolled back."""
    with naming(address.shown, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        raw = await asyncpg.connect(address.url, timeout=CONNECT_SECONDS, server_settings=SETTINGS)
        try:
            yield raw
        finally:
            raw.terminate()


def _table(name: str, kinds: dict[str, str]) -> Table:
    of_kind = {kind: frozenset(one for one in kinds if kinds[one] == kind) for kind in ("boolean", "bytea")}
    return Table(name, tuple(sorted(kinds)), of_kind["boolean"], of_kind["bytea"])


def _with_booleans(row: tuple[Any, ...], flags: list[int]) -> list[Any]:
    values = list(row)
    for place in flags:
        values[place] = None if values[place] is None else bool(values[place])
    return values
