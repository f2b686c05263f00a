"""Customers, in the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from checkout.model.customer import Customer
from checkout.model.search import Person
from db.engine.connection import Connection, to_text, to_text_or_none, to_time_or_none
from db.engine.sql_loader import queries

SQL = queries("customers")
# A name in Telegram is given up and taken by another; more than a few never share one.
NAMESAKES = 5


class CustomerRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, telegram_user_id: int) -> Customer | None:
        rows = await self._connection.fetch(SQL["customer"], {"telegram_user_id": telegram_user_id})
        if not rows:
            return None
        (row,) = rows
        return Customer(
            telegram_user_id=row["telegram_user_id"],
            language=row["language"],
            name=row["name"],
            username=row["username"],
            email=row["email"],
            email_verified_at=to_time_or_none(row["email_verified_at"]),
            language_chosen=bool(row["language_chosen"]),
        )

    async def get_for_update(self, telegram_user_id: int) -> Customer | None:
        await self._connection.lock(f"customer {telegram_user_id}")
        return await self.get(telegram_user_id)

    async def languages(self, telegram_user_ids: Sequence[int]) -> Mapping[int, str]:
        parameters = {"telegram_user_ids": json.dumps(telegram_user_ids)}
        rows = await self._connection.fetch(SQL["languages"], parameters)
        return {row["telegram_user_id"]: row["language"] for row in rows}

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

    async def by_username(self, username: str) -> Sequence[Person]:
        parameters = {"username": username.lower(), "most": NAMESAKES}
        rows = await self._connection.fetch(SQL["customers_by_username"], parameters)
        return [Person(**row) for row in rows]
