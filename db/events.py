"""The provider's events that were recorded, and moments that outlive the process."""

import json
from collections.abc import Sequence
from datetime import datetime

from db.connection import Connection, to_text, to_time
from db.queries import queries

EVENTS, MARKS = queries("events"), queries("marks")


class EventRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unseen(self, event_ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(EVENTS["seen"], {"event_ids": json.dumps(list(event_ids))})
        return frozenset(event_ids) - {str(row[0]) for row in rows}

    async def known_intents(self, intent_ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(EVENTS["known_intents"], {"intent_ids": json.dumps(list(intent_ids))})
        return frozenset(str(row[0]) for row in rows)


class MarkRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, name: str) -> datetime | None:
        rows = await self._connection.fetch(MARKS["get"], {"name": name})
        return to_time(rows[0][0]) if rows else None

    async def put(self, name: str, at: datetime, now: datetime) -> None:
        parameters = {"name": name, "value": to_text(at), "now": to_text(now)}
        await self._connection.execute(MARKS["put"], parameters)
