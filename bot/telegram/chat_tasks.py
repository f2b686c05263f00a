"""Long work that goes on after its command was answered, so that the next command does not wait for it."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from bot.telegram.errors import where_it_failed
from checkout.errors import ServiceError

log = logging.getLogger(__name__)


class ChatTasks:
    """One at a time for each chat. They end with the process: what was begun is asked for again then."""

    def __init__(self) -> None:
        self._running: dict[int, asyncio.Task[None]] = {}

    def start(self, chat_id: int, work: Coroutine[Any, Any, None]) -> None:
        """To be asked only where none is running for this chat."""
        task = asyncio.create_task(work, name="a chat task")
        self._running[chat_id] = task
        task.add_done_callback(lambda done: self._ended(chat_id, done))

    def is_running(self, chat_id: int) -> bool:
        return chat_id in self._running

    async def done(self) -> None:
        """Returns when those that run now have ended, well or not."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def stop(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await self.done()

    def _ended(self, chat_id: int, task: "asyncio.Task[None]") -> None:
        self._running.pop(chat_id, None)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, ServiceError):
            log.warning("a chat task ended early: %s", error)
        else:
            log.error("a chat task failed: %s", where_it_failed(error))
