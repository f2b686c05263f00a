"""Waiting for something to become true, with a deadline."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.01  # seconds between two looks: short for a test, nothing for the processor
LONGEST = 60.0  # seconds for what comes at once: on a busy machine that is more than a moment


async def until(look: Callable[[], T | None], timeout: float = LONGEST, what: str = "it") -> T:
    """The first value of `look` that is neither None nor False, within `timeout` seconds.

    Raises TimeoutError, saying `what` was waited for.
    """
    deadline = time.monotonic() + timeout
    while True:
        found = look()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        await asyncio.sleep(PAUSE)
