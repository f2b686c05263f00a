"""What goes on beside the answers: deliveries and fetches that nobody waits for."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Background:
    """Owns its tasks until they end; `close` ends those that have not."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
