"""Small questions about the database itself."""

from db.connection import Database
from db.queries import queries

SQL = queries("health")


async def schema_revision(database: Database) -> str:
    """The revision the schema is at."""
    async with database.read() as connection:
        rows = await connection.fetch(SQL["revision"], {})
    return str(rows[0][0]) if rows else "nothing"


async def overdue_messages(database: Database, before: str) -> int:
    """How many outbox messages were due before that time and wait still."""
    async with database.read() as connection:
        rows = await connection.fetch(SQL["overdue"], {"before": before})
    return int(rows[0][0])
