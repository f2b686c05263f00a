"""What became of the mails we sent."""

from checkout.events import MailEvent
from db.connection import Database
from db.queries import queries

SQL = queries("outbox")
# Nothing that Resend tells later makes these untrue.
FINAL = frozenset({"bounced", "complained", "suppressed", "failed"})


class MailFates:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, event: MailEvent) -> None:
        """Notes the fate with the message; a mail that is not from the outbox is left alone."""
        parameters = {
            "fate": event.fate,
            "provider_id": event.mail_id,
            "final_fate": int(event.fate in FINAL),
        }
        async with self._database.begin() as connection:
            await connection.execute(SQL["note_fate"], parameters)
