"""The application's commands in processes of their own, forked from one that has imported the libraries already.

Each runs from its first line to its last with nothing but its own settings; only the seconds of importing are spared,
of which a process that is killed every second would never see the end.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping
from functools import lru_cache, partial
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

IMPORTS = "tests.support.processes.preloaded"


class Forked:
    """As asyncio's Process: ``returncode`` is None while it runs, and below zero for the signal that ended it."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self._process, self.pid = process, process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()

    async def wait(self) -> int:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        # A descriptor of its own: each of several who wait has to hear of the end.
        end = os.dup(self._process.sentinel)
        loop.add_reader(end, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(end)
            os.close(end)
        assert self.returncode is not None
        return self.returncode


async def forked(
    arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path, log: Path, *, has_terminal: bool = False
) -> Forked:
    """``checkout-bot`` with these arguments in ``folder``; what it writes is added to ``log``, which may be a terminal:
    its own then, so that Ctrl-C there reaches it."""
    # The first one waits for the imports, and the stand-ins in this process are not to stand still.
    fork_server = await asyncio.to_thread(_fork_server)
    program = partial(_become, arguments, dict(environment), str(folder), str(log), has_terminal=has_terminal)
    process = fork_server.Process(target=program, daemon=True)
    process.start()
    return Forked(process)


@lru_cache
def _fork_server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([IMPORTS])
    first = context.Process(target=int)
    first.start()
    first.join()
    return context


def _become(
    arguments: tuple[str, ...], environment: dict[str, str], folder: str, log: str, *, has_terminal: bool
) -> None:
    if has_terminal:
        os.setsid()  # the first terminal that is opened from here on is the session's own
    source = os.open(log if has_terminal else os.devnull, os.O_RDONLY)
    target = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for opened, number in ((source, 0), (target, 1), (target, 2)):
        os.dup2(opened, number)
    sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing has given it another one
    sys.stdout.reconfigure(line_buffering=has_terminal)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    from app.cli import main

    raise SystemExit(main(list(arguments)))
