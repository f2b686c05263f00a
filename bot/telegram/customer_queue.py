"""Updates of one customer, one after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol


class CustomerQueue(Protocol):
    """Updates of one customer are handled one after another, whichever replica they come to."""

    def in_order(self, telegram_user_id: int, update_id: int) -> AbstractAsyncContextManager[None]:
        """Waits until it is this update's turn, which lasts to the end.

        Raises what the database raises when it does not answer.
        """
        ...


@dataclass(slots=True)
class _Lane:
    """asyncio's lock lets waiters in as they came."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class InMemoryCustomerQueue:
    """A lane for each customer: updates run as they arrived."""

    def __init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}

    @asynccontextmanager
    async def in_order(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        lane = self._lanes.setdefault(telegram_user_id, _Lane())
        lane.users += 1
        try:
            async with lane.lock:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[telegram_user_id]
