"""`checkout-bot sandbox`: the real application against the stand-ins, and the desk to play with it."""

import asyncio
import contextlib
import importlib
import io
import os
import re
import signal
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from sandbox.base.terminal import say

PROJECT = Path(__file__).parent.parent
CATALOG = PROJECT / "catalog.toml"
DEFAULT_PORT = 8000
PORTS_TRIED = 50
LIVE_KEY = re.compile(r"\b(?:sk|rk|pk)_live_\w")


async def run(port: int = 0, open_browser: bool = True) -> int:
    """Serves until SIGINT or SIGTERM and returns the exit code; port 0 is 8000 or the next free one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that knows no Cyrillic shows question marks
    if problem := live_key_problem(Path.cwd()) or no_goods_problem():
        return _refuse(problem)
    desk_port = port or free_port(DEFAULT_PORT)
    if not is_free(desk_port):
        return _refuse(f"Port {desk_port} is taken. Choose another one with --port.")
    if not port and desk_port != DEFAULT_PORT:
        say(f"Port {DEFAULT_PORT} is taken, so the desk is at {desk_port}.")
    say("Starting the sandbox ...")
    # The libraries behind it take seconds to import: a mistake is told before, and a signal, which the command line
    # answers until it is heard here, breaks it off.
    serving = importlib.import_module("sandbox.run")
    await serving.serve(desk_port, free_port(desk_port + 1), open_browser, _stop_signal())
    return 0


def live_key_problem(folder: Path) -> str:
    """Why the sandbox does not start: a live key in the environment, in a file it names, or in `.env`; or ""."""
    for name, text in _places(folder):
        if LIVE_KEY.search(text):
            return f"The sandbox refuses to start with a live key: there is one in {name}."
    return ""


def no_goods_problem() -> str:
    """What is installed elsewhere, or lies in an image, has the program alone."""
    if CATALOG.exists():
        return ""
    return "The sandbox sells what lies in the folder that the program came in: run `make run` there."


def _places(folder: Path) -> Iterable[tuple[str, str]]:
    for name, value in os.environ.items():
        yield name, value
        if name.endswith("_FILE") and name.startswith("STRIPE_"):
            yield f"the file that {name} names", _read(Path(value))
    for path in {folder / ".env", PROJECT / ".env"}:
        yield str(path), _read(path)


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


def is_free(port: int) -> bool:
    """Whether one can listen there on 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def free_port(first: int) -> int:
    """The first free port from here on, or any one if there is none nearby."""
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        if is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _refuse(problem: str) -> int:
    sys.stderr.write(problem + "\n")
    return 1
