"""What ends goes by the earlier of two clocks: a replica that is ahead must not end it for all of them, nor a machine
whose clock somebody sets ahead for a while."""

import logging
from datetime import datetime, timedelta

from checkout.ports.runtime import Clock
from checkout.resilience.wrong_clock import TOLERANCE
from db.engine.connection import Database, to_time
from db.engine.sql_loader import queries

log = logging.getLogger(__name__)
SQL = queries("customer_queue")
# So long a clock that has jumped ahead is not believed: it may have been behind before.
DOUBT = timedelta(days=1)


class EarlierClock:
    """This machine's clock, or as of the last ``look`` PostgreSQL's where that is behind it; where both have jumped
    ahead (they may be one machine's), or there is no other, as it was before."""

    def __init__(self, own: Clock, database: Database, *, is_shared: bool) -> None:
        self._own, self._database, self._is_shared = own, database, is_shared
        self._ahead, self._looked_at = timedelta(), (own.now(), own.passed())
        self._doubted: list[tuple[float, timedelta]] = []  # until when, and how far it has jumped

    def now(self) -> datetime:
        return self._own.now() - self._ahead

    def passed(self) -> float:
        return self._own.passed()

    async def look(self) -> None:
        """Raises DatabaseAway."""
        behind = await self._behind() if self._is_shared else timedelta()
        now, passed = self._own.now() - behind, self._own.passed()
        jumped = now - self._looked_at[0] - timedelta(seconds=passed - self._looked_at[1])
        self._looked_at = now, passed
        if jumped > TOLERANCE:
            # Each for itself: a machine that is put to sleep every night jumps every day.
            self._doubted.append((passed + DOUBT.total_seconds(), jumped))
            log.warning("the clock has jumped %s ahead: what ends goes by the one before for a day", jumped)
        elif jumped < -TOLERANCE:
            self._set_back(-jumped)
        self._doubted = [(until, ahead) for until, ahead in self._doubted if passed < until]
        self._ahead = sum((ahead for _, ahead in self._doubted), behind)

    async def _behind(self) -> timedelta:
        """How far the database's clock is."""
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["time"], {})
        return max(timedelta(), self._own.now() - to_time(rows[0]["now"]))

    def _set_back(self, by: timedelta) -> None:
        while self._doubted and by:
            until, ahead = self._doubted.pop()
            if ahead > by:
                self._doubted.append((until, ahead - by))
            by -= min(by, ahead)
