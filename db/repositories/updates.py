"""Telegram's updates: which were handled, and those that are kept until they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from checkout.ports.customers import KeptUpdate
from db.engine.connection import Connection, to_text
from db.engine.sql_loader import queries

SQL = queries("updates")
# Longer than Telegram keeps an update, shorter than the week after which it may number them anew.
REPEATED_WITHIN = timedelta(days=2)


class UpdateRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def seen(self, update_id: int, now: datetime) -> bool:
        since = to_text(now - REPEATED_WITHIN)
        return bool(await self._connection.fetch(SQL["update_seen"], {"update_id": update_id, "since": since}))

    async def note(self, update_id: int, now: datetime) -> None:
        await self._connection.execute(SQL["note_update"], {"update_id": update_id, "now": to_text(now)})

    async def keep(self, updates: Sequence[KeptUpdate], now: datetime) -> None:
        rows = [
            {"update_id": one.update_id, "body": one.body, "is_too_much": one.is_too_much, "now": to_text(now)}
            for one in updates
        ]
        await self._connection.execute_many(SQL["keep_update"], rows)

    async def kept(self, until: datetime, most: int) -> Sequence[KeptUpdate]:
        rows = await self._connection.fetch(SQL["kept_updates"], {"until": to_text(until), "most": most})
        return [KeptUpdate(row["update_id"], row["body"], bool(row["is_too_much"])) for row in rows]

    async def drop_kept(self, update_id: int) -> None:
        await self._connection.execute(SQL["drop_kept_update"], {"update_id": update_id})
