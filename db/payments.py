"""Payments in the database."""

from collections.abc import Sequence
from datetime import datetime

from checkout.errors import StaleWrite
from checkout.payment import Payment, Status
from db.connection import Connection, to_text
from db.queries import queries
from db.rows import read_payment, write_changes, write_payment

SQL = queries("payments")
# Sorts after every real (created_at, payment_id).
END = ("~", "~")


class PaymentRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, payment_id: str) -> Payment | None:
        return await self._one("get", payment_id=payment_id)

    async def by_token(self, pay_token: str) -> Payment | None:
        return await self._one("by_token", pay_token=pay_token)

    async def by_intent(self, payment_intent_id: str) -> Payment | None:
        return await self._one("by_intent", payment_intent_id=payment_intent_id)

    async def open_of(self, telegram_user_id: int, sku: str) -> Sequence[Payment]:
        return await self._all("open_of", telegram_user_id=telegram_user_id, sku=sku)

    async def of_customer(self, telegram_user_id: int, limit: int) -> Sequence[Payment]:
        return await self._all("of_customer", telegram_user_id=telegram_user_id, most=limit)

    async def newest(
        self, *, status: Status | None = None, before: tuple[str, str] | None = None, limit: int = 10
    ) -> Sequence[Payment]:
        at, payment_id = before or END
        if status is None:
            return await self._all("newest", before_at=at, before_id=payment_id, most=limit)
        return await self._all(
            "newest_with_status", status=status.value, before_at=at, before_id=payment_id, most=limit
        )

    async def by_email(self, beginning: str, limit: int) -> Sequence[Payment]:
        return await self._all("by_email", beginning=beginning, end=beginning + "\U0010ffff", most=limit)

    async def past_their_time(self, now: datetime, limit: int) -> Sequence[Payment]:
        return await self._all("past_their_time", now=to_text(now), most=limit)

    async def add(self, payment: Payment) -> None:
        await self._connection.execute(SQL["add"], write_payment(payment))

    async def update(self, payment: Payment) -> None:
        if await self._connection.execute(SQL["update"], write_changes(payment)) != 1:
            raise StaleWrite(f"payment {payment.payment_id} has moved since version {payment.version}")

    async def note_chat_message(self, payment_id: str, chat_message_id: int) -> None:
        parameters = {"payment_id": payment_id, "chat_message_id": chat_message_id}
        await self._connection.execute(SQL["note_chat_message"], parameters)

    async def _one(self, name: str, **parameters: object) -> Payment | None:
        rows = await self._connection.fetch(SQL[name], parameters)
        return read_payment(rows[0]) if rows else None

    async def _all(self, name: str, **parameters: object) -> list[Payment]:
        return [read_payment(row) for row in await self._connection.fetch(SQL[name], parameters)]
