"""What copying asks of a database on either side, and how two of them are compared."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Protocol

from checkout.errors import CheckoutError
from checkout.sentence import Said, joined

# What migrations write of themselves: the target's own have done so.
OWN_TABLES = frozenset({"alembic_version", "schema_versions"})
ROWS_AT_ONCE = 2000
# Of rows with bytes in them, each of which may be a mail with its attachments.
HEAVY_ROWS_AT_ONCE = 4

Rows = Sequence[tuple[Any, ...]]


class CopyRefused(CheckoutError):
    """Nothing was copied; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Table:
    """``columns`` by the alphabet; ``booleans`` and ``blobs`` name those of them that are such."""

    name: str
    columns: tuple[str, ...]
    booleans: frozenset[str]
    blobs: frozenset[str]

    def parts(self) -> Iterator[tuple[str, int]]:
        """Conditions that together bring every row once, each with how many fit into memory at once."""
        if not self.blobs:
            yield "TRUE", ROWS_AT_ONCE
            return
        light = " AND ".join(f"{name} IS NULL" for name in sorted(self.blobs))
        yield light, ROWS_AT_ONCE
        yield f"NOT ({light})", HEAVY_ROWS_AT_ONCE


@dataclass(slots=True)
class Digest:
    """Of a table's rows in whatever order: how many, and the sum of what each is hashed to."""

    rows: int = 0
    total: int = field(default=0, repr=False)

    def add(self, rows: Rows) -> None:
        self.rows += len(rows)
        for row in rows:
            self.total += int.from_bytes(blake2b(repr(row).encode(), digest_size=16).digest())


@dataclass(frozen=True, slots=True)
class Sold:
    """What was paid in one currency: payments, and minor units paid and given back."""

    currency: str
    payments: int
    amount: int
    refunded: int


SOLD = """
SELECT currency, COUNT(*), CAST(SUM(amount) AS BIGINT), CAST(SUM(amount_refunded) AS BIGINT)
FROM payments WHERE paid_at IS NOT NULL GROUP BY currency ORDER BY currency
"""


class Side(Protocol):
    """Values are None, int, float, str and bytes; true and false are 1 and 0, as SQLite has them."""

    async def tables(self) -> dict[str, Table]:
        """Every table there is but OWN_TABLES."""
        ...

    async def is_served(self) -> bool:
        """Whether a shop has it open. Of SQLite files a lock tells, which is asked for elsewhere."""
        ...

    async def count(self, table: Table) -> int: ...
    def rows(self, table: Table) -> AsyncIterator[Rows]:
        """All of them, a few at a time."""
        ...

    async def sold(self) -> list[Sold]: ...


class Target(Side, Protocol):
    """Nothing is kept before ``keep``."""

    async def drop_indexes(self) -> None:
        """They are built anew faster than kept up to date with every row."""
        ...

    async def add(self, table: Table, rows: Rows) -> None: ...
    async def build_indexes(self, built: Callable[[], None]) -> None:
        """``built`` is called after each. Ids go on where the rows end."""
        ...

    async def keep(self) -> None: ...


@contextmanager
def naming(what: Said, *errors: type[Exception]) -> Iterator[None]:
    """Raises CopyRefused with ``what`` was being done for the driver's ``errors``."""
    try:
        yield
    except errors as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CopyRefused(joined(": ", [what, reason])) from error
