"""Time limits for those who are waited for: while this process itself stands still, no time passes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# A limit passes in so many steps. Between two of them the loop reads what has come meanwhile, and a step counts once
# however long a busy or sleeping machine makes it: an answer that lies there unread is no silence.
STEPS = 20


class AwakeTimer:
    """Calls ``when_over`` once this process was awake for ``seconds``, unless it is stopped before."""

    def __init__(self, seconds: float, when_over: Callable[[], object] = lambda: None) -> None:
        self._step, self._left, self._when_over = seconds / STEPS, STEPS, when_over
        self._next = asyncio.get_running_loop().call_later(self._step, self._count)

    @property
    def is_over(self) -> bool:
        return not self._left

    def stop(self) -> None:
        self._next.cancel()

    def _count(self) -> None:
        self._left -= 1
        if self._left:
            self._next = asyncio.get_running_loop().call_later(self._step, self._count)
        else:
            self._when_over()


@asynccontextmanager
async def patience(seconds: float) -> AsyncIterator[None]:
    """Ends what is done inside after ``seconds``, as asyncio.timeout does, by raising TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = AwakeTimer(seconds, lambda: limit.reschedule(loop.time()))
        try:
            yield
        finally:
            timer.stop()
