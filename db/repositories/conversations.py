"""Conversations under way, and the updates that were handled."""

from datetime import datetime, timedelta

from db.engine.connection import Connection, to_text
from db.engine.sql_loader import queries

SQL = queries("conversations")
# Longer than Telegram keeps an update.
KEEP = timedelta(days=2)


class ConversationRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        rows = await self._connection.fetch(SQL["conversation"], {"conversation_key": key})
        return str(rows[0]["state"]) if rows else None

    async def put(self, key: str, state: str, now: datetime) -> None:
        parameters = {
            "conversation_key": key,
            "telegram_user_id": int(key.partition(":")[0]),
            "state": state,
            "now": to_text(now),
        }
        await self._connection.execute(SQL["put_conversation"], parameters)

    async def delete(self, key: str) -> None:
        await self._connection.execute(SQL["delete_conversation"], {"conversation_key": key})

    async def delete_of(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["delete_conversations_of"], {"telegram_user_id": telegram_user_id})


class HandledUpdateRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def seen(self, update_id: int) -> bool:
        return bool(await self._connection.fetch(SQL["update_seen"], {"update_id": update_id}))

    async def note(self, update_id: int, now: datetime) -> None:
        await self._connection.execute(SQL["note_update"], {"update_id": update_id, "now": to_text(now)})
        if update_id % 500 == 0:
            await self._connection.execute(SQL["drop_old_updates"], {"before": to_text(now - KEEP)})
