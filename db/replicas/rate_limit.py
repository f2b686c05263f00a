"""How fast a provider is called by all replicas together: the next moment that is free lies in the database."""

import asyncio

from db.engine.connection import Database
from db.engine.sql_loader import queries

SQL = queries("rate_limit")
# Rows of recipients are dropped once in so many calls.
CLEAN_EVERY = 200
# Seconds, and calls: nobody waits for a slot that lies farther ahead than both together.
SECONDS_AHEAD, CALLS_AHEAD = 300, 100


class SharedRateLimiter:
    """As checkout.resilience.rate_limit.RateLimiter, over every process at one PostgreSQL and by its clock.

    ``name`` is the service's. Calls at most ``per_second``, and to one recipient at most one in ``pause`` seconds.
    """

    def __init__(self, database: Database, name: str, per_second: float, pause: float = 0.0) -> None:
        self._database, self._name = database, name
        self._interval, self._pause = 1.0 / per_second, pause
        self._calls = 0

    async def wait(self, recipient: str) -> None:
        """Returns when this call may go."""
        seconds = await self._reserve(recipient)
        self._calls += 1
        if self._pause and self._calls % CLEAN_EVERY == 0:
            await self._clean()
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def ended(self, recipient: str) -> None:
        """The call is over, however long it took: the recipient's pause begins."""
        if self._pause:
            parameters = {"recipient": self._slot_of(recipient), "pause": self._pause}
            async with self._database.begin() as connection:
                await connection.execute(SQL["pause_begins"], parameters)

    def _slot_of(self, recipient: str) -> str:
        return f"{self._name} {recipient}"

    async def _reserve(self, recipient: str) -> float:
        """Seconds until the slot that was taken. Only recipients that have a pause of their own are written down."""
        farthest = SECONDS_AHEAD + CALLS_AHEAD * max(self._interval, self._pause)
        parameters: dict[str, object] = {"everyone": self._name, "interval": self._interval, "farthest": farthest}
        query = SQL["next_slot"]
        if self._pause:
            query = SQL["next_slot_of_recipient"]
            parameters.update(recipient=self._slot_of(recipient), pause=self._pause)
        async with self._database.begin() as connection:
            rows = await connection.fetch(query, parameters)
        return float(rows[0]["seconds"])

    async def _clean(self) -> None:
        async with self._database.begin() as connection:
            await connection.execute(SQL["drop_old"], {})
