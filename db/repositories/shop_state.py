"""Whether the shop is closed. It stands beside whose database this is: names and values of the one shop."""

from db.engine.connection import Connection
from db.engine.sql_loader import queries

SQL = queries("shop_state")


class ShopStateRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def closed_text(self) -> str | None:
        rows = await self._connection.fetch(SQL["closed_text"], {})
        return str(rows[0]["value"]) if rows else None

    async def close(self, text: str) -> None:
        await self._connection.execute(SQL["close"], {"text": text})

    async def open(self) -> bool:
        return await self._connection.execute(SQL["open"], {}) == 1
