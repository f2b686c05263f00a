"""What each day brought."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from checkout.model.daily_totals import DailyTotals
from db.engine.connection import Connection, to_text
from db.engine.sql_loader import queries

SQL = queries("statistics")


class StatisticsRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def totals(self, first: str, last: str) -> Sequence[DailyTotals]:
        rows = await self._connection.fetch(SQL["totals_between"], {"first": first, "last": last})
        return [DailyTotals(**row) for row in rows]

    async def declines(self, first: str, last: str, most: int) -> Sequence[tuple[str, int]]:
        rows = await self._connection.fetch(SQL["declines_between"], {"first": first, "last": last, "most": most})
        return [(row["code"], row["declines"]) for row in rows]

    async def by_day(self, first: str, last: str) -> Sequence[DailyTotals]:
        rows = await self._connection.fetch(SQL["by_day"], {"first": first, "last": last})
        return [DailyTotals(**row) for row in rows]

    async def products(self, first: str, last: str, most: int) -> Sequence[DailyTotals]:
        rows = await self._connection.fetch(SQL["products"], {"first": first, "last": last, "most": most})
        return [DailyTotals(**row) for row in rows]

    async def add(self, rows: Iterable[DailyTotals]) -> None:
        await self._connection.execute_many(SQL["add_sold"], [row._asdict() for row in rows])

    async def median_wait(self, since: datetime, until: datetime, most: int, *, livemode: bool) -> float | None:
        parameters = {"since": to_text(since), "until": to_text(until), "most": most, "livemode": livemode}
        (row,) = await self._connection.fetch(SQL["median_wait"], parameters)
        return None if row["median"] is None else float(row["median"])
