"""The application's processes: started, killed without warning, started again, and asked to end."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.project import ROOT
from tests.support.shop import until

READY_SECONDS = 60.0
END_SECONDS = 10.0  # what the application promises to need at most


class Processes:
    """One process for each of ``environments``. What ends without being asked to is started again, and noted.

    ``kills`` holds instants in seconds since the epoch.
    """

    def __init__(self, environments: Sequence[Mapping[str, str]], folder: Path) -> None:
        self.log = folder / "processes.log"
        self.kills: list[float] = []
        self.starts = 0
        self.ended_by_itself: list[int] = []
        self._environments, self._folder = environments, folder
        self._pids: dict[int, int] = {}  # by the number of its environment
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._starting: dict[str, asyncio.Future[int]] = {}
        self._expected: set[int] = set()
        self._fork_server: asyncio.subprocess.Process | None = None
        self._ready: asyncio.Future[bool] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        return len(self._environments)

    async def open(self) -> None:
        """Starts the fork server and every process, and waits until all are ready."""
        self._ready = asyncio.get_running_loop().create_future()
        self._fork_server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.chaos.fork_server",
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._spawn(self._listen(self._fork_server))
        await asyncio.wait_for(self._ready, READY_SECONDS)
        await self.start_all()

    async def start_all(self) -> None:
        """Starts what is not running; returns when all are ready."""
        for number in range(len(self._environments)):
            if number not in self._pids:
                await self._start(number)
        await self.until_ready()

    async def until_ready(self) -> None:
        """Raises TimeoutError."""
        async with aiohttp.ClientSession() as http:
            for environment in self._environments:
                url = f"http://127.0.0.1:{environment['PORT']}/healthz"
                await until(lambda url=url: _answers(http, url), f"{url} to answer", READY_SECONDS, 0.05)  # type: ignore[misc]

    async def kill_one(self, dice: random.Random) -> None:
        """SIGKILL for one that runs, in whatever it is doing; it is started again at once."""
        running = sorted(self._pids)
        if running:
            await self._kill(dice.choice(running))

    async def kill_all(self) -> None:
        for number in sorted(self._pids):
            await self._kill(number)

    async def stop_all(self) -> list[int]:
        """SIGTERM for all; their exit codes, -9 for one that had to be killed after ten seconds."""
        pids = list(self._pids.values())
        self._pids.clear()
        self._expected.update(pids)
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        return list(await asyncio.gather(*(self._end(pid) for pid in pids)))

    async def close(self) -> None:
        """Ends everything that was started here."""
        self._expected.update(self._pids.values())
        if self._fork_server is not None and self._fork_server.stdin is not None:
            self._fork_server.stdin.close()
            await asyncio.wait_for(self._fork_server.wait(), END_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _kill(self, number: int) -> None:
        pid = self._pids.pop(number)
        self._expected.add(pid)
        self.kills.append(time.time())
        os.kill(pid, signal.SIGKILL)
        await self._exits[pid]
        await self._start(number)

    async def _end(self, pid: int) -> int:
        try:
            return await asyncio.wait_for(asyncio.shield(self._exits[pid]), END_SECONDS)
        except TimeoutError:
            os.kill(pid, signal.SIGKILL)
            return await self._exits[pid]

    async def _start(self, number: int) -> None:
        self.starts += 1
        name = f"{number}/{self.starts}"
        started = self._starting[name] = asyncio.get_running_loop().create_future()
        order = {
            "name": name,
            "environment": dict(self._environments[number]),
            "folder": str(self._folder),
            "log": str(self.log),
        }
        assert self._fork_server is not None
        assert self._fork_server.stdin is not None
        self._fork_server.stdin.write(json.dumps(order).encode() + b"\n")
        self._pids[number] = await started

    async def _listen(self, fork_server: asyncio.subprocess.Process) -> None:
        assert fork_server.stdout is not None
        async for line in fork_server.stdout:
            self._on_report(json.loads(line))

    def _on_report(self, report: dict[str, Any]) -> None:
        if "started" in report:
            self._exits[report["pid"]] = asyncio.get_running_loop().create_future()
            self._starting.pop(report["started"]).set_result(report["pid"])
        elif "exited" in report:
            self._exits[report["exited"]].set_result(report["code"])
            self._on_exit(report["exited"], report["code"])
        elif self._ready is not None:
            self._ready.set_result(True)

    def _on_exit(self, pid: int, code: int) -> None:
        if pid in self._expected:
            return
        self.ended_by_itself.append(code)
        for number in [number for number, known in self._pids.items() if known == pid]:
            del self._pids[number]
            self._spawn(self._start(number))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    return False
