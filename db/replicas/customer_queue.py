"""The customer queue, where several replicas share the customers: a table says who waits and who runs.

An update is enrolled as it arrives. It may run when no other of its customer runs, on whatever replica, and none with
a smaller id waits. Its row has a lease, renewed as long as its process lives: what a dead one held blocks nobody for
long, and its update is taken over by the replica that Telegram sends it to again.
"""

import asyncio
import json
import logging
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from db.engine.connection import Database
from db.engine.sql_loader import queries

log = logging.getLogger(__name__)
SQL = queries("customer_queue")
LEASE_SECONDS = 15.0
# Between two looks: soon enough that a conversation flows, growing so that a long wait costs the database little.
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.4


@dataclass(slots=True)
class _Entry:
    """An update that waits or runs here; ``left`` is set once its row is away."""

    telegram_user_id: int
    update_id: int
    holder: str = field(default_factory=partial(secrets.token_hex, 8))
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def parameters(self) -> dict[str, int | str]:
        return {"telegram_user_id": self.telegram_user_id, "update_id": self.update_id, "holder": self.holder}


class DatabaseCustomerQueue:
    """On PostgreSQL. ``lease`` in seconds: how long a replica may be silent before others go on without it."""

    def __init__(self, database: Database, lease: float = LEASE_SECONDS) -> None:
        self._database, self._lease = database, lease
        self._here: dict[int, list[_Entry]] = {}  # by customer
        self._keeping: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def in_order(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        entry = _Entry(telegram_user_id, update_id)
        self._here.setdefault(telegram_user_id, []).append(entry)
        if self._keeping is None:
            self._keeping = asyncio.create_task(self._keep())
        try:
            await self._wait(entry)
            yield
        finally:
            try:
                await asyncio.shield(self._leave(entry))
            finally:
                self._forget(entry)

    def _forget(self, entry: _Entry) -> None:
        entry.left.set()
        self._here[entry.telegram_user_id].remove(entry)
        if not self._here[entry.telegram_user_id]:
            del self._here[entry.telegram_user_id]
        if not self._here and self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None

    async def _wait(self, entry: _Entry) -> None:
        while not await self._is_first(entry):
            if before := self._before(entry):
                await before.left.wait()
            else:
                await self._until_none_is_ahead(entry)

    def _before(self, entry: _Entry) -> _Entry | None:
        """The last of those here that go first. Until it has left the database need not be asked."""
        earlier = (one for one in self._here[entry.telegram_user_id] if one.update_id < entry.update_id)
        return max(earlier, key=lambda one: one.update_id, default=None)

    async def _until_none_is_ahead(self, entry: _Entry) -> None:
        """What other replicas have is seen in the database alone."""
        pause, ahead = FIRST_PAUSE, 0
        while True:
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, no secret
            before, ahead = ahead, await self._ahead(entry)
            if not ahead:
                return
            # A line that moves is looked at the sooner the nearer its head is; one that stands, less and less.
            pause = min(FIRST_PAUSE * ahead if ahead < before else pause * 1.5, LONGEST_PAUSE)

    async def _is_first(self, entry: _Entry) -> bool:
        """Enrols the update, or takes its row over from a dead holder, and lets it run if it may."""
        async with self._database.begin() as connection:
            # Two of one customer could otherwise each find that the other is not running yet.
            # The name is shared with replicas of earlier versions.
            await connection.lock(f"turns of customer {entry.telegram_user_id}")
            is_enrolled = await connection.fetch(SQL["enrol"], {**entry.parameters, "lease": self._lease})
            if not is_enrolled or self._before(entry):
                return False
            return await connection.execute(SQL["run"], entry.parameters) == 1

    async def _ahead(self, entry: _Entry) -> int:
        async with self._database.read() as connection:
            rows = await connection.fetch(SQL["ahead"], entry.parameters)
        return int(rows[0]["ahead"])

    async def _keep(self) -> None:
        """Renews the leases of all that wait or run here, at once."""
        while True:
            await asyncio.sleep(self._lease / 3)
            held = [entry for entries in self._here.values() for entry in entries]
            whose = {
                "update_ids": json.dumps([entry.update_id for entry in held]),
                "holders": json.dumps([entry.holder for entry in held]),
            }
            try:
                async with self._database.begin() as connection:
                    await connection.execute(SQL["renew"], {**whose, "lease": self._lease})
            except Exception as error:  # noqa: BLE001 -- the next renewal may come in time; if not, others go on
                log.info("places in the queue could not be renewed: %d (%s)", len(held), type(error).__name__)

    async def _leave(self, entry: _Entry) -> None:
        """A connection that was cut is noticed now, and the next one works: nobody behind waits for the lease."""
        for is_last in (False, True):
            try:
                async with self._database.begin() as connection:
                    await connection.execute(SQL["leave"], entry.parameters)
            except Exception as error:  # noqa: BLE001 -- the update is handled; its row goes with its lease
                why = type(error).__name__
                if is_last:
                    log.info("update %d: its place in the queue could not be given up (%s)", entry.update_id, why)
            else:
                return
