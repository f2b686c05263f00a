"""What is old, in every table that does not keep its rows for good."""

from datetime import datetime

from checkout.ports.retention import Key, Page
from db.engine.connection import Connection, to_text
from db.engine.sql_loader import queries

SQL = queries("retention")
# Before every key there can be.
NUMBER, TEXT = -(2**63), ""
BY_TEXT = ("conversations", "provider_events", "unmatched_events")


class RetentionRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, kept: str, after: Key | None, before: datetime, limit: int) -> Page:
        parameters = {"after": _start(kept, after), "before": to_text(before), "most": limit}
        (row,) = await self._connection.fetch(SQL[f"page_of_{kept}"], parameters)
        return Page(row["last"], row["seen"] < limit, int(row["old"] or 0))

    async def drop(self, kept: str, after: Key | None, page: Page, before: datetime) -> int:
        parameters = {"after": _start(kept, after), "last": page.last, "before": to_text(before)}
        return await self._connection.execute(SQL[f"drop_{kept}"], parameters)


def _start(kept: str, after: Key | None) -> Key:
    first = TEXT if kept in BY_TEXT else NUMBER
    return first if after is None else after
