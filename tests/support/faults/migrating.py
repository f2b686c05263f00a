"""Migrations of a database with rows in it, watched from beside: could others read and write after each statement?"""

import asyncio
import itertools
import re
import sqlite3
import threading
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from db.copying.side import OWN_TABLES
from db.engine.database_url import DatabaseUrl

# More than a migration may touch in one statement.
ROWS, ROWS_IN_A_STATEMENT = 1500, 1000
LEDGER = """'{"intents": {"pi_' || n || '": {"succeeded_at": "2026-11-22", "card": ["card", "visa", "4242"]}}}'"""
# Columns whose content a migration reads; the others hold what fits their type.
CONTENT = {
    "ledger": LEDGER,
    "details": "'{\"amount_refunded\": 1}'",
    "body": """'["evt_' || n || '", "", "", false, "RefundReport", {"metadata": ["", "ann"]}, null]'""",
    "paid_at": "'2026-11-22T12:00:00.000000Z'",
    "channel": "'mail'",
    "kind": "CASE n % 3 WHEN 0 THEN 'payment_paid' WHEN 1 THEN 'payment_failed' ELSE 'payment_refunded' END",
    "dedupe_key": "'mail/payment_paid/pay_' || n || '/again-' || n",
}
BY_TYPE = {
    "TEXT": "'text ' || n",
    "BIGINT": "n",
    "INTEGER": "n",
    "BOOLEAN": "true",
    "DOUBLE PRECISION": "n",
    "BLOB": "x'00'",
    "BYTEA": "'\\x00'::bytea",
}
NUMBERS = {
    True: "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})",
    False: "WITH numbers AS (SELECT n FROM generate_series(1, {rows}) AS n)",
}
POSTGRES_COLUMNS = """
SELECT table_name, column_name, upper(data_type) FROM information_schema.columns
WHERE table_schema = current_schema() AND is_identity = 'NO' ORDER BY table_name, ordinal_position
"""
SQLITE_COLUMNS = """
SELECT tables.name, columns.name, upper(columns.type)
FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND NOT (columns.pk AND columns.type = 'INTEGER')
"""
# What is the same in two databases that came to one schema by different ways.
POSTGRES_SCHEMA = """
SELECT table_name || '.' || column_name, data_type || is_nullable FROM information_schema.columns
WHERE table_schema = current_schema()
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema()
UNION ALL SELECT 'invalid', indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid
ORDER BY 1, 2
"""
SQLITE_SCHEMA = "SELECT name, sql FROM sqlite_schema ORDER BY 1"


