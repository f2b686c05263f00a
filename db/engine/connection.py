"""What a repository sees of a database: named queries with named parameters, on SQLite and PostgreSQL alike."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from db.engine.sql_loader import Query

Parameters = Mapping[str, Any]


class Row(Protocol):
    """Columns by the names that the query gives them; taken apart, in its order."""

    def __getitem__(self, column: str, /) -> Any: ...
    def __iter__(self) -> Iterator[Any]: ...
    def keys(self) -> Iterable[str]: ...


@dataclass(frozen=True, slots=True)
class Fetch:
    """Answered with the rows."""

    query: Query
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Change:
    """Answered with the number of rows changed by all of them together; never without parameters."""

    query: Query
    parameters: Sequence[Parameters]


@dataclass(frozen=True, slots=True)
class Together:
    """Changes that do not touch each other's rows, in one go where that is faster; answered with each one's number."""

    changes: Sequence[Change]


Steps = Generator[Fetch | Change | Together, Any, None]


class Connection(Protocol):
    async def fetch(self, query: Query, parameters: Parameters) -> Sequence[Row]: ...
    async def execute(self, query: Query, parameters: Parameters) -> int:
        """Returns how many rows were changed."""
        ...

    async def execute_many(self, query: Query, parameters: Sequence[Parameters]) -> int:
        """Returns how many rows were changed by all of them together."""
        ...

    async def lock(self, *names: str) -> None:
        """Nobody else holds any of these names until the transaction ends. What is read afterwards is the newest.

        Who needs several asks for them in one call: then nobody waits in a circle.
        """
        ...


class Database(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Connection]:
        """A write transaction. Raises StaleWrite when another one had to go first: begin again."""
        ...

    def read(self) -> AbstractAsyncContextManager[Connection]: ...
    async def run(self, steps: Steps) -> None:
        """Takes the steps in one write transaction; one caller at a time, over every process at this database."""
        ...

    def try_lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        """True inside for one holder of ``name`` at a time, over every process at this database; False for others.

        Nobody waits. A holder that dies gives it back.
        """
        ...

    async def close(self) -> None: ...


@lru_cache(maxsize=64)  # the rows of one group share their instants
def to_text(at: datetime) -> str:
    """``2026-11-22T21:12:06.123456Z``: fixed width, so that text sorts as time does. ``at`` is in UTC."""
    return at.isoformat(timespec="microseconds")[:26] + "Z"


def to_text_or_none(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def to_time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def to_time_or_none(text: str | None) -> datetime | None:
    return None if text is None else to_time(text)
