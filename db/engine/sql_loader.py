"""Reads the named queries in db/sql/*.sql.

A query begins with ``-- name: its_name`` and uses ``:parameters``. ``-- name: its_name @postgres`` is the same query
where PostgreSQL must say it otherwise. ``-- fragment: its_name`` is a piece that queries name as ``{its_name}``; of
one that lists columns, ``{:its_name}`` are the parameters of the same names, and ``{=its_name}`` sets each to its own.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

HEADING = re.compile(r"^-- (name|fragment): (\w+)(?: @(\w+))?$", re.MULTILINE)
COMMENT = re.compile(r"^--.*$", re.MULTILINE)
FRAGMENT = re.compile(r"\{([:=]?)(\w+)\}")
PARAMETER = re.compile(r"(?<!:):([a-z_][a-z_0-9]*)")
INSERT = re.compile(r"(INSERT INTO (\w+) .+?\))\s+VALUES \((.+?)\)(?:\s+(ON CONFLICT .+))?", re.DOTALL)
# By equality with parameters alone, so that each row is sought in an index.
UPDATE_OF_ONE = re.compile(r"UPDATE (\w+)\s+(SET .+?)\s+(WHERE \w+ = :\w+(?: AND \w+ = :\w+)*)", re.DOTALL)
UPDATE = re.compile(r"UPDATE (\w+)\s+(SET .+?)\s+(WHERE .+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """``sql`` in SQLite's words, ``postgres_sql`` with numbered parameters in the order of ``parameters``.

    ``group`` is how an insert, or an update of rows that are named one by one, takes many in one statement; None for
    other queries. ``postgres_group`` is the same for PostgreSQL, of inserts and updates whose parameters have their
    columns' names: ``{rows}`` is a JSON array.
    """

    name: str
    sql: str
    postgres_sql: str
    parameters: tuple[str, ...]
    group: "GroupChange | None" = None
    postgres_group: str | None = None


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A change of one row, taken apart: each row of an executemany gives the interpreter lock away and must win it back
    from a busy event loop, so all rows go in one statement.

    On SQLite alone. A row that cannot be kept ends the whole transaction, as it ends the group anyway: SQLite need not
    note how to undo this statement alone.
    """

    head: str
    row: str
    tail: str
    names: tuple[str, ...]

    def sql(self, rows: int) -> str:
        """With a question mark for each of ``names`` in each row."""
        return _of_rows(self, rows)

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """What stands for the question marks."""
        cells = map(itemgetter(*self.names), rows)
        return list(cells if len(self.names) == 1 else chain.from_iterable(cells))  # one alone is no tuple


@lru_cache(maxsize=32)  # under load groups have one size, and SQLite's own cache asks for the text's hash
def _of_rows(change: GroupChange, rows: int) -> str:
    return f"{change.head} VALUES {', '.join([change.row] * rows)} {change.tail}"


@lru_cache
def queries(area: str) -> dict[str, Query]:
    """The queries of ``db/sql/<area>.sql`` by name."""
    text = (Path(__file__).parent.parent / "sql" / f"{area}.sql").read_text(encoding="utf-8")
    pieces = HEADING.split(text)[1:]
    found: dict[tuple[str, str], str] = {}
    fragments: dict[str, str] = {}
    for what, name, dialect, body in zip(pieces[::4], pieces[1::4], pieces[2::4], pieces[3::4], strict=True):
        sql = FRAGMENT.sub(lambda piece: _written(piece[1], fragments[piece[2]]), COMMENT.sub("", body).strip())
        if what == "fragment":
            fragments[name] = sql
        else:
            found[name, dialect or ""] = sql
    return {name: query(name, sql, found.get((name, "postgres"), "")) for (name, d), sql in found.items() if not d}


def _written(how: str, fragment: str) -> str:
    columns = [column.strip() for column in fragment.split(",")]
    match how:
        case ":":
            return ", ".join(f":{column}" for column in columns)
        case "=":
            return ", ".join(f"{column} = :{column}" for column in columns)
    return fragment


def query(name: str, sql: str, postgres_sql: str = "") -> Query:
    """``postgres_sql`` where PostgreSQL must say it otherwise."""
    postgres_sql = postgres_sql or sql
    parameters = tuple(dict.fromkeys(PARAMETER.findall(postgres_sql)))
    numbered = PARAMETER.sub(lambda found: f"${parameters.index(found.group(1)) + 1}", postgres_sql)
    return Query(name, sql, numbered, parameters, _group(sql), _postgres_group(postgres_sql))


def _group(sql: str) -> GroupChange | None:
    if found := INSERT.fullmatch(sql):
        head, _, values, conflict = found.groups()
        head = head.replace("INSERT INTO", "INSERT OR ROLLBACK INTO", 1)
        return GroupChange(head, f"({PARAMETER.sub('?', values)})", conflict or "", tuple(PARAMETER.findall(values)))
    if found := UPDATE_OF_ONE.fullmatch(sql):
        table, change, where = found.groups()
        names = tuple(dict.fromkeys(PARAMETER.findall(sql)))
        column_of = {name: f"one.column{place}" for place, name in enumerate(names, 1)}

        def given(part: str) -> str:
            return PARAMETER.sub(lambda parameter: column_of[parameter[1]], part)

        head = f"UPDATE OR ROLLBACK {table} {given(change)} FROM ("
        return GroupChange(head, f"({', '.join('?' * len(names))})", f") AS one {given(where)}", names)
    return None


def _postgres_group(sql: str) -> str | None:
    """Each row is read as one of its table, whose columns say of which kind its values are. It stays one value, so that
    a bare name is always a column of the table itself."""
    if found := INSERT.fullmatch(sql):
        head, table, values, conflict = found.groups()
        rows = f"(SELECT {_rows_of(table)} AS given) AS one"
        return f"{head} SELECT {_given(values)} FROM {rows} {conflict or ''}"  # noqa: S608
    if found := UPDATE.fullmatch(sql):
        table, change, where = found.groups()
        # Of an array PostgreSQL expects ten rows, and seeks each; of the function a hundred, and reads the whole table.
        rows = f"(SELECT unnest(ARRAY(SELECT {_rows_of(table)})) AS given) AS one"
        return f"UPDATE {table} {_given(change)} FROM {rows} {_given(where)}"
    return None


def _given(sql: str) -> str:
    return PARAMETER.sub(r"(one.given).\1", sql)


def _rows_of(table: str) -> str:
    return f"json_populate_recordset(NULL::{table}, {{rows}}::json)"
