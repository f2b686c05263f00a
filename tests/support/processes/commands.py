"""The real commands in processes of their own, before stand-ins that outlive them."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.environment import Sandbox
from tests.support.clock import MovedClock
from tests.support.processes.forked import Forked, forked
from tests.support.project import ROOT
from tests.support.shop import Shop, until


@asynccontextmanager
async def shop_without_server(port: int) -> AsyncIterator[Shop]:
    """The stand-ins, for a server that a test starts and kills itself."""
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.register_webhooks(port)
        yield Shop(sandbox, f"http://127.0.0.1:{port}", http, MovedClock(None))


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the tests' own environment but where programs are found."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings}


async def start_server(settings: Mapping[str, str], folder: Path, log: Path) -> Forked:
    """``checkout-bot serve``, once it is ready. Raises RuntimeError if it ends before."""
    process = await forked(("serve",), environment_of(settings), folder, log)
    async with aiohttp.ClientSession() as http:

        async def ready() -> bool:
            if process.returncode is not None:
                raise RuntimeError(f"the application ended; see {log}")
            return await is_ready(http, int(settings["PORT"]))

        try:
            await until(ready, "the application to be ready", seconds=60)
        except TimeoutError:
            process.kill()
            raise
    return process


async def is_ready(http: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def end_server(process: Forked) -> None:
    """As on SIGTERM: it ends with 0 within ten seconds."""
    if process.returncode is None:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0


async def run_command(arguments: tuple[str, ...], settings: Mapping[str, str], folder: Path) -> tuple[int, str]:
    """Any other command beside the application: its exit code and what it wrote."""
    with tempfile.NamedTemporaryFile() as output:
        process = await forked(arguments, environment_of(settings), folder, Path(output.name))
        code = await asyncio.wait_for(process.wait(), 60)
        return code, output.read().decode()
