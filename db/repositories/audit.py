"""What admins did, in the database."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from checkout.model.audit import Action, AuditEntry
from db.engine.connection import Connection, Row, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("audit")
BEYOND_EVERY_ID = 2**62


class AuditRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, admin_id: int, action: Action, payment_id: str, details: Mapping[str, str], at: datetime
    ) -> None:
        parameters = {
            "admin_id": admin_id,
            "action": action.value,
            "payment_id": payment_id,
            "details": json.dumps(dict(details)),
            "at": to_text(at),
        }
        await self._connection.execute(SQL["add"], parameters)

    async def newest(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        parameters = {"before": before or BEYOND_EVERY_ID, "most": limit}
        return [_read(row) for row in await self._connection.fetch(SQL["newest"], parameters)]

    async def of_payment(self, payment_id: str) -> Sequence[AuditEntry]:
        rows = await self._connection.fetch(SQL["of_payment"], {"payment_id": payment_id})
        return [_read(row) for row in rows]

    async def get_for_update(self, payment_id: str) -> Sequence[AuditEntry]:
        await self._connection.lock(f"what admins do to payment {payment_id}")
        return await self.of_payment(payment_id)


def _read(row: Row) -> AuditEntry:
    return AuditEntry(
        audit_id=row["audit_id"],
        admin_id=row["admin_id"],
        admin_name=row["admin_name"],
        action=row["action"],
        payment_id=row["payment_id"],
        details=json.loads(row["details"]),
        at=to_time(row["at"]),
    )
