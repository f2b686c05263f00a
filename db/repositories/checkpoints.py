"""Moments that outlive the process."""

from collections.abc import Sequence
from datetime import datetime

from db.engine.connection import Connection, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("checkpoints")


class CheckpointRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, name: str) -> datetime | None:
        rows = await self._connection.fetch(SQL["get"], {"name": name})
        return to_time(rows[0]["value"]) if rows else None

    async def put(self, name: str, at: datetime, now: datetime) -> None:
        parameters = {"name": name, "value": to_text(at), "now": to_text(now)}
        await self._connection.execute(SQL["put"], parameters)

    async def add(self, name: str, at: datetime) -> bool:
        return await self._connection.execute(SQL["add"], {"name": name, "value": to_text(at)}) == 1

    async def beginning_with(self, prefix: str) -> Sequence[str]:
        return [row["name"] for row in await self._connection.fetch(SQL["beginning_with"], {"prefix": prefix})]

    async def remove(self, name: str) -> datetime | None:
        rows = await self._connection.fetch(SQL["remove"], {"name": name})
        return to_time(rows[0]["value"]) if rows else None
