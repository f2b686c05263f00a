"""Cancels work while it waits for the n-th time, whatever it waits for there: each of its await points in turn."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any


class Interrupted:
    """Awaits ``work``; its task is canceled at each of the waits numbered in ``at``, the first being 1.

    ``waits`` tells how often it has waited.
    """

    def __init__(self, work: Coroutine[Any, Any, Any], *at: int) -> None:
        self._work, self._at = work, at
        self.waits = 0

    def __await__(self) -> Generator[Any, None, None]:
        error: BaseException | None = None
        while True:
            try:
                waiting_for = self._work.throw(error) if error else self._work.send(None)
            except StopIteration:
                return
            self.waits += 1
            if self.waits in self._at:
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                yield waiting_for
                error = None
            except BaseException as raised:  # noqa: BLE001 -- handed to the work, as the task would
                error = raised


async def interrupted(work: Coroutine[Any, Any, Any], *at: int) -> bool:
    """Runs ``work`` and cancels it at the given waits. False when it ended before the first of them."""

    async def running() -> Interrupted:
        inside = Interrupted(work, *at)
        await inside
        return inside

    task = asyncio.create_task(running())
    try:
        return (await task).waits >= at[0]
    except asyncio.CancelledError:
        return True
