"""Tasks that live as long as the process."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from checkout.errors import CheckoutError

log = logging.getLogger(__name__)


@dataclass
class Background:
    """Tasks that end with the process; one that dies unexpectedly is told of and ends the process."""

    failed: asyncio.Event
    tasks: list[asyncio.Task[None]]

    @classmethod
    def new(cls) -> "Background":
        return cls(asyncio.Event(), [])

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self.tasks.append(task)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            # One of ours says in its own words what to mend; anything else needs its traceback.
            ours = isinstance(error, CheckoutError)
            log.error("%s has ended: %s", task.get_name(), error, exc_info=None if ours else error)
            self.failed.set()

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
