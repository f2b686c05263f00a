"""The provider's events that were recorded, in the database."""

import json
from collections.abc import Sequence

from db.engine.connection import Connection
from db.engine.sql_loader import queries

SQL = queries("events")


class EventRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unseen(self, event_ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(SQL["seen"], {"event_ids": json.dumps(list(event_ids))})
        return frozenset(event_ids) - {str(row[0]) for row in rows}

    async def known_intents(self, intent_ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(SQL["known_intents"], {"intent_ids": json.dumps(list(intent_ids))})
        return frozenset(str(row[0]) for row in rows)
