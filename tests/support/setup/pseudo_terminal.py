"""A program on a terminal, and somebody who reads and types there."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.processes.forked import Forked, forked

SECONDS = 60


class PseudoTerminal:
    """``screen`` is all that was ever shown, without colours; what is typed is shown as the terminal echoes it."""

    def __init__(self, descriptor: int, process: Forked) -> None:
        self._descriptor, self._process = descriptor, process
        self._shown, self._seen = b"", 0
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    @property
    def raw(self) -> str:
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self.raw)

    async def until(self, text: str) -> str:
        """What is shown from the last time on, up to and with ``text``. Raises TimeoutError."""
        async with asyncio.timeout(SECONDS):
            while (at := self.screen.find(text, self._seen)) < 0:
                if self._process.returncode is not None and not self._more.is_set():
                    raise AssertionError(f"it ended without {text!r}:\n{self.screen}")
                self._more.clear()
                await asyncio.wait({asyncio.ensure_future(self._more.wait())}, timeout=1)
        before, self._seen = self._seen, at + len(text)
        return self.screen[before : self._seen]

    def type(self, line: str = "") -> None:
        """And Enter."""
        os.write(self._descriptor, f"{line}\n".encode())

    def press_control(self, letter: str) -> None:
        os.write(self._descriptor, bytes([ord(letter.upper()) - 64]))

    async def ended(self) -> int:
        """The exit code."""
        code = await asyncio.wait_for(self._process.wait(), SECONDS)
        await asyncio.sleep(0)
        return code

    def _read(self) -> None:
        self._shown += os.read(self._descriptor, 65536)
        self._more.set()


@asynccontextmanager
async def on_a_terminal(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path
) -> AsyncIterator[PseudoTerminal]:
    """``checkout-bot`` with these arguments; whatever still runs at the end is killed."""
    master, slave = os.openpty()
    process = await forked(arguments, environment, folder, Path(os.ttyname(slave)), has_terminal=True)
    try:
        yield PseudoTerminal(master, process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        for descriptor in (master, slave):  # a terminal that nobody has open yet would be hung up
            os.close(descriptor)
