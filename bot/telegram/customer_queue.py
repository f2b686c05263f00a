"""Updates of one customer, one after another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol


class CustomerQueue(Protocol):
    """Updates of one customer are handled one after another, whichever replica they come to."""

    def in_order(self, telegram_user_id: int, update_id: int) -> AbstractAsyncContextManager[None]:
        """Waits until no earlier update of the customer is left; those behind wait until the block ends.

        Raises what the database raises when it does not answer.
        """
        ...


@dataclass(slots=True)
class _Waiting:
    """One customer's updates: asyncio's lock lets them in as they came."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    updates: int = 0


class InMemoryCustomerQueue:
    """A lock for each customer: updates run as they arrived."""

    def __init__(self) -> None:
        self._customers: dict[int, _Waiting] = {}

    @asynccontextmanager
    async def in_order(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        waiting = self._customers.setdefault(telegram_user_id, _Waiting())
        waiting.updates += 1
        try:
            async with waiting.lock:
                yield
        finally:
            waiting.updates -= 1
            if not waiting.updates:
                del self._customers[telegram_user_id]
