"""Rows for every table that the schema has, made from the schema alone."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from db.copying.side import OWN_TABLES

# What PostgreSQL keeps as text: all of Unicode but the null character and halves of pairs.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "TEXT": TEXT,
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "INTEGER": st.integers(1, 2**62),
    "BOOLEAN": st.sampled_from([0, 1]),
    "BLOB": st.binary(max_size=20),
    "DOUBLE PRECISION": st.floats(allow_nan=False),
}
# A sum of these must stay a number of 64 bits.
ADDED_UP = st.integers(-(2**50), 2**50)
Rows = dict[str, Sequence[tuple[Any, ...]]]


def tables_of(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
            if name not in OWN_TABLES and not name.startswith("sqlite_")
        ]


def rows_for(file: Path) -> st.SearchStrategy[Rows]:
    """A few rows of every table in the file, which has the schema."""
    with closing(sqlite3.connect(file)) as connection:
        return st.fixed_dictionaries({table: _rows_of(connection, table) for table in tables_of(file)})


def _rows_of(connection: sqlite3.Connection, table: str) -> st.SearchStrategy[Sequence[tuple[Any, ...]]]:
    unique = _unique_columns(connection, table)
    columns = connection.execute(
        f"SELECT name, upper(type), \"notnull\", pk FROM pragma_table_info('{table}')"
    ).fetchall()
    values = [
        (ADDED_UP if name.startswith("amount") else VALUES[kind]) if required or pk else st.none() | VALUES[kind]
        for name, kind, required, pk in columns
    ]
    keys = [(lambda row, place=place: row[place]) for place, column in enumerate(columns) if column[0] in unique]
    return st.lists(st.tuples(*values), max_size=4, unique_by=tuple(keys) if keys else None)


def _unique_columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The first column of each key: rows that differ there differ in the key."""
    found = {row[0] for row in connection.execute(f"SELECT name FROM pragma_table_info('{table}') WHERE pk = 1")}
    for _, index, is_unique, *_ in connection.execute(f"SELECT * FROM pragma_index_list('{table}')").fetchall():
        if is_unique:
            found.add(
                connection.execute(f"SELECT name FROM pragma_index_info('{index}') WHERE seqno = 0").fetchone()[0]
            )
    return found


def insert(file: Path, rows: Rows) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for table, values in rows.items():
            if values:
                places = ", ".join("?" * len(values[0]))
                connection.executemany(f"INSERT INTO {table} VALUES ({places})", values)


def contents(file: Path) -> dict[str, list[str]]:
    """Every value of every row, with its kind."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: sorted(repr(row) for row in connection.execute(f"SELECT * FROM {table}"))
            for table in tables_of(file)
        }
