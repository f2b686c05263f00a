"""What is kept for a while, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Key = str | int


@dataclass(frozen=True, slots=True)
class Page:
    """``last`` is the key of its last row, None without any; ``is_end`` of the table; ``old`` of its rows are to go."""

    last: Key | None
    is_end: bool
    old: int


class Retention(Protocol):
    """``kept`` is a word of checkout.retention.Kept; ``after`` the key of the last row seen, None at the beginning."""

    async def page(self, kept: str, after: Key | None, before: datetime, limit: int) -> Page: ...
    async def drop(self, kept: str, after: Key | None, page: Page, before: datetime) -> int:
        """Drops or empties what is older than ``before`` (UTC) in this page; returns how many rows."""
        ...
