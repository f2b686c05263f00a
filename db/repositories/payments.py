"""Payments in the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from checkout import limits
from checkout.errors import StaleWrite
from checkout.model.csv_rows import Record
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.model.search import By, Cursor, Search
from checkout.resilience.wrong_clock import TOLERANCE
from db.engine.connection import Connection, to_text, to_text_or_none, to_time
from db.engine.sql_loader import queries
from db.repositories.payment_rows import read_payments, read_readable, read_record, write_payment

SQL = queries("payments")
NOWHERE = -1  # no chat message has this id
# No real (created_at, payment_id) sorts after it, whichever language the database sorts by.
BEFORE_ALL = ("9", "")
LAST_LETTER = "\U0010ffff"


class PaymentRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, payment_id: str) -> Payment | None:
        return await self._one("get", payment_id=payment_id)

    async def by_ids(self, payment_ids: Sequence[str]) -> Sequence[Payment]:
        return read_readable(await self._connection.fetch(SQL["by_ids"], {"payment_ids": json.dumps(payment_ids)}))

    async def by_token(self, pay_token: str) -> Payment | None:
        return await self._one("by_token", pay_token=pay_token)

    async def open_of(self, telegram_user_id: int, sku: str) -> Sequence[Payment]:
        # Two starts at once would each find none that is open, and the customer could pay twice.
        await self._connection.lock(f"payments of customer {telegram_user_id}")
        return await self._all("open_of", telegram_user_id=telegram_user_id, sku=sku)

    async def others_open(self, payment: Payment) -> Sequence[Payment]:
        who, sku, payment_id = payment.telegram_user_id, payment.sku, payment.payment_id
        return await self._all("others_open", telegram_user_id=who, sku=sku, payment_id=payment_id)

    async def of_customer(self, telegram_user_id: int, limit: int) -> Sequence[Payment]:
        return await self._first(limit, "of_customer", telegram_user_id=telegram_user_id)

    async def by_any_id(self, any_id: str) -> Payment | None:
        return await self._one("by_any_id", any_id=any_id)

    async def by_receipt_number(self, number: int) -> Payment | None:
        return await self._one("by_receipt_number", number=number)

    async def by_known_intents(self, intent_ids: Sequence[str]) -> Mapping[str, str]:
        rows = await self._connection.fetch(SQL["by_known_intents"], {"intent_ids": json.dumps(intent_ids)})
        return {row["payment_intent_id"]: row["payment_id"] for row in rows}

    async def cursor(self, payment_id: str) -> Cursor | None:
        rows = await self._connection.fetch(SQL["cursor"], {"payment_id": payment_id})
        if not rows:
            return None
        (row,) = rows
        return Cursor(
            payment_id=row["payment_id"],
            created_at=to_time(row["created_at"]),
            email=row["email"],
            telegram_user_id=row["telegram_user_id"],
            card_last4=row["card_last4"],
            name=row["name"],
            username=row["username"],
        )

    async def page(
        self, search: Search, cursor: Cursor | None = None, *, newer: bool = False, limit: int = 10
    ) -> Sequence[Payment]:
        at, payment_id = (to_text(cursor.created_at), cursor.payment_id) if cursor else BEFORE_ALL
        found = await self._first(
            limit,
            f"{search.by}_{'newer' if newer else 'older'}",
            value=int(search.value) if search.by is By.CUSTOMER else search.value,
            email=cursor.email if cursor else search.value,
            beyond=search.value + LAST_LETTER,
            at=at,
            payment_id=payment_id,
        )
        return found[::-1] if newer else found

    async def records(
        self, since: datetime, until: datetime, status: Status | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[Record]:
        at, payment_id = after or (to_text(since), "")
        parameters = {"after_at": at, "after_id": payment_id, "until": to_text(until), "most": limit}
        if status is None:
            rows = await self._connection.fetch(SQL["records"], parameters)
        else:
            rows = await self._connection.fetch(SQL["records_with_status"], {**parameters, "status": status.value})
        return [read_record(row) for row in rows]

    async def past_their_time(self, now: datetime, limit: int) -> Sequence[Payment]:
        return await self._first(limit, "past_their_time", now=to_text(now))

    async def under_way(self, after: datetime, quiet_since: datetime, now: datetime, limit: int) -> Sequence[Payment]:
        times = {"after": to_text(after), "quiet_since": to_text(quiet_since), "latest": to_text(now + TOLERANCE)}
        return await self._first(limit, "under_way", **times)

    async def to_deliver(self, skus: Sequence[str], after: Payment | None, limit: int) -> Sequence[Payment]:
        at, payment_id = (to_text(after.created_at), after.payment_id) if after else ("", "")
        return await self._first(limit, "to_deliver", skus=json.dumps(skus), at=at, payment_id=payment_id)

    async def to_close(self, now: datetime, limit: int) -> Sequence[Payment]:
        grace = limits.authentication_grace()
        return await self._first(limit, "to_close", now=to_text(now), ends_by=to_text(now + grace))

    async def put_off_closing(self, payment_id: str, until: datetime | None) -> None:
        parameters = {"payment_id": payment_id, "close_intent_at": to_text_or_none(until)}
        await self._connection.execute(SQL["put_off_closing"], parameters)

    async def add(self, payment: Payment) -> None:
        await self._connection.execute(SQL["add"], write_payment(payment))

    async def update(self, payment: Payment) -> None:
        if await self._connection.execute(SQL["update"], write_payment(payment)) != 1:
            raise StaleWrite(f"payment {payment.payment_id} has moved since version {payment.version}")

    async def move_fulfilment(self, payment: Payment, to: Fulfilment, now: datetime) -> bool:
        parameters = {"to": to.value, "now": to_text(now), "payment_id": payment.payment_id}
        known = {"fulfilment": payment.fulfilment.value, "status": payment.status.value}
        return await self._connection.execute(SQL["move_fulfilment"], {**parameters, **known}) == 1

    async def note_chat_message(self, payment_id: str, chat_message_id: int) -> int | None:
        before = await self._connection.fetch(SQL["chat_message"], {"payment_id": payment_id})
        parameters = {"payment_id": payment_id, "chat_message_id": chat_message_id}
        await self._connection.execute(SQL["note_chat_message"], parameters)
        return before[0]["chat_message_id"] if before else None

    async def move_chat_message(self, payment_id: str, before: int | None, after: int | None) -> bool:
        parameters = {"payment_id": payment_id, "before": NOWHERE if before is None else before, "after": after}
        return await self._connection.execute(SQL["move_chat_message"], parameters) == 1

    async def change_email(self, payment_id: str, email: str, now: datetime) -> None:
        parameters = {"payment_id": payment_id, "email": email, "now": to_text(now)}
        await self._connection.execute(SQL["change_email"], parameters)

    async def _one(self, name: str, **parameters: object) -> Payment | None:
        rows = await self._connection.fetch(SQL[name], parameters)
        return next(iter(read_payments(rows)), None)

    async def _all(self, name: str, **parameters: object) -> list[Payment]:
        return read_payments(await self._connection.fetch(SQL[name], parameters))

    async def _first(self, limit: int, name: str, **parameters: object) -> list[Payment]:
        """So many that can be read, if there are: a list that were shorter would seem to be at its end."""
        most = limit
        while True:
            rows = await self._connection.fetch(SQL[name], {**parameters, "most": most})
            found = read_readable(rows)
            if len(found) >= limit or len(rows) < most:
                return found[:limit]
            most *= 2
