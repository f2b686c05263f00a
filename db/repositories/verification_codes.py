"""Verification codes and how often they were sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from checkout import limits
from checkout.model.verification import CodeSend, PendingCode
from db.engine.connection import Connection, Row, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("verification_codes")
# Longer than any limit looks back.
KEEP = timedelta(days=2)


class VerificationCodeRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sends(
        self, telegram_user_id: int, mailbox_hash: str, since: datetime, now: datetime
    ) -> Sequence[CodeSend]:
        parameters = {
            "telegram_user_id": telegram_user_id,
            "mailbox_hash": mailbox_hash,
            "since": to_text(since),
            "now": to_text(now),
        }
        # Until the new send is written: replicas that count at the same time would each find room for one more.
        await self._connection.lock(f"codes of customer {telegram_user_id}", f"codes to {mailbox_hash}")
        await self._connection.execute(SQL["bring_sends_back"], parameters)
        rows = await self._connection.fetch(SQL["code_sends"], parameters)
        return [
            CodeSend(
                row["telegram_user_id"] == telegram_user_id,
                row["mailbox_hash"] == mailbox_hash,
                to_time(row["sent_at"]),
                row["send_id"],
                row["request_id"],
            )
            for row in rows
        ]

    async def put(self, code: PendingCode) -> None:
        parameters = {
            "telegram_user_id": code.telegram_user_id,
            "email": code.email,
            "code_hash": code.code_hash,
            "expires_at": to_text(code.expires_at),
            "attempts_left": code.attempts_left,
        }
        await self._connection.execute(SQL["replace_code"], parameters)

    async def note_send(self, telegram_user_id: int, mailbox_hash: str, now: datetime, request_id: int | None) -> int:
        await self._connection.execute(SQL["drop_old_code_sends"], {"before": to_text(now - KEEP)})
        send = {
            "telegram_user_id": telegram_user_id,
            "mailbox_hash": mailbox_hash,
            "sent_at": to_text(now),
            "request_id": request_id,
        }
        rows = await self._connection.fetch(SQL["add_code_send"], send)
        return int(rows[0]["send_id"])

    async def forget_send(self, send_id: int) -> None:
        await self._connection.execute(SQL["forget_code_send"], {"send_id": send_id})

    async def pending(self, telegram_user_id: int) -> PendingCode | None:
        return _code(await self._connection.fetch(SQL["pending_code"], {"telegram_user_id": telegram_user_id}))

    async def spend_try(self, telegram_user_id: int, now: datetime) -> PendingCode | None:
        latest = to_text(now + limits.code_lifetime())
        parameters = {"telegram_user_id": telegram_user_id, "now": to_text(now), "latest": latest}
        return _code(await self._connection.fetch(SQL["spend_try"], parameters))

    async def use_up(self, telegram_user_id: int, code_hash: str) -> str | None:
        parameters = {"telegram_user_id": telegram_user_id, "code_hash": code_hash}
        rows = await self._connection.fetch(SQL["use_up_code"], parameters)
        return str(rows[0]["email"]) if rows else None

    async def delete(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["delete_code"], {"telegram_user_id": telegram_user_id})


def _code(rows: Sequence[Row]) -> PendingCode | None:
    if not rows:
        return None
    (row,) = rows
    expires_at = to_time(row["expires_at"])
    return PendingCode(row["telegram_user_id"], row["email"], row["code_hash"], expires_at, row["attempts_left"])
