"""A process that stands still: its clock goes on, and what comes meanwhile lies there unread."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.base.fake_server import StandIn

AN_HOUR = 3600.0
PATIENCE_SECONDS = 60


async def what_is_due() -> None:
    """Is done when this returns, and what follows from it at once."""
    for _ in range(5):
        await asyncio.sleep(0)


class Standstill:
    """Of the running loop: its clock leaps by an hour, as after a long sleep of the machine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._loop, self._slept = asyncio.get_running_loop(), 0.0
        awake = self._loop.time
        patch.setattr(self._loop, "time", lambda: awake() + self._slept)

    def leap(self) -> None:
        self._slept += AN_HOUR

    @asynccontextmanager
    async def while_it_answers(self, service: StandIn) -> AsyncIterator[None]:
        """The service runs on a thread of its own; this loop stands still while the first answer is under way."""
        service.app.middlewares.append(self._middleware())
        theirs = asyncio.new_event_loop()
        thread = threading.Thread(target=theirs.run_forever)
        thread.start()
        try:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(service.start(), theirs))
            yield
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(service.stop(), theirs))
        finally:
            theirs.call_soon_threadsafe(theirs.stop)
            thread.join()
            theirs.close()

    def _middleware(self) -> Middleware:
        fallen_asleep, answered = threading.Event(), threading.Event()

        def stand_still() -> None:
            fallen_asleep.set()
            assert answered.wait(PATIENCE_SECONDS)
            self.leap()

        @web.middleware
        async def answer_to_nobody(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if not fallen_asleep.is_set():
                self._loop.call_soon_threadsafe(stand_still)
                assert await asyncio.to_thread(fallen_asleep.wait, PATIENCE_SECONDS)
                asyncio.get_running_loop().call_later(0.05, answered.set)  # once the answer has left
            return response

        return answer_to_nobody
