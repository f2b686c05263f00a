"""Conversations under way."""

from datetime import datetime

from db.engine.connection import Connection, to_text
from db.engine.sql_loader import queries

SQL = queries("conversations")


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
