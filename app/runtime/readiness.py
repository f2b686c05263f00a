"""Whether this process can do its work: the database takes what is written, its schema is ours, nothing lies unsent."""

import asyncio
import time
from datetime import timedelta

from app.counted import counted
from checkout.errors import DatabaseAway
from checkout.ports.runtime import Clock
from db.engine.connection import Database, to_text
from db.maintenance.health import overdue_messages, prove_writing, schema_revision
from db.maintenance.schema import newest_revision

# A minute of backoff and a minute of lease may pass in good health.
OVERDUE_ALARM = timedelta(minutes=10)
# Less than those who ask wait: Caddy three seconds.
ANSWER_SECONDS = 2.0
# Anybody may ask, however often: one proof holds for all who ask within a second.
PROOF_SECONDS = 1.0


class Readiness:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._expected = newest_revision()
        self._proven_until = 0.0
        self._looking: asyncio.Task[dict[str, str]] | None = None

    async def __call__(self) -> dict[str, str]:
        """``ok`` or what is wrong, for each thing that must be right. Whoever asks meanwhile gets the same answer."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        # Whoever goes away does not take the answer from the others.
        return await asyncio.shield(self._looking)

    async def _look(self) -> dict[str, str]:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                if time.monotonic() >= self._proven_until:
                    await prove_writing(self._database, self._clock.now())
                    self._proven_until = time.monotonic() + PROOF_SECONDS
                revision = await schema_revision(self._database)
                late = await overdue_messages(self._database, to_text(self._clock.now() - OVERDUE_ALARM))
        except DatabaseAway as error:
            return {"database": f"cannot be used: {error}"}
        except TimeoutError:
            return {"database": f"has not taken a write within {ANSWER_SECONDS:.0f} s"}
        return {
            "database": "ok",
            "schema": "ok" if revision == self._expected else f"is at {revision}, {self._expected} is expected",
            "outbox": "ok" if not late else f"{counted(late, 'message')} late by more than ten minutes",
        }
