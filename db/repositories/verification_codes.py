"""Verification codes and how often they were sent."""

from collections.abc import Sequence
from datetime import datetime

from checkout import limits
from checkout.model.verification import CodeSend, PendingCode
from db.engine.connection import Connection, Row, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("verification_codes")


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

    async def sends_of_all(self, since: datetime) -> Sequence[datetime]:
        rows = await self._connection.fetch(SQL["code_sends_of_all"], {"since": to_text(since)})
        return [to_time(row["sent_at"]) for row in rows]

    async def put(self, code: PendingCode) -> None:
        parameters = {
            "telegram_user_id": code.telegram_user_id,
            "email": code.email,
            "code_hash": code.code_hash,
            "expires_at": to_text(code.expires_at),
            "attempts_left": code.attempts_left,
        }
        await self._connection.execute(SQL["put"], parameters)

    async def note_send(self, telegram_user_id: int, mailbox_hash: str, now: datetime, request_id: int | None) -> int:
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

    async def has_left(self, telegram_user_id: int, code_hash: str) -> None:
        parameters = {"telegram_user_id": telegram_user_id, "code_hash": code_hash}
        await self._connection.execute(SQL["has_left"], parameters)
        await self._connection.execute(SQL["withdraw"], parameters)

    async def withdraw(self, telegram_user_id: int, code_hash: str) -> None:
        await self._connection.execute(SQL["withdraw"], {"telegram_user_id": telegram_user_id, "code_hash": code_hash})

    async def pending(self, telegram_user_id: int) -> Sequence[PendingCode]:
        rows = await self._connection.fetch(SQL["pending_codes"], {"telegram_user_id": telegram_user_id})
        return [_code(row) for row in rows]

    async def pending_to(self, email: str) -> Sequence[PendingCode]:
        return [_code(row) for row in await self._connection.fetch(SQL["codes_to"], {"email": email})]

    async def spend_try(self, telegram_user_id: int, now: datetime) -> Sequence[PendingCode]:
        latest = to_text(now + limits.code_lifetime())
        parameters = {"telegram_user_id": telegram_user_id, "now": to_text(now), "latest": latest}
        rows = [*await self._connection.fetch(SQL["spend_try"], parameters)]
        rows += await self._connection.fetch(SQL["spend_try_of_leaving"], parameters)
        return [_code(row) for row in rows]

    async def use_up(self, code: PendingCode) -> bool:
        parameters = {"telegram_user_id": code.telegram_user_id, "code_hash": code.code_hash}
        for query in ("use_up_code", "use_up_leaving"):
            if await self._connection.fetch(SQL[query], parameters):
                await self.delete(code.telegram_user_id)
                return True
        return False

    async def delete(self, telegram_user_id: int) -> None:
        for query in ("delete_code", "delete_leaving"):
            await self._connection.execute(SQL[query], {"telegram_user_id": telegram_user_id})


def _code(row: Row) -> PendingCode:
    expires_at = to_time(row["expires_at"])
    return PendingCode(row["telegram_user_id"], row["email"], row["code_hash"], expires_at, row["attempts_left"])
