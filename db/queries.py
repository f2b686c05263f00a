"""Reads the named queries in queries/*.sql.

A query begins with ``-- name: its_name`` and uses ``:parameters``. ``-- name: its_name @postgres`` is the same query
where PostgreSQL must say it otherwise. ``-- fragment: its_name`` is a piece that queries name as ``{its_name}``.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HEADING = re.compile(r"^-- (name|fragment): (\w+)(?: @(\w+))?$", re.MULTILINE)
COMMENT = re.compile(r"^--.*$", re.MULTILINE)
FRAGMENT = re.compile(r"\{(\w+)\}")
PARAMETER = re.compile(r"(?<!:):([a-z_]+)")
INSERT = re.compile(r"(INSERT INTO .+?\))\s+VALUES \((.+?)\)(?:\s+(ON CONFLICT .+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Query:
    """``sql`` in SQLite's words, ``postgres_sql`` with numbered parameters in the order of ``parameters``.

    ``group_sql`` is an insert of many rows in one statement, from the JSON list ``:rows``; empty for other queries.
    """

    name: str
    sql: str
    postgres_sql: str
    parameters: tuple[str, ...]
    group_sql: str = ""


@lru_cache
def queries(area: str) -> dict[str, Query]:
    """The queries of ``queries/<area>.sql`` by name."""
    text = (Path(__file__).parent / "queries" / f"{area}.sql").read_text(encoding="utf-8")
    pieces = HEADING.split(text)[1:]
    found: dict[tuple[str, str], str] = {}
    fragments: dict[str, str] = {}
    for what, name, dialect, body in zip(pieces[::4], pieces[1::4], pieces[2::4], pieces[3::4], strict=True):
        sql = FRAGMENT.sub(lambda piece: fragments[piece.group(1)], COMMENT.sub("", body).strip())
        if what == "fragment":
            fragments[name] = sql
        else:
            found[name, dialect or ""] = sql
    return {name: _query(name, sql, found.get((name, "postgres"), sql)) for (name, d), sql in found.items() if not d}


def _query(name: str, sql: str, postgres_sql: str) -> Query:
    parameters = tuple(dict.fromkeys(PARAMETER.findall(postgres_sql)))
    numbered = PARAMETER.sub(lambda found: f"${parameters.index(found.group(1)) + 1}", postgres_sql)
    return Query(name, sql, numbered, parameters, _group_sql(sql))


def _group_sql(sql: str) -> str:
    """The insert of one row, rewritten for SQLite to take all its rows from one parameter.

    Each row of an executemany gives the interpreter lock away and must win it back from a busy event loop.
    """
    found = INSERT.fullmatch(sql)
    if found is None:
        return ""
    head, values, conflict = found.groups()
    columns = PARAMETER.sub(lambda parameter: f"json_extract(value, '$.{parameter.group(1)}')", values)
    return f"{head} SELECT {columns} FROM json_each(:rows) WHERE true {conflict or ''}"  # noqa: S608 -- our own files
