"""Activity: its table is called ``journal``."""

from collections.abc import Sequence

from checkout.model.activity import ActivityEntry, Step
from checkout.model.payment import Payment
from db.engine.connection import Connection, Row, to_text, to_time
from db.engine.sql_loader import queries

SQL = queries("activity")
# The last code before a payment and what led to it.
STEPS_BEFORE = 12


class ActivityRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, *entries: ActivityEntry) -> None:
        await self._connection.execute_many(SQL["note"], [_write(entry) for entry in entries])

    async def erase(self, telegram_user_id: int) -> None:
        await self._connection.execute(SQL["erase"], {"telegram_user_id": telegram_user_id})

    async def of_payment(self, payment: Payment) -> Sequence[ActivityEntry]:
        parameters = {
            "telegram_user_id": payment.telegram_user_id,
            "created_at": to_text(payment.created_at),
            "most": STEPS_BEFORE,
        }
        before = await self._connection.fetch(SQL["before_payment"], parameters)
        own = await self._connection.fetch(SQL["of_payment"], {"payment_id": payment.payment_id})
        return [_read(row) for row in (*reversed(before), *own)]


def _write(entry: ActivityEntry) -> dict[str, object]:
    return {
        "telegram_user_id": entry.telegram_user_id,
        "payment_id": entry.payment_id,
        "what": entry.step.value,
        "details": entry.details,
        "at": to_text(entry.at),
    }


def _read(row: Row) -> ActivityEntry:
    return ActivityEntry(
        telegram_user_id=row["telegram_user_id"],
        step=Step(row["what"]),
        at=to_time(row["at"]),
        details=row["details"],
        payment_id=row["payment_id"],
    )
