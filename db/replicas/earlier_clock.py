"""What ends goes by the earlier of two clocks: a replica that is ahead must not end it for all of them."""

from datetime import datetime, timedelta

from checkout.ports.runtime import Clock
from db.engine.connection import Database, to_time
from db.engine.sql_loader import queries

SQL = queries("customer_queue")


class EarlierClock:
    """This machine's clock, or PostgreSQL's where that is behind it as of the last ``look``."""

    def __init__(self, own: Clock, database: Database, *, is_shared: bool) -> None:
        self._own, self._database, self._is_shared = own, database, is_shared
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._own.now() - self._ahead

    async def look(self) -> None:
        """At the database's clock; a SQLite file has none of its own. Raises DatabaseAway."""
        if not self._is_shared:
            return
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["time"], {})
        self._ahead = max(timedelta(), self._own.now() - to_time(rows[0]["now"]))
