"""What each admin has chosen."""

from collections.abc import Sequence
from datetime import date, datetime, time

from checkout.model.summary_schedule import SummaryChoice
from db.engine.connection import Connection, Row, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("admin_settings")


class AdminSettingsRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def summary_of(self, admin_id: int) -> SummaryChoice | None:
        rows = await self._connection.fetch(SQL["get"], {"admin_id": admin_id})
        return _read(rows[0]) if rows else None

    async def summaries(self) -> Sequence[SummaryChoice]:
        return [_read(row) for row in await self._connection.fetch(SQL["wanting_summaries"], {})]

    async def choose_summary(self, admin_id: int, at: time | None, now: datetime) -> None:
        chosen = at.strftime("%H:%M") if at else ""
        parameters = {"admin_id": admin_id, "summary_at": chosen, "now": to_text(now)}
        await self._connection.execute(SQL["set_summary"], parameters)

    async def choose_sales(self, admin_id: int, now: datetime, *, hears: bool) -> None:
        parameters = {"admin_id": admin_id, "hears_sales": hears, "now": to_text(now)}
        await self._connection.execute(SQL["set_hears_sales"], parameters)

    async def hears_sales(self, admin_id: int) -> bool:
        rows = await self._connection.fetch(SQL["hears_sales"], {"admin_id": admin_id})
        return bool(rows[0]["hears_sales"]) if rows else True

    async def note_summarized(self, admin_id: int, day: date) -> bool:
        parameters = {"admin_id": admin_id, "day": day.isoformat()}
        return await self._connection.execute(SQL["note_summarized"], parameters) == 1


def _read(row: Row) -> SummaryChoice:
    return SummaryChoice(
        row["admin_id"],
        time.fromisoformat(row["summary_at"]) if row["summary_at"] else None,
        to_time(row["updated_at"]),
        date.fromisoformat(row["summarized_day"]) if row["summarized_day"] else None,
    )
