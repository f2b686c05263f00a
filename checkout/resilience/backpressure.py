"""Webhooks go first."""

import asyncio
from collections.abc import Callable


class Backpressure:
    """While many webhooks arrive at once, the outbox waits, for five seconds at most."""

    QUIET_SECONDS, LONGEST_WAIT = 0.1, 5.0
    MANY = 4

    def __init__(self) -> None:
        self._last = 0.0

    def note(self, arrived_together: int) -> None:
        """So many events were recorded in one group just now."""
        if arrived_together >= self.MANY:
            self._last = asyncio.get_running_loop().time()

    @property
    def is_on(self) -> bool:
        return asyncio.get_running_loop().time() < self._last + self.QUIET_SECONDS

    async def over(self, unless: Callable[[], bool]) -> None:
        """Returns when it is off, after the longest wait, or as soon as ``unless`` is true."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + self.LONGEST_WAIT
        while self.is_on and loop.time() < latest and not unless():
            await asyncio.sleep(self.QUIET_SECONDS / 2)
