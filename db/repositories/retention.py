"""What is old, in every table that does not keep its rows for good.

Tables are walked through by their keys, a page at a time: no index by time has to be kept with every webhook.
"""

from dataclasses import dataclass
from datetime import datetime

from checkout.ports.retention import Key, Page
from db.engine.connection import Connection, to_text
from db.engine.sql_loader import Query, query

# Before every key there can be.
NUMBER, TEXT = -(2**63), ""


@dataclass(frozen=True, slots=True)
class _Kept:
    page: Query
    drop: Query
    first: Key


def _kept(table: str, key: str, old: str, first: Key = NUMBER, change: str = "") -> _Kept:
    """``old`` is the condition of the rows that are to go, or to have ``change`` made to them."""
    page = f"""SELECT MAX(key) AS last, COUNT(*) AS seen, SUM(is_old) AS old
FROM (SELECT {key} AS key, CASE WHEN {old} THEN 1 ELSE 0 END AS is_old FROM {table}
      WHERE {key} > :after ORDER BY {key} LIMIT :most) AS page"""  # noqa: S608 -- of the words below alone
    change = change or f"DELETE FROM {table}"  # noqa: S608 -- likewise
    drop = f"{change} WHERE {key} > :after AND {key} <= :last AND {old}"
    return _Kept(query("page", page), query("drop", drop), first)


KEPT = {
    "activity": _kept("journal", "entry_id", "payment_id IS NULL AND at < :before"),
    "codes": _kept("verification_codes", "telegram_user_id", "expires_at < :before"),
    "code_sends": _kept("code_sends", "send_id", "sent_at < :before"),
    "conversations": _kept("conversations", "conversation_key", "updated_at < :before", TEXT),
    "handled_updates": _kept("handled_updates", "update_id", "handled_at < :before"),
    "leaving_codes": _kept("leaving_codes", "telegram_user_id", "expires_at < :before"),
    "pay_messages": _kept(
        "outbox",
        "message_id",
        "kind = 'pay_message' AND state IN ('sent', 'superseded', 'dropped') AND created_at < :before",
    ),
    "provider_events": _kept("provider_events", "event_id", "received_at < :before", TEXT),
    "rendered": _kept(
        "outbox",
        "message_id",
        "rendered IS NOT NULL AND state <> 'waiting' AND created_at < :before",
        change="UPDATE outbox SET rendered = NULL",
    ),
    "unmatched_events": _kept("unmatched_events", "event_id", "received_at < :before", TEXT),
}


class RetentionRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def page(self, kept: str, after: Key | None, before: datetime, limit: int) -> Page:
        rows = KEPT[kept]
        start = rows.first if after is None else after
        parameters = {"after": start, "before": to_text(before), "most": limit}
        (row,) = await self._connection.fetch(rows.page, parameters)
        return Page(row["last"], row["seen"] < limit, int(row["old"] or 0))

    async def drop(self, kept: str, after: Key | None, page: Page, before: datetime) -> int:
        rows = KEPT[kept]
        start = rows.first if after is None else after
        parameters = {"after": start, "last": page.last, "before": to_text(before)}
        return await self._connection.execute(rows.drop, parameters)
