"""Places for handlers: whoever waits for Telegram gives theirs to somebody else meanwhile."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class _Free:
    """How many places are; who has begun comes before all that have not, and else who came first."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._begun, self._new = deque[asyncio.Future[None]](), deque[asyncio.Future[None]]()

    async def acquire(self, *, has_begun: bool = False) -> None:
        if self._left:
            self._left -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        (self._begun if has_begun else self._new).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        for line in (self._begun, self._new):
            while line:
                if not (turn := line.popleft()).done():
                    turn.set_result(None)
                    return
        self._left += 1


@dataclass(slots=True)
class _Place:
    free: _Free
    # What a handler has started goes on in the same context, and has no place to give.
    owner: "asyncio.Task[object] | None"
    is_held: bool = True

    def give_back(self) -> None:
        self.is_held = False
        self.free.release()

    async def take_again(self) -> None:
        await self.free.acquire(has_begun=True)
        self.is_held = True


_MINE: ContextVar[_Place | None] = ContextVar("place", default=None)


class Places:
    def __init__(self, most: int) -> None:
        self._free = _Free(most)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        await self._free.acquire()
        place = _Place(self._free, asyncio.current_task())
        before = _MINE.set(place)
        try:
            yield
        finally:
            _MINE.reset(before)
            if place.is_held:
                place.give_back()


def is_answer() -> bool:
    """Whether this is done for a handler: somebody said something, and is answered."""
    return _MINE.get() is not None


@asynccontextmanager
async def given_back() -> AsyncIterator[None]:
    """The block is done without the place, which is waited for again at its end. Whoever has none just goes on."""
    place = _MINE.get()
    if place is None or not place.is_held or place.owner is not asyncio.current_task():
        yield
        return
    place.give_back()
    try:
        yield
    finally:
        await place.take_again()