class Elsewhere:
    """A connection of somebody else, on a loop of its own: it can be asked while this one is in a statement."""

    def __init__(self, address: DatabaseUrl) -> None:
        self.address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._raw: Any = None

    def __enter__(self) -> "Elsewhere":
        self._thread.start()
        if self.address.file is None:
            self._raw = self._run(asyncpg.connect(self.address.url))
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None) -> None:
        if self._raw is not None:
            self._run(self._raw.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def ask(self, *statements: str) -> list[tuple[Any, ...]]:
        """In one transaction, which waits for nobody; the rows of the last. Raises what the driver raises."""
        if self.address.file is not None:
            with closing(sqlite3.connect(self.address.file, timeout=0)) as connection, connection:
                return [connection.execute(statement) for statement in statements][-1].fetchall()
        return list(self._run(self._ask_postgres(statements)))

    async def _ask_postgres(self, statements: Iterable[str]) -> list[tuple[Any, ...]]:
        async with self._raw.transaction():
            answers = [await self._raw.fetch(statement) for statement in statements]
        return [tuple(record) for record in answers[-1]]

    def begin(self, statement: str) -> None:
        """On PostgreSQL: a transaction that stays open until ``end``."""
        self._run(self._raw.execute(f"BEGIN; {statement}"))

    def end(self) -> None:
        self._run(self._raw.execute("COMMIT"))

    def tables(self) -> dict[str, dict[str, str]]:
        """Columns with their types, but those that number themselves."""
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in self.ask(SQLITE_COLUMNS if self.address.file else POSTGRES_COLUMNS):
            if table not in OWN_TABLES:
                found.setdefault(table, {})[column] = kind
        return found

    def fill(self, rows: int = ROWS) -> None:
        """Every table that is empty gets rows, in the schema as it is now."""
        is_file = self.address.file is not None
        for table, columns in self.tables().items():
            if self.ask(f"SELECT COUNT(*) FROM {table}") == [(0,)]:
                values = ", ".join(CONTENT.get(name, BY_TYPE[kind]) for name, kind in columns.items())
                insert, numbers = f"INSERT INTO {table} ({', '.join(columns)})", NUMBERS[is_file].format(rows=rows)
                select = f"SELECT {values} FROM numbers"
                self.ask(f"{numbers} {insert} {select}" if is_file else f"{insert} {numbers} {select}")

    def schema(self) -> list[tuple[Any, ...]]:
        return self.ask(SQLITE_SCHEMA if self.address.file else POSTGRES_SCHEMA)

    def files(self) -> dict[str, int]:
        """Where PostgreSQL keeps each table: another place after it was written anew."""
        nodes = "SELECT relname, relfilenode FROM pg_class WHERE relkind = 'r' AND relname = ANY('{NAMES}')"
        names = ",".join(self.tables())
        return {} if self.address.file else dict(self.ask(nodes.replace("NAMES", names)))


class Blocked(AssertionError):
    """Others would have to wait for this statement."""


@contextmanager
def watched(elsewhere: Elsewhere) -> Iterator[None]:
    """Raises Blocked when a statement keeps others from any table that was there before."""
    watch = Watch(elsewhere)
    event.listen(Engine, "before_cursor_execute", watch.before)
    event.listen(Engine, "after_cursor_execute", watch.after)
    try:
        yield
        for table, place in elsewhere.files().items():
            if watch.places.get(table, place) != place:
                raise Blocked(f"{table} was written anew")
    finally:
        event.remove(Engine, "before_cursor_execute", watch.before)
        event.remove(Engine, "after_cursor_execute", watch.after)


class Killed(Exception):
    """The process is gone."""


@contextmanager
def killed_after(statements: int) -> Iterator[None]:
    """Raises Killed when so many have been executed, and at whatever is tried after that."""
    done = itertools.count(1)

    def count(*_: object) -> None:
        if next(done) >= statements:
            raise Killed

    event.listen(Engine, "after_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(Engine, "after_cursor_execute", count)


class Watch:
    def __init__(self, elsewhere: Elsewhere) -> None:
        self._elsewhere = elsewhere
        self.tables, self.places = list(elsewhere.tables()), elsewhere.files()
        self._is_asking = False
        self._named: set[str] = set()

    def before(self, connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if self._is_asking or not self.places:
            return  # on SQLite readers are never in the way
        words = " ".join(statement.split())
        index = re.match(r"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?.*? ON (\w+)", words)
        if index and not index[1] and index[2] in self.tables:
            raise Blocked(f"nobody writes meanwhile: {words}")
        altered = re.match(r"ALTER TABLE (\w+) (ADD COLUMN IF NOT EXISTS)?", words)
        if altered and altered[1] in self.tables:
            self._is_asking = True
            patience = connection.exec_driver_sql("SHOW lock_timeout").scalar()
            self._is_asking = False
            if not altered[2] or patience == "0":
                raise Blocked(f"everybody waits behind it: {words}")

    def after(self, _connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if self._is_asking:
            return
        if statement.lstrip().startswith(("UPDATE", "DELETE")) and cursor.rowcount > ROWS_IN_A_STATEMENT:
            raise Blocked(f"{cursor.rowcount} rows at once: {statement}")
        self._named |= {table for table in self.tables if re.search(rf"\b{table}\b", statement)}
        try:
            self._elsewhere.ask(*self._looks())
        except (asyncpg.LockNotAvailableError, sqlite3.OperationalError) as error:
            raise Blocked(f"others wait after {statement}: {error}") from error

    def _looks(self) -> Iterator[str]:
        if not self.places:
            yield from (f"SELECT COUNT(*) FROM {table}" for table in self.tables)
            return
        yield f"LOCK TABLE {', '.join(self.tables)} IN ROW EXCLUSIVE MODE NOWAIT"
        for table in sorted(self._named):  # nobody else's rows can be held
            yield f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} FOR UPDATE NOWAIT) AS held"
