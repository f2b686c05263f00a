"""Places for handlers: whoever waits for Telegram gives theirs to somebody else meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class _Place:
    free: asyncio.Semaphore
    # What a handler has started goes on in the same context, and has no place to give.
    owner: "asyncio.Task[object] | None"
    is_held: bool = True

    def give_back(self) -> None:
        self.is_held = False
        self.free.release()

    async def take_again(self) -> None:
        await self.free.acquire()
        self.is_held = True


_MINE: ContextVar[_Place | None] = ContextVar("place", default=None)


class Places:
    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

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
