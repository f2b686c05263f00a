"""A SQLite file as it is copied from or into."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from db.copying.side import OWN_TABLES, SOLD, Rows, Sold, Table, naming
from db.engine.sqlite import BUSY_SECONDS

# Rows of a source go straight through; a target keeps as much of its indexes in memory while they are built.
TARGET_CACHE_KIB = 64_000


class SqliteSide:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        self._indexes: list[tuple[str, str]] = []

    async def tables(self) -> dict[str, Table]:
        names = [row[0] for row in self._raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: self._table(name) for name in sorted({*names} - OWN_TABLES) if not name.startswith("sqlite_")}

    def _table(self, name: str) -> Table:
        kinds = dict(self._raw.execute("SELECT name, upper(type) FROM pragma_table_info(?)", (name,)).fetchall())
        of_kind = {kind: frozenset(one for one in kinds if kinds[one] == kind) for kind in ("BOOLEAN", "BLOB")}
        return Table(name, tuple(sorted(kinds)), of_kind["BOOLEAN"], of_kind["BLOB"])

    async def is_served(self) -> bool:
        return False

    async def count(self, table: Table) -> int:
        return int(self._raw.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0])

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        for condition, at_once in table.parts():
            select = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {condition}"
            with closing(self._raw.execute(select)) as cursor:
                while rows := cursor.fetchmany(at_once):
                    yield rows

    async def sold(self) -> list[Sold]:
        return [Sold(*row) for row in self._raw.execute(SOLD)]

    async def drop_indexes(self) -> None:
        wanted = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        self._indexes = self._raw.execute(wanted).fetchall()
        for name, _ in self._indexes:
            self._raw.execute(f"DROP INDEX {name}")

    async def add(self, table: Table, rows: Rows) -> None:
        places = ", ".join("?" * len(table.columns))
        self._raw.executemany(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})", rows)

    async def build_indexes(self, built: Callable[[], None]) -> None:
        """SQLite's next id is the one after the highest."""
        for _, definition in self._indexes:
            self._raw.execute(definition)
            built()

    async def keep(self) -> None:
        self._raw.execute("COMMIT")
        self._raw.execute("ANALYZE")


@contextmanager
def sqlite_source(file: Path) -> Iterator[SqliteSide]:
    """One moment of it, however long it takes. Raises CopyRefused."""
    with _opened(file) as raw:
        raw.execute("PRAGMA query_only=ON")
        raw.execute("BEGIN")
        yield SqliteSide(raw)


@contextmanager
def sqlite_target(file: Path) -> Iterator[SqliteSide]:
    """In one transaction, which a kill undoes. Raises CopyRefused."""
    with _opened(file) as raw:
        # What is new goes straight into the file: a -wal would hold all of it a second time.
        raw.execute("PRAGMA journal_mode=DELETE")
        raw.execute(f"PRAGMA cache_size=-{TARGET_CACHE_KIB}")
        raw.execute("BEGIN EXCLUSIVE")
        yield SqliteSide(raw)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{file.absolute().as_uri()}?mode=rw"
    with (
        naming(str(file), sqlite3.Error),
        closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)) as raw,
    ):
        yield raw
