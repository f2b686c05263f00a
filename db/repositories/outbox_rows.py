"""The outbox's rows: what is written into one, and what is read from it."""

from typing import Any

from checkout.model.activity import MessageNoted
from checkout.model.outbox import Channel, Mail, NewMessage, OutboxMessage, State, Unsent
from db.engine.connection import Row, to_text, to_time, to_time_or_none
from db.repositories.content_json import dump_content, load_content


def write_message(message: NewMessage, created_at: str) -> dict[str, Any]:
    """The parameters of the query ``add``; ``created_at`` as text."""
    return {
        "dedupe_key": message.dedupe_key,
        "channel": str(message.channel),
        "kind": str(message.kind),  # SQLite would ask each value of another class how to keep it
        "recipient": message.recipient,
        "payment_id": message.payment_id,
        "details": dump_content(message.content),
        "due_at": to_text(message.not_before),
        "created_at": created_at,
    }


def read_message(row: Row) -> OutboxMessage:
    return OutboxMessage(
        message_id=row["message_id"],
        dedupe_key=row["dedupe_key"],
        channel=Channel(row["channel"]),
        content=load_content(row["kind"], row["details"]),
        recipient=row["recipient"],
        payment_id=row["payment_id"],
        attempts=row["attempts"],
        created_at=to_time(row["created_at"]),
        rendered=row["rendered"],
        failing_since=to_time_or_none(row["failing_since"]),
        unclear=row["unclear"],
    )


def read_unsent(row: Row) -> Unsent:
    return Unsent(
        message_id=row["message_id"],
        channel=Channel(row["channel"]),
        kind=row["kind"],
        recipient=row["recipient"],
        payment_id=row["payment_id"],
        state=State(row["state"]),
        attempts=row["attempts"],
        error=row["last_error"] or "",
        created_at=to_time(row["created_at"]),
        due_at=to_time(row["due_at"]),
    )


def read_mail(row: Row) -> Mail:
    return Mail(
        message_id=row["message_id"],
        content=load_content(row["kind"], row["details"]),
        recipient=row["recipient"],
        payment_id=row["payment_id"],
        state=State(row["state"]),
        mail_status=row["fate"] or "",
        created_at=to_time(row["created_at"]),
    )


def read_noted(row: Row) -> MessageNoted:
    return MessageNoted(
        channel=row["channel"],
        content=load_content(row["kind"], row["details"]),
        recipient=row["recipient"],
        state=State(row["state"]),
        mail_status=row["fate"] or "",
        error=row["last_error"] or "",
        due_at=to_time(row["due_at"]),
        created_at=to_time(row["created_at"]),
        sent_at=to_time_or_none(row["sent_at"]),
        provider_id=row["provider_id"] or "",
    )
