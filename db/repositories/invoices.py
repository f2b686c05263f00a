"""Invoices in the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from checkout.model.invoice import Invoice, is_invoice
from checkout.model.money import Money
from db.engine.connection import Connection, Row, to_text, to_time, to_time_or_none
from db.engine.sql_loader import queries

SQL = queries("invoices")


class InvoiceRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, sku: str) -> Invoice | None:
        rows = await self._connection.fetch(SQL["get"], {"sku": sku})
        return _read(rows[0]) if rows else None

    async def get_for_update(self, sku: str) -> Invoice | None:
        await self._connection.lock(f"invoice {sku}")
        return await self.get(sku)

    async def add(self, invoice: Invoice) -> bool:
        parameters = {
            "sku": invoice.sku,
            "title": invoice.title,
            "amount": invoice.price.amount,
            "currency": invoice.price.currency,
            "admin_id": invoice.admin_id,
            "created_at": to_text(invoice.created_at),
            "expires_at": to_text(invoice.expires_at),
        }
        return await self._connection.execute(SQL["add"], parameters) == 1

    async def claim(self, sku: str, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["claim"], {"sku": sku, "telegram_user_id": telegram_user_id})

    async def cancel(self, sku: str, now: datetime) -> None:
        await self._connection.execute(SQL["cancel"], {"sku": sku, "now": to_text(now)})

    async def titles(self, skus: Sequence[str]) -> Mapping[str, str]:
        invoices = sorted(filter(is_invoice, skus))
        rows = await self._connection.fetch(SQL["titles"], {"skus": json.dumps(invoices)}) if invoices else []
        return {row["sku"]: row["title"] for row in rows}


def _read(row: Row) -> Invoice:
    return Invoice(
        sku=row["sku"],
        title=row["title"],
        price=Money(row["amount"], row["currency"]),
        admin_id=row["admin_id"],
        created_at=to_time(row["created_at"]),
        expires_at=to_time(row["expires_at"]),
        telegram_user_id=row["telegram_user_id"],
        canceled_at=to_time_or_none(row["canceled_at"]),
        is_paid=bool(row["is_paid"]),
    )
