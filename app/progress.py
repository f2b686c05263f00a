"""How far a command is, and that it waits, on a terminal where somebody watches."""

import asyncio
import logging
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from app.terminal_language import said_here
from checkout.sentence import Said, t

BAR = 40
SILENT_SECONDS = 1.0  # who hears nothing for longer thinks that it hangs


class Progress:
    """One line on the terminal that is written over; nothing at all where nobody watches, or lines cannot be."""

    def __init__(self) -> None:
        self.is_watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._is_shown = False
        self._silent_since: float | None = None

    def show(self, words: Said) -> None:
        self._write(words)
        self._silent_since = time.monotonic()

    def clear(self) -> None:
        """Before anything else is said."""
        if self._is_shown:
            self._write("")
            self._is_shown = False
        self._silent_since = time.monotonic()

    def pause(self) -> None:
        """While somebody is asked, who may take their time."""
        self.clear()
        self._silent_since = None

    async def count(self) -> None:
        """Says after a second of silence that an answer is waited for, and for how long; until it is canceled."""
        while True:
            await asyncio.sleep(SILENT_SECONDS / 4)
            since, now = self._silent_since, time.monotonic()
            if since is not None and now - since >= SILENT_SECONDS:
                self._write(t("waiting for an answer, {n} s", n=int(now - since)))

    def _write(self, words: Said) -> None:
        if self.is_watched:
            # What is longer than a line could not be written over.
            sys.stderr.write(f"\r\x1b[K{said_here(words)[: shutil.get_terminal_size().columns - 1]}")
            sys.stderr.flush()
            self._is_shown = True


@asynccontextmanager
async def said_when_slow(*, for_a_person: bool = True) -> AsyncIterator[Progress]:
    """Counts the seconds of whatever is done inside. Where standard output is no terminal nobody waits before it; not
    ``for_a_person`` nothing is shown at all."""
    line = Progress()
    line.is_watched = line.is_watched and for_a_person
    line.clear()
    counting = [asyncio.create_task(line.count())] if line.is_watched and sys.stdout.isatty() else []
    try:
        yield line
    finally:
        for task in counting:
            task.cancel()
        await asyncio.gather(*counting, return_exceptions=True)
        line.clear()


@contextmanager
def logged_when_slow(log: logging.Logger, words: str) -> Iterator[None]:
    """As above, once, for what goes on beside the lines of a log."""
    saying = asyncio.get_running_loop().call_later(SILENT_SECONDS, log.info, words)
    try:
        yield
    finally:
        saying.cancel()


def bar(part: float) -> str:
    """``part`` of 1 is done."""
    done = round(part * BAR)
    return f"[{'#' * done}{'.' * (BAR - done)}] {part:4.0%}"
