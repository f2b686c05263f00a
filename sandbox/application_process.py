"""The real application as a child process: started, watched, killed and started again."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.base.terminal import say

COMMAND = (sys.executable, "-m", "app.cli", "serve")
KEPT_FROM_OUTSIDE = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "SYSTEMROOT", "NO_COLOR", "TERM")
LAST_LINES = 12
READY_SECONDS = 90.0  # a slow machine imports for a while
STOP_SECONDS = 10.0  # what the application promises to need at most


class ApplicationProcess:
    """Runs `command` with nothing but these settings; `on_change` is told whenever `state` changes."""

    def __init__(
        self,
        settings: Mapping[str, str],
        folder: Path,
        project: Path,
        on_change: Callable[[], None],
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        self.url = settings["PUBLIC_URL"]
        self.phase = "stopped"
        self.exit_code: int | None = None
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        self._command = command
        self._folder = folder  # not the project: a .env lying there must not reach the sandbox
        self._environment = _environment(settings, project)
        self._on_change = on_change
        self._process: Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._restarting = asyncio.Lock()
        self._closed = False

    def state(self) -> dict[str, Any]:
        """For the desk: `phase` is starting, running, stopping or stopped."""
        return {
            "url": self.url, "phase": self.phase, "exit_code": self.exit_code,
            "last_lines": list(self.last_lines) if self.phase == "stopped" else [],
        }  # fmt: skip

    async def start(self) -> bool:
        """Starts it and waits until it is ready; False if it ended instead or took too long."""
        self.last_lines.clear()
        self.exit_code = None
        self._process = await asyncio.create_subprocess_exec(
            *self._command, cwd=self._folder, env=self._environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE, stderr=STDOUT, start_new_session=True,
        )  # fmt: skip
        self._enter("starting")
        self._watcher = asyncio.create_task(self._watch(self._process))
        ready = await self._is_ready(self._process)
        if ready:
            self._enter("running")
        return ready

    async def restart(self) -> None:
        """SIGKILL, as a power cut would, and a new start."""
        async with self._restarting:
            if self._process is not None and self._process.returncode is None:
                self._enter("stopping")
                self._process.kill()
            await self._ended()
            if not self._closed:
                await self.start()

    async def stop(self) -> None:
        """SIGTERM; SIGKILL if it has not ended after ten seconds."""
        self._closed = True
        process = self._process
        if process is not None and process.returncode is None:
            self._enter("stopping")
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                say(f"The application did not end within {STOP_SECONDS:g} s and was killed.")
                process.kill()
        await self._ended()

    async def _ended(self) -> None:
        if self._watcher is not None:
            await self._watcher

    async def _watch(self, process: Process) -> None:
        """Passes its lines on to the terminal until it ends, and says so if nobody asked for it."""
        assert process.stdout is not None
        while line := await _line(process.stdout):
            self.last_lines.append(line)
            say(line)
        self.exit_code = await process.wait()
        asked_for = self.phase == "stopping"
        self._enter("stopped")
        if not asked_for:
            say(f"The application ended with code {self.exit_code}. It can be started again at the desk.")

    async def _is_ready(self, process: Process) -> bool:
        deadline = asyncio.get_running_loop().time() + READY_SECONDS
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while process.returncode is None and asyncio.get_running_loop().time() < deadline:
                if await self._answers(session, "/readyz"):
                    return True
                await asyncio.sleep(0.1)
            return process.returncode is None and await self._answers(session, "/healthz")

    async def _answers(self, session: aiohttp.ClientSession, path: str) -> bool:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with session.get(self.url + path) as response:
                return response.status == 200
        return False

    def _enter(self, phase: str) -> None:
        self.phase = phase
        self._on_change()


def _environment(settings: Mapping[str, str], project: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT_FROM_OUTSIDE if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(project), **settings}


async def _line(stream: asyncio.StreamReader) -> str:
    """The next line that is not empty; "" at the end."""
    while raw := await _raw_line(stream):
        if line := raw.decode(errors="replace").rstrip():
            return line
    return ""


async def _raw_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:  # longer than the buffer: shown in pieces
        return await stream.read(4096) or b"\n"
