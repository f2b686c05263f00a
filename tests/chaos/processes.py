"""The application's processes: started, killed without warning, started again, and asked to end."""

import asyncio
import contextlib
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.support.processes.forked import Forked, forked
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
        self._running: dict[int, Forked] = {}  # by the number of its environment
        self._watches: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        return len(self._environments)

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the first."""
        return self._environments[0]

    def use_database(self, url: str) -> None:
        """From the next start on."""
        self._environments = [{**one, "DATABASE_URL": url} for one in self._environments]

    async def start_all(self) -> None:
        """Starts what is not running; returns when all are ready."""
        for number in range(len(self._environments)):
            if number not in self._running:
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
        if self._running:
            await self._kill(dice.choice(sorted(self._running)))

    async def kill_all(self) -> None:
        for number in sorted(self._running):
            await self._kill(number)

    async def cut_off_all(self) -> None:
        """SIGKILL for all; none is started again."""
        ending = list(self._running.values())
        self._running.clear()
        self.kills += [time.time()] * len(ending)
        for process in ending:
            process.kill()
            await process.wait()

    async def stop_all(self) -> list[int]:
        """SIGTERM for all; their exit codes, -9 for one that had to be killed after ten seconds."""
        ending = list(self._running.values())
        self._running.clear()
        for process in ending:
            process.terminate()
        return list(await asyncio.gather(*map(_end, ending)))

    async def close(self) -> None:
        """Ends everything that was started here."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        for process in self._running.values():
            process.kill()
            await process.wait()

    async def _kill(self, number: int) -> None:
        process = self._running.pop(number)
        self.kills.append(time.time())
        process.kill()
        await process.wait()
        await self._start(number)

    async def _start(self, number: int) -> None:
        self.starts += 1
        process = await forked(("serve",), self._environments[number], self._folder, self.log)
        self._running[number] = process
        watch = asyncio.create_task(self._watch(number, process))
        self._watches.add(watch)
        watch.add_done_callback(self._watches.discard)

    async def _watch(self, number: int, process: Forked) -> None:
        code = await process.wait()
        if self._running.get(number) is process:
            self.ended_by_itself.append(code)
            del self._running[number]
            await self._start(number)


async def _end(process: Forked) -> int:
    try:
        return await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        return await process.wait()


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    return False
