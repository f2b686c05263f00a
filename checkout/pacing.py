"""How fast a provider is called, and how a provider that is down is left in peace."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime

from checkout.outbox import backoff

log = logging.getLogger(__name__)


class Pace:
    """Calls at most ``per_second``, and to one recipient at most one in ``pause`` seconds. Uses the loop's clock."""

    def __init__(self, per_second: float, pause: float = 0.0) -> None:
        self._interval, self._pause = 1.0 / per_second, pause
        self._next = 0.0
        self._next_to: OrderedDict[str, float] = OrderedDict()

    async def wait(self, recipient: str) -> None:
        """Returns when it is this call's turn."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next, self._next_to.get(recipient, 0.0))
        self._next = max(now, self._next) + self._interval
        if self._pause:
            self._next_to[recipient] = turn + self._pause
            self._next_to.move_to_end(recipient)
            while len(self._next_to) > 1000 and next(iter(self._next_to.values())) < now:
                self._next_to.popitem(last=False)
        if turn > now:
            await asyncio.sleep(turn - now)


class Flood:
    """Webhooks go first: while many arrive at once, telling waits, for five seconds at most."""

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
        """Returns when no flood is on, after the longest wait, or as soon as ``unless`` is true."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + self.LONGEST_WAIT
        while self.is_on and loop.time() < latest and not unless():
            await asyncio.sleep(self.QUIET_SECONDS / 2)


class Health:
    """Whether a service answers. While it is down one probe at a time may call it, at growing distances."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._failures = 0
        self._probe_at: datetime | None = None

    @property
    def is_down(self) -> bool:
        return self._failures > 0

    def probe_at(self) -> datetime | None:
        """When the next probe is due; None while the service is up."""
        return self._probe_at

    def succeeded(self) -> None:
        if self.is_down:
            log.info("%s is back after %d failed tries", self.service, self._failures)
        self._failures, self._probe_at = 0, None

    def failed(self, now: datetime, retry_after: float | None, reason: str) -> datetime:
        """Notes a failure; returns when to try again."""
        self._failures += 1
        if self._failures == 1:
            log.warning("%s is down: %s; messages are kept and sent once it is back", self.service, reason)
        self._probe_at = now + backoff(self._failures, retry_after)
        return self._probe_at
