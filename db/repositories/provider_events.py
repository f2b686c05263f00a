"""The provider's events that were recorded, in the database."""

import json
from collections.abc import Sequence

from checkout.model.activity import EventNoted
from db.engine.connection import Connection, to_time
from db.engine.sql_loader import queries

SQL = queries("events")


class EventRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def unseen(self, event_ids: Sequence[str]) -> frozenset[str]:
        rows = await self._connection.fetch(SQL["seen"], {"event_ids": json.dumps(list(event_ids))})
        return frozenset(event_ids) - {row["event_id"] for row in rows}

    async def unmatched_intents(self, limit: int) -> Sequence[str]:
        rows = await self._connection.fetch(SQL["unmatched_intents"], {"most": limit})
        return [row["payment_intent_id"] for row in rows]

    async def forget_unmatched(self, intent_id: str) -> None:
        about = {"payment_intent_id": intent_id}
        await self._connection.execute(SQL["drop_seen_unmatched"], about)
        await self._connection.execute(SQL["drop_unmatched"], about)

    async def of_payment(self, payment_id: str) -> Sequence[EventNoted]:
        rows = await self._connection.fetch(SQL["of_payment"], {"payment_id": payment_id})
        return [
            EventNoted(row["event_id"], row["type"], to_time(row["created_at"]), to_time(row["received_at"]))
            for row in rows
        ]
