"""The outbox in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from checkout import limits
from checkout.model.activity import MessageNoted
from checkout.model.events import MailEvent
from checkout.model.outbox import Channel, Lane, Lease, Mail, NewMessage, OldMessage, OutboxMessage, Unsent
from checkout.ports.outbox import EVERYTHING
from checkout.resilience.wrong_clock import TOLERANCE
from db.engine.connection import Connection, to_text, to_time
from db.engine.sql_loader import queries
from db.repositories.content_json import load_content
from db.repositories.outbox_rows import read_mail, read_message, read_noted, read_unsent, write_message

SQL = queries("outbox")
RENEWED = timedelta(days=1)  # that a file is used is written down so often


class OutboxRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, messages: Sequence[NewMessage]) -> None:
        rows = [write_message(message, to_text(message.not_before)) for message in messages]
        await self._connection.execute_many(SQL["add"], rows)

    async def claim(
        self, channel: Channel, worker: str, now: datetime, limit: int, lane: Lane = EVERYTHING, only_new: bool = False
    ) -> Sequence[OutboxMessage]:
        parameters: dict[str, Any] = {
            "worker": worker,
            "now": to_text(now),
            "lease_until": to_text(now + limits.lease()),
            "most": limit,
            "lane": lane.name,
            "skus": f",{','.join(lane.skus)},",
            "which": "new" if only_new else "all",
        }
        if channel is Channel.MAIL:
            query, parameters["quiet_since"] = SQL["claim_mail"], to_text(now - limits.failure_mail_interval())
            parameters["latest"] = to_text(now + TOLERANCE)
        else:
            query, parameters["channel"] = SQL["claim_in_order"], channel.value
        rows = await self._connection.fetch(query, parameters)
        return sorted((read_message(row) for row in rows), key=lambda message: message.message_id)

    async def renew(self, message_ids: Sequence[int], worker: str, now: datetime) -> None:
        until = to_text(now + limits.lease())
        rows = [{"message_id": one, "worker": worker, "lease_until": until} for one in message_ids]
        await self._connection.execute_many(SQL["renew"], rows)

    async def leases(self, channel: Channel) -> Sequence[Lease]:
        rows = await self._connection.fetch(SQL["leases"], {"channel": channel.value})
        return [Lease(row["message_id"], row["lease_owner"], to_time(row["lease_until"])) for row in rows]

    async def take_back(self, leases: Sequence[Lease]) -> None:
        rows = [
            {"message_id": one.message_id, "worker": one.worker, "lease_until": to_text(one.until)} for one in leases
        ]
        await self._connection.execute_many(SQL["take_back"], rows)

    async def next_due(self, channel: Channel) -> datetime | None:
        rows = await self._connection.fetch(SQL["next_due"], {"channel": channel.value})
        return to_time(rows[0]["due_at"]) if rows else None

    async def is_put_off_too_far(self, channel: Channel, now: datetime, answered_at: datetime | None) -> bool:
        return bool(await self._connection.fetch(SQL["is_put_off_too_far"], _looked(channel, now, answered_at)))

    async def bring_back(self, channel: Channel, now: datetime, answered_at: datetime | None) -> None:
        parameters = {**_looked(channel, now, answered_at), "now": to_text(now)}
        await self._connection.execute(SQL["bring_back"], parameters)

    async def store_rendered(self, message_id: int, rendered: bytes) -> None:
        await self._connection.execute(SQL["store_rendered"], {"message_id": message_id, "rendered": rendered})

    async def store_files(self, files: Mapping[str, bytes], now: datetime) -> None:
        for digest, content in files.items():
            used = {"digest": digest, "now": to_text(now), "renew_before": to_text(now - RENEWED)}
            await self._connection.execute(SQL["note_file_used"], used)
            if await self._connection.fetch(SQL["file_is_there"], {"digest": digest}):
                continue
            await self._connection.execute(SQL["store_file"], {"digest": digest, "content": content})
            before = {"before": to_text(now - limits.files_kept())}
            await self._connection.execute(SQL["drop_old_contents"], before)
            await self._connection.execute(SQL["drop_old_files"], before)

    async def files(self, digests: Sequence[str]) -> Mapping[str, bytes]:
        rows = [await self._connection.fetch(SQL["file_content"], {"digest": digest}) for digest in digests]
        return {row["digest"]: bytes(row["content"]) for found in rows for row in found}

    async def still_wanted(self, message: OutboxMessage, worker: str) -> bool:
        parameters = {"message_id": message.message_id, "worker": worker, "attempts": message.attempts}
        return bool(await self._connection.fetch(SQL["still_wanted"], parameters))

    async def silence_failures(self, payment_id: str) -> None:
        await self._connection.execute(SQL["silence_failures"], {"payment_id": payment_id})

    async def waiting_behind(self, message: OutboxMessage, now: datetime, limit: int) -> Mapping[int, str]:
        parameters = {
            "channel": message.channel.value,
            "recipient": message.recipient,
            "message_id": message.message_id,
            "kind": message.kind,
            "now": to_text(now),
            "most": limit,
        }
        rows = await self._connection.fetch(SQL["waiting_behind"], parameters)
        return {row["message_id"]: row["payment_id"] for row in rows}

    async def waiting_for_customers(self, now: datetime) -> Sequence[OldMessage]:
        rows = await self._connection.fetch(SQL["waiting_for_customers"], {"now": to_text(now)})
        return [
            OldMessage(
                row["message_id"], row["dedupe_key"], load_content(row["kind"], row["details"]), row["payment_id"]
            )
            for row in rows
        ]

    async def is_known(self, dedupe_key: str) -> bool:
        return bool(await self._connection.fetch(SQL["is_known"], {"dedupe_key": dedupe_key}))

    async def set_aside(self, messages: Sequence[OldMessage], reason: str) -> None:
        rows = [{"dedupe_key": one.dedupe_key, "reason": reason} for one in messages]
        await self._connection.execute_many(SQL["set_aside"], rows)

    async def mark_told_along(self, message_ids: Sequence[int], now: datetime) -> None:
        told = [{"message_id": one, "now": to_text(now)} for one in message_ids]
        await self._connection.execute_many(SQL["mark_told_along"], told)

    async def mark_sent(self, message: OutboxMessage, now: datetime, provider_id: str) -> None:
        parameters = {"message_id": message.message_id, "now": to_text(now), "provider_id": provider_id}
        await self._connection.execute(SQL["mark_sent"], parameters)

    async def put_off(self, message: OutboxMessage, worker: str, now: datetime, at: datetime, reason: str) -> None:
        parameters = {
            "message_id": message.message_id,
            "worker": worker,
            "now": to_text(now),
            "due_at": to_text(at),
            "error": reason,
        }
        await self._connection.execute(SQL["put_off"], parameters)

    async def retry_later(self, message: OutboxMessage, worker: str, now: datetime, at: datetime, error: str) -> None:
        parameters = {
            "message_id": message.message_id,
            "worker": worker,
            "now": to_text(now),
            "due_at": to_text(at),
            "error": error,
            "unclear": message.unclear,
        }
        await self._connection.execute(SQL["retry_later"], parameters)

    async def park(self, message: OutboxMessage, worker: str, error: str) -> None:
        parameters = {"message_id": message.message_id, "worker": worker, "error": error}
        await self._connection.execute(SQL["park"], parameters)

    async def release(self, worker: str) -> None:
        await self._connection.execute(SQL["release"], {"worker": worker})

    async def release_all(self) -> None:
        await self._connection.execute(SQL["release_all"], {})

    async def is_dead(self, payment_id: str, channel: Channel, kind: str) -> bool:
        parameters = {"payment_id": payment_id, "channel": channel.value, "kind": kind}
        rows = await self._connection.fetch(SQL["dead"], parameters)
        return bool(rows and rows[0]["is_dead"])

    async def mail_told_of(self, event: MailEvent) -> Mail | None:
        return (
            await self._mail_by_id(event.mail_id)
            or await self._mail_by_tags(event)
            # Somebody else may have noted its id while the line before waited for the row.
            or await self._mail_by_id(event.mail_id)
        )

    async def _mail_by_id(self, mail_id: str) -> Mail | None:
        rows = await self._connection.fetch(SQL["mail_by_provider_id"], {"provider_id": mail_id})
        return read_mail(rows[0]) if rows else None

    async def _mail_by_tags(self, event: MailEvent) -> Mail | None:
        if not event.payment_id:
            return None
        parameters = {"payment_id": event.payment_id, "kind": event.kind}
        rows = await self._connection.fetch(SQL["mails_by_tags"], parameters)
        addresses = {address.lower() for address in event.to}
        return next((mail for mail in map(read_mail, rows) if mail.recipient.lower() in addresses), None)

    async def mails(self, payment_id: str, kind: str) -> Sequence[Mail]:
        rows = await self._connection.fetch(SQL["mails"], {"payment_id": payment_id, "kind": kind})
        return [read_mail(row) for row in rows]

    async def of_payment(self, payment_id: str) -> Sequence[MessageNoted]:
        rows = await self._connection.fetch(SQL["of_payment"], {"payment_id": payment_id})
        return [read_noted(row) for row in rows]

    async def unsent(self, after: int, waiting_since: datetime, limit: int) -> Sequence[Unsent]:
        parameters = {"after": after, "waiting_since": to_text(waiting_since), "most": limit}
        return [read_unsent(row) for row in await self._connection.fetch(SQL["unsent"], parameters)]

    async def unsent_one(self, message_id: int) -> Unsent | None:
        rows = await self._connection.fetch(SQL["unsent_one"], {"message_id": message_id})
        return read_unsent(rows[0]) if rows else None

    async def try_now(self, message_id: int, now: datetime) -> bool:
        parameters = {"message_id": message_id, "now": to_text(now)}
        is_there = await self._connection.execute(SQL["try_now"], parameters) == 1
        if is_there:
            await self._connection.execute(SQL["try_with_it"], parameters)
        return is_there

    async def try_missed(self, telegram_user_id: int, now: datetime, *, is_admin: bool) -> int:
        parameters = {"telegram_user_id": telegram_user_id, "recipient": str(telegram_user_id), "now": to_text(now)}
        names = ("try_missed", "try_missed_alerts") if is_admin else ("try_missed",)
        return sum([await self._connection.execute(SQL[name], parameters) for name in names])

    async def drop(self, message_id: int) -> bool:
        return await self._connection.execute(SQL["drop"], {"message_id": message_id}) == 1

    async def record_mail_status(self, mail: Mail, provider_id: str, reason: str | None, now: datetime) -> None:
        parameters = {
            "message_id": mail.message_id,
            "fate": mail.mail_status,
            "provider_id": provider_id,
            "reason": reason,
            "now": to_text(now),
        }
        await self._connection.execute(SQL["record_mail_status"], parameters)


def _looked(channel: Channel, now: datetime, answered_at: datetime | None) -> dict[str, str]:
    answered = to_text(answered_at) if answered_at else ""
    return {"channel": channel.value, "latest": to_text(now + TOLERANCE), "answered_at": answered}
