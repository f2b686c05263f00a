"""Replicas whose clocks are some minutes apart go by one, and so do commands beside them: what one of them notes,
another one must not find to be over before its time, or not yet there."""

import asyncio
import logging
from datetime import datetime, timedelta

from checkout.ports.runtime import Clock
from db.engine.connection import Database, to_time
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import queries

log = logging.getLogger(__name__)
SQL = queries("customer_queue")
LOOK_SECONDS = 30.0
# One that is farther off was set by somebody, this machine's or the database's: who is right nobody knows.
MOST = timedelta(hours=1)


class SharedClock:
    """PostgreSQL's, as of the last ``look``; this machine's ``own`` where they are more than an hour apart."""

    def __init__(self, own: Clock, database: Database) -> None:
        self._own, self._database = own, database
        self._at, self._passed = own.now(), own.passed()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self._own.passed() - self._passed)

    def passed(self) -> float:
        return self._own.passed()

    async def look(self) -> None:
        """Raises DatabaseAway."""
        asked = self._own.passed()
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["time"], {})
        now, told, passed = self._own.now(), to_time(rows[0]["now"]), self._own.passed()
        # As far as the answer tells: when within the time that it took it was made is not known.
        latest = told + timedelta(seconds=passed - asked)
        agreed = min(max(self.now(), told), latest)
        self._at, self._passed = (agreed if abs(now - told) < MOST else now), passed

    async def follow(self) -> None:
        """Looks again and again; while the database is away it goes on as it went."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 -- whatever it says instead, a pooler before it too: it is no time
                log.debug("the time goes on by this machine: %s", type(error).__name__)


async def clocks_of(database: Database, address: DatabaseUrl, own: Clock) -> tuple[Clock, ...]:
    """All that there are, the one first that everybody goes by who has this database open. Raises DatabaseAway."""
    if address.file is not None:
        return (own,)
    shared = SharedClock(own, database)
    await shared.look()
    return shared, own
