"""Activity (the table is called ``journal``), and everything else that tells of one payment's way."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from checkout.model.activity import ActivityEntry, EventNoted, MessageNoted, Step, Traces
from checkout.model.audit import AuditEntry
from checkout.model.customer import Customer
from checkout.model.outbox import State
from checkout.model.payment import Payment
from db.engine.connection import Connection, Row, to_text, to_time, to_time_or_none
from db.engine.sql_loader import queries
from db.repositories.content_json import load_content

SQL = queries("activity")
# A code belongs to what is bought with it; after a month nobody asks any more.
KEEP = timedelta(days=30)
# The last code before a payment and what led to it.
STEPS_BEFORE = 12


class ActivityRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, *entries: ActivityEntry) -> None:
        await self._connection.execute_many(SQL["note"], [_write(entry) for entry in entries])
        for entry in entries:
            if entry.step is Step.CODE_SENT:
                await self._connection.execute(SQL["drop_old"], {"before": to_text(entry.at - KEEP)})

    async def erase(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["erase"], {"telegram_user_id": telegram_user_id})

    async def traces(self, payment: Payment) -> Traces:
        parameters = {
            "payment_id": payment.payment_id,
            "telegram_user_id": payment.telegram_user_id,
            "created_at": to_text(payment.created_at),
            "most": STEPS_BEFORE,
        }
        rows = defaultdict[str, list[Row]](list)
        found = await self._connection.fetch(SQL["traces"], parameters)
        for source, number, *columns in sorted(found, key=lambda row: (row[0], row[1])):
            rows[source].append((number, *columns))
        who = payment.telegram_user_id
        return Traces(
            customer=next((_read_customer(who, row) for row in rows["customer"]), None),
            activity=_read_activity(who, None, rows["before"])
            + _read_activity(who, payment.payment_id, rows["journal"]),
            events=[_read_event(row) for row in rows["event"]],
            messages=[_read_message(row) for row in rows["message"]],
            decisions=[_read_decision(payment.payment_id, row) for row in rows["decision"]],
        )


def _write(entry: ActivityEntry) -> dict[str, object]:
    return {
        "telegram_user_id": entry.telegram_user_id,
        "payment_id": entry.payment_id,
        "what": entry.step.value,
        "details": entry.details,
        "at": to_text(entry.at),
    }


def _read_activity(who: int, payment_id: str | None, rows: Sequence[Row]) -> list[ActivityEntry]:
    entries = [ActivityEntry(who, Step(what), to_time(at), details, payment_id) for _, what, details, at, *_ in rows]
    return sorted(entries, key=lambda entry: entry.at)


def _read_customer(who: int, row: Row) -> Customer:
    _, name, username, language, email, verified_at, *_ = row
    return Customer(who, language, name, username, email or None, to_time_or_none(verified_at or None))


def _read_event(row: Row) -> EventNoted:
    _, event_id, type_, created_at, received_at, *_ = row
    return EventNoted(event_id, type_, to_time(created_at), to_time(received_at))


def _read_message(row: Row) -> MessageNoted:
    _, channel, kind, recipient, details, state, mail_status, error, due_at, created_at, sent_at = row
    return MessageNoted(
        channel=channel,
        content=load_content(kind, details),
        recipient=recipient,
        state=State(state),
        mail_status=mail_status,
        error=error,
        due_at=to_time(due_at),
        created_at=to_time(created_at),
        sent_at=to_time_or_none(sent_at or None),
    )


def _read_decision(payment_id: str, row: Row) -> AuditEntry:
    audit_id, admin_id, name, action, details, at, *_ = row
    return AuditEntry(audit_id, int(admin_id), name, action, payment_id, json.loads(details), to_time(at))
