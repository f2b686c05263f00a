"""The customer queue, where several replicas share the customers: a table says who waits and who runs.

An update is enrolled as it arrives. It may run when no other of its customer runs, on whatever replica, and none with
a smaller id waits. Its row has a lease, renewed as long as its process lives: what a dead one held blocks nobody for
long, and its update is taken over by the replica that Telegram sends it to again.
"""

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from db.engine.connection import Database, Parameters
from db.engine.sql_loader import queries

log = logging.getLogger(__name__)
SQL = queries("customer_queue")
LEASE_SECONDS = 15.0
# Between two looks: soon enough that a conversation flows, growing so that a long wait costs the database little.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.4


class DatabaseCustomerQueue:
    """On PostgreSQL. ``lease`` in seconds: how long a replica may be silent before others go on without it."""

    def __init__(self, database: Database, lease: float = LEASE_SECONDS) -> None:
        self._database, self._lease = database, lease

    @asynccontextmanager
    async def in_order(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        holder = secrets.token_hex(8)
        entry = {"telegram_user_id": telegram_user_id, "update_id": update_id, "holder": holder}
        keeping = asyncio.create_task(self._keep(update_id, holder))
        try:
            await self._wait(entry)
            yield
        finally:
            keeping.cancel()
            await asyncio.shield(self._leave(update_id, holder))

    async def _wait(self, entry: Parameters) -> None:
        pause, ahead = FIRST_PAUSE, 0
        while not await self._is_first(entry):
            while True:
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, no secret
                before, ahead = ahead, await self._ahead(entry)
                if not ahead:
                    break
                # A line that moves is looked at the sooner the nearer its head is; one that stands, less and less.
                pause = min(FIRST_PAUSE * ahead if ahead < before else pause * 1.5, LONGEST_PAUSE)

    async def _is_first(self, entry: Parameters) -> bool:
        """Enrols the update, or takes its row over from a dead holder, and lets it run if it may."""
        async with self._database.begin() as connection:
            # Two of one customer could otherwise each find that the other is not running yet.
            # The name is shared with replicas of earlier versions.
            await connection.lock(f"turns of customer {entry['telegram_user_id']}")
            if not await connection.fetch(SQL["enrol"], {**entry, "lease": self._lease}):
                return False
            return await connection.execute(SQL["run"], entry) == 1

    async def _ahead(self, entry: Parameters) -> int:
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["ahead"], entry)
        return int(rows[0]["ahead"])

    async def _keep(self, update_id: int, holder: str) -> None:
        while True:
            await asyncio.sleep(self._lease / 3)
            try:
                async with self._database.begin() as connection:
                    await connection.execute(
                        SQL["renew"], {"update_id": update_id, "holder": holder, "lease": self._lease}
                    )
            except Exception as error:  # noqa: BLE001 -- the next renewal may come in time; if not, others go on
                log.info("update %d: its place in the queue could not be renewed (%s)", update_id, type(error).__name__)

    async def _leave(self, update_id: int, holder: str) -> None:
        """A connection that was cut is noticed now, and the next one works: nobody behind waits for the lease."""
        for is_last in (False, True):
            try:
                async with self._database.begin() as connection:
                    await connection.execute(SQL["leave"], {"update_id": update_id, "holder": holder})
            except Exception as error:  # noqa: BLE001 -- the update is handled; its row goes with its lease
                why = type(error).__name__
                if is_last:
                    log.info("update %d: its place in the queue could not be given up (%s)", update_id, why)
            else:
                return
