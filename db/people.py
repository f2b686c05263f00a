"""Customers, their codes and conversations, and the updates handled, in the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from checkout.customer import Customer
from checkout.search import Person
from checkout.verification import CodeSend, PendingCode
from db.connection import Connection, Row, to_text, to_text_or_none, to_time, to_time_or_none
from db.queries import queries

SQL = queries("people")
# Longer than any limit looks back, and than Telegram keeps an update.
KEEP = timedelta(days=2)
# A name in Telegram is given up and taken by another; more than a few never share one.
NAMESAKES = 5


class CustomerRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, telegram_user_id: int) -> Customer | None:
        rows = await self._connection.fetch(SQL["customer"], {"telegram_user_id": telegram_user_id})
        if not rows:
            return None
        who, language, name, username, email, verified_at, chosen = rows[0]
        return Customer(who, language, name, username, email, to_time_or_none(verified_at), bool(chosen))

    async def hold(self, telegram_user_id: int) -> Customer | None:
        await self._connection.lock(f"customer {telegram_user_id}")
        return await self.get(telegram_user_id)

    async def save(self, customer: Customer, now: datetime) -> None:
        parameters = {
            "telegram_user_id": customer.telegram_user_id,
            "language": customer.language,
            "language_chosen": customer.language_chosen,
            "name": customer.name,
            "username": customer.username,
            "email": customer.email,
            "email_verified_at": to_text_or_none(customer.email_verified_at),
            "now": to_text(now),
        }
        await self._connection.execute(SQL["save_customer"], parameters)

    async def delete(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["delete_customer"], {"telegram_user_id": telegram_user_id})

    async def called(self, username: str) -> Sequence[Person]:
        parameters = {"username": username.lower(), "most": NAMESAKES}
        rows = await self._connection.fetch(SQL["customers_called"], parameters)
        return [Person(*row) for row in rows]


class CodeRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def sends(self, telegram_user_id: int, mailbox_hash: str, since: datetime) -> Sequence[CodeSend]:
        parameters = {
            "telegram_user_id": telegram_user_id,
            "mailbox_hash": mailbox_hash,
            "since": to_text(since),
        }
        # Until the new send is written: replicas that count at the same time would each find room for one more.
        await self._connection.lock(f"codes of customer {telegram_user_id}", f"codes to {mailbox_hash}")
        rows = await self._connection.fetch(SQL["code_sends"], parameters)
        return [
            CodeSend(who == telegram_user_id, box == mailbox_hash, to_time(at), send_id, request_id)
            for who, box, at, send_id, request_id in rows
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
        return int(rows[0][0])

    async def forget_send(self, send_id: int) -> None:
        await self._connection.execute(SQL["forget_code_send"], {"send_id": send_id})

    async def pending(self, telegram_user_id: int) -> PendingCode | None:
        return _code(await self._connection.fetch(SQL["pending_code"], {"telegram_user_id": telegram_user_id}))

    async def spend_try(self, telegram_user_id: int, now: datetime) -> PendingCode | None:
        parameters = {"telegram_user_id": telegram_user_id, "now": to_text(now)}
        return _code(await self._connection.fetch(SQL["spend_try"], parameters))

    async def use_up(self, telegram_user_id: int, code_hash: str) -> str | None:
        parameters = {"telegram_user_id": telegram_user_id, "code_hash": code_hash}
        rows = await self._connection.fetch(SQL["use_up_code"], parameters)
        return str(rows[0][0]) if rows else None

    async def delete(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["delete_code"], {"telegram_user_id": telegram_user_id})


def _code(rows: Sequence[Row]) -> PendingCode | None:
    if not rows:
        return None
    who, email, code_hash, expires_at, attempts_left = rows[0]
    return PendingCode(who, email, code_hash, to_time(expires_at), attempts_left)


class ConversationRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, key: str) -> str | None:
        rows = await self._connection.fetch(SQL["conversation"], {"conversation_key": key})
        return str(rows[0][0]) if rows else None

    async def put(self, key: str, state: str, now: datetime) -> None:
        parameters = {
            "conversation_key": key,
            "telegram_user_id": int(key.partition(":")[0]),
            "state": state,
            "now": to_text(now),
        }
        await self._connection.execute(SQL["put_conversation"], parameters)

    async def delete(self, key: str) -> None:
        await self._connection.execute(SQL["delete_conversation"], {"conversation_key": key})

    async def delete_of(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["delete_conversations_of"], {"telegram_user_id": telegram_user_id})


class UpdateRows:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def seen(self, update_id: int) -> bool:
        return bool(await self._connection.fetch(SQL["update_seen"], {"update_id": update_id}))

    async def note(self, update_id: int, now: datetime) -> None:
        await self._connection.execute(SQL["note_update"], {"update_id": update_id, "now": to_text(now)})
        if update_id % 500 == 0:
            await self._connection.execute(SQL["drop_old_updates"], {"before": to_text(now - KEEP)})
