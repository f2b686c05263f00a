"""Calls of a service by which somebody waits: side by side while it is up, one at a time while it is down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from checkout.errors import ServiceUnavailable
from checkout.resilience.patience import AwakeTimer
from checkout.resilience.service_health import ServiceHealth

T = TypeVar("T")
CALLS = "calls"  # the way that is watched here
# Whoever gave up after waiting for so long was not answered; one who left before tells nothing of the service.
SILENT_SECONDS = 2.5


class StillDown(Exception):
    """The service did not answer the call that was under way, and was not asked again."""


class CircuitBreaker:
    """A service that is down is asked by one caller at a time; who comes meanwhile shares the answer to come.

    Where that is long in coming one of those who wait asks as well: the first may be alone in not being answered."""

    def __init__(self, health: ServiceHealth) -> None:
        self._health = health
        self._probe: asyncio.Future[None] | None = None

    async def call(
        self, ask: Callable[[], Awaitable[T]], trouble: Callable[[T | Exception], str | None], whom: str
    ) -> T:
        """The answer. ``trouble`` says why an answer or exception means that the service is down, else None. ``whom``
        it is about: who fails again and again, alone, is no outage.

        Raises what ``ask`` raises, and StillDown.
        """
        await self._in_turn()
        if not self.is_open:
            return await self._judged(ask, trouble, whom)
        probe = self._probe = asyncio.get_running_loop().create_future()
        try:
            return await self._judged(ask, trouble, whom)
        finally:
            if self._probe is probe:
                self._probe = None
            probe.set_result(None)

    async def _in_turn(self) -> None:
        """Until the service is back, or nobody asks it, or who does has long been silent. Raises StillDown."""
        met = self._probe
        while self.is_open and met is not None and self._probe is not None:
            latest = self._probe
            await asyncio.wait({met, latest}, timeout=SILENT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if met.done() and self.is_open:
                raise StillDown
            if self._probe is latest and not latest.done():
                return

    @property
    def is_open(self) -> bool:
        """The service is down: one at a time asks it."""
        return self._health.is_failing(CALLS)

    async def _judged(
        self, ask: Callable[[], Awaitable[T]], trouble: Callable[[T | Exception], str | None], whom: str
    ) -> T:
        silence, began = AwakeTimer(SILENT_SECONDS), self._health.answers(CALLS)
        try:
            answer = await ask()
        except asyncio.CancelledError:
            if silence.is_over:
                self._note("no answer in time", whom, began)
            raise
        except Exception as error:
            self._note(trouble(error), whom, began)
            raise
        finally:
            silence.stop()
        self._note(trouble(answer), whom, began)
        return answer

    def _note(self, reason: str | None, whom: str, began: int) -> None:
        if reason is None:
            self._health.answered(CALLS, whom)
        else:
            self._health.not_served(CALLS, ServiceUnavailable(reason), whom, reason, began)
