"""Whose turn it is, where one process has all the updates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Lane:
    """asyncio's lock lets waiters in as they came."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class LocalTurns:
    """A lane for each customer: updates run as they arrived."""

    def __init__(self) -> None:
        self._lanes: dict[int, _Lane] = {}

    @asynccontextmanager
    async def turn_of(self, telegram_user_id: int, update_id: int) -> AsyncIterator[None]:
        lane = self._lanes.setdefault(telegram_user_id, _Lane())
        lane.users += 1
        try:
            async with lane.lock:
                yield
        finally:
            lane.users -= 1
            if not lane.users:
                del self._lanes[telegram_user_id]
