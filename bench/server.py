"""Starts the real application, and the yardstick, as processes of their own."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.events import SECRET
from sandbox.environment import Sandbox

PROJECT = Path(__file__).parent.parent


@asynccontextmanager
async def child(
    arguments: list[str], environment: dict[str, str], url: str, log: Path | None = None
) -> AsyncIterator[int]:
    """A child process, from the first answer of ``url`` to SIGTERM; yields its process id. Its errors go to ``log``."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    with log.open("wb") if log else contextlib.nullcontext() as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            env={**inherited, **environment},
            cwd=PROJECT,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
        )
    try:
        await _answers(url, process)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _answers(url: str, process: asyncio.subprocess.Process) -> None:
    async with aiohttp.ClientSession() as http:
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(url) as response:
                    if response.status in (200, 404):
                        return
            await asyncio.sleep(0.1)
    raise RuntimeError(f"the process ended with {process.returncode}")


@asynccontextmanager
async def bare(port: int) -> AsyncIterator[int]:
    async with child(["-m", "bench.bare", str(port)], {}, f"http://127.0.0.1:{port}/") as pid:
        yield pid


@asynccontextmanager
async def application(sandbox: Sandbox, port: int, **changes: str) -> AsyncIterator[int]:
    async with logging_application(sandbox, port, None, {"LOG_LEVEL": "ERROR", **changes}) as pid:
        yield pid


@asynccontextmanager
async def logging_application(
    sandbox: Sandbox, port: int, log: Path | None, changes: Mapping[str, str]
) -> AsyncIterator[int]:
    environment = {**sandbox.settings(port), "STRIPE_WEBHOOK_SECRET": SECRET, **changes}
    async with child(["-m", "app.cli", "serve"], environment, f"http://127.0.0.1:{port}/readyz", log) as pid:
        yield pid


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_megabytes(pid: int) -> float:
    """The memory a process holds now, from Linux's /proc."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system has no /proc")


def cpu_seconds(pid: int) -> float:
    """What a process has used in all its threads, to the nanosecond, by Linux's clock of another process."""
    return time.clock_gettime(~pid << 3 | 2)  # clock_getcpuclockid(3), which Python does not offer for processes
