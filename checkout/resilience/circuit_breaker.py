"""Calls of a service by which somebody waits: side by side while it is up, one at a time while it is down."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from checkout.resilience.patience import AwakeTimer
from checkout.resilience.service_health import ServiceHealth

T = TypeVar("T")
CALLS = "calls"  # the way that is watched here
# Whoever gave up after waiting for so long was not answered; one who left before tells nothing of the service.
SILENT_SECONDS = 2.5


class StillDown(Exception):
    """The service did not answer the call that was under way, and was not asked again."""


class CircuitBreaker:
    """A service that is down is asked by one caller at a time; who comes meanwhile shares the answer to come."""

    def __init__(self, health: ServiceHealth) -> None:
        self._health = health
        self._probe: asyncio.Future[None] | None = None

    async def call(self, ask: Callable[[], Awaitable[T]], trouble: Callable[[T | Exception], str | None]) -> T:
        """The answer. ``trouble`` says why an answer or exception means that the service is down, else None.

        Raises what ``ask`` raises, and StillDown.
        """
        while self.is_open and self._probe is not None:
            await asyncio.wait({self._probe})
            if self.is_open:
                raise StillDown
        if not self.is_open:
            return await self._judged(ask, trouble)
        probe = self._probe = asyncio.get_running_loop().create_future()
        try:
            return await self._judged(ask, trouble)
        finally:
            self._probe = None
            probe.set_result(None)

    @property
    def is_open(self) -> bool:
        """The service is down: one at a time asks it."""
        return self._health.is_failing(CALLS)

    async def _judged(self, ask: Callable[[], Awaitable[T]], trouble: Callable[[T | Exception], str | None]) -> T:
        silence = AwakeTimer(SILENT_SECONDS)
        try:
            answer = await ask()
        except asyncio.CancelledError:
            if silence.is_over:
                self._note("no answer in time")
            raise
        except Exception as error:
            self._note(trouble(error))
            raise
        finally:
            silence.stop()
        self._note(trouble(answer))
        return answer

    def _note(self, reason: str | None) -> None:
        if reason is None:
            self._health.answered(CALLS)
        else:
            self._health.failed(CALLS, reason)
