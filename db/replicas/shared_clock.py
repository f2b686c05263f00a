"""Replicas whose clocks are some minutes apart go by one: what one of them notes, another one must not find to be over
before its time."""

import asyncio
import logging
from datetime import datetime, timedelta

from checkout.errors import DatabaseAway
from checkout.ports.runtime import Clock
from db.engine.connection import Database, to_time
from db.engine.sql_loader import queries

log = logging.getLogger(__name__)
SQL = queries("customer_queue")
LOOK_SECONDS = 30.0
# An answer that took longer tells no time.
PROMPT_SECONDS = 1.0
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
        now, told = self._own.now(), to_time(rows[0]["now"])
        if self._own.passed() - asked > PROMPT_SECONDS:
            return
        self._at, self._passed = (told if abs(now - told) < MOST else now), self._own.passed()

    async def follow(self) -> None:
        """Looks again and again; while the database is away it goes on as it went."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except DatabaseAway as error:
                log.debug("the time goes on by this machine: %s", error)
