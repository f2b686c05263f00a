"""Under which ids Telegram keeps the files that were sent."""

from db.engine.connection import Database
from db.engine.sql_loader import queries

SQL = queries("sent_files")


class DatabaseSentFiles:
    """Each look is its own transaction: a message that waits for an upload holds none open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def id_of(self, bot_id: int, digest: str) -> str | None:
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["get"], {"bot_id": bot_id, "digest": digest})
        return str(rows[0]["file_id"]) if rows else None

    async def note(self, bot_id: int, digest: str, file_id: str) -> None:
        async with self._database.begin() as connection:
            await connection.execute(SQL["put"], {"bot_id": bot_id, "digest": digest, "file_id": file_id})
