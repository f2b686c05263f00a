"""Where webhooks come in: noted as a sign of life, and kept waiting while what was missed is caught up."""

import asyncio
import contextlib
from datetime import datetime

from checkout.model.events import ProviderEvent
from checkout.ports.payments import EventRecorder
from checkout.ports.runtime import Clock

# Stripe waits longer for an answer, and sends again if it did not come.
LONGEST_WAIT_SECONDS = 5.0


class StartupGate:
    """Until ``open`` an event waits, for a few seconds at most.

    Receipts that a lost database has given out already must get their numbers back, in their order, before new
    payments are numbered.
    """

    def __init__(self, recorder: EventRecorder, clock: Clock) -> None:
        self._recorder, self._clock = recorder, clock
        self._opened = asyncio.Event()
        self._latest: float | None = None
        self.started_at = clock.now()
        self.last_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self._opened.is_set()

    def open(self) -> None:
        self._opened.set()

    async def record(self, event: ProviderEvent) -> bool:
        """As EventRecorder.record."""
        if not self._opened.is_set():
            await self._wait()
        is_news = await self._recorder.record(event)
        self.last_at = self._clock.now()
        return is_news

    async def _wait(self) -> None:
        """However many wait one after another: the gate opens by itself a few seconds after the first came."""
        now = asyncio.get_running_loop().time()
        self._latest = self._latest or now + LONGEST_WAIT_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._opened.wait(), self._latest - now)
        self._opened.set()
