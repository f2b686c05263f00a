"""What a migration may do to a table that a shop is using: nobody who reads or writes has to wait for it.

On PostgreSQL each of these commits by itself, so that no lock outlives its statement, and may be done again: a
migration that was killed in the middle begins anew. On SQLite a whole migration is one transaction; readers see the
schema as it was until it ends, and nobody serves meanwhile.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import op
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

ROWS_AT_ONCE = 500
# Whoever comes while a statement waits for its lock waits behind it: it gives up soon, and comes back.
LOCK_PATIENCE, LOCK_TRIES, LOCK_PAUSE = "300ms", 100, 0.5
LOCK_NOT_AVAILABLE = "55P03"


def on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def add_column(table: str, definition: str) -> None:
    """``definition`` without NOT NULL, or with a constant as its default: then no row is touched."""
    if not on_postgres():
        op.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
        return
    with _by_itself() as connection:
        _for_a_moment(connection, f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {definition}")


def create_index(name: str, on: str, *, unique: bool = False) -> None:
    """``on`` is what follows ON: table, columns and condition."""
    kind = "UNIQUE INDEX" if unique else "INDEX"
    if not on_postgres():
        op.execute(f"CREATE {kind} {name} ON {on}")
        return
    with _by_itself() as connection:
        # One that was interrupted stays behind, kept up to date and used by nobody.
        is_broken = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(:name) AND NOT indisvalid"
        if connection.execute(text(is_broken), {"name": name}).first() is not None:
            connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {name}")
        connection.exec_driver_sql(f"CREATE {kind} CONCURRENTLY IF NOT EXISTS {name} ON {on}")


def drop_index(name: str) -> None:
    if not on_postgres():
        op.execute(f"DROP INDEX {name}")
        return
    with _by_itself() as connection:
        connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def update_in_batches(table: str, key: str, update: str) -> None:
    """``update`` has ``{batch}`` in its WHERE, and may be done twice to the same row. Rows go by their ``key``."""
    with _by_itself() as connection:
        after: Any = None
        while upto := _last_of_batch(connection, table, key, after):
            batch = f"{key} <= :upto" if after is None else f"{key} > :after AND {key} <= :upto"
            bounds = {"upto": upto} if after is None else {"upto": upto, "after": after}
            connection.execute(text(update.replace("{batch}", batch)), bounds)
            after = upto


def _last_of_batch(connection: Connection, table: str, key: str, after: Any) -> Any:
    """The key of a batch's last row; None when no row is left."""
    beyond, bounds = ("", {}) if after is None else (f"WHERE {key} > :after", {"after": after})
    page = f"SELECT {key} FROM {table} {beyond} ORDER BY {key} LIMIT {ROWS_AT_ONCE}"  # noqa: S608 -- our own names
    return connection.execute(text(f"SELECT MAX({key}) FROM ({page}) AS page"), bounds).scalar()  # noqa: S608 -- likewise


@contextmanager
def _by_itself() -> Iterator[Connection]:
    """On PostgreSQL each statement inside commits; on SQLite they belong to the migration's transaction."""
    if not on_postgres():
        yield op.get_bind()
        return
    with op.get_context().autocommit_block():
        yield op.get_bind()


def _for_a_moment(connection: Connection, statement: str) -> None:
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_PATIENCE}'")
    try:
        for tries in range(1, LOCK_TRIES + 1):
            try:
                connection.exec_driver_sql(statement)
                return
            except DBAPIError as error:
                if tries == LOCK_TRIES or getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                    raise
            time.sleep(LOCK_PAUSE)
    finally:
        connection.exec_driver_sql("SET lock_timeout = 0")
