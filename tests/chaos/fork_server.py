"""Starts the application's processes quickly: they are forked from one that has imported the libraries already.

Each is a process of its own and runs ``checkout-bot serve`` from its first line to its last; only the seconds of
importing are spared. Without it a process that is killed every second would never live.

Run as ``python -m tests.chaos.fork_server``. Reads one JSON object a line: ``{"name", "environment", "folder",
"log"}``. Writes ``{"started", "pid"}`` and ``{"exited", "code"}``. When its input ends it kills what it has started.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import sys
from typing import Any, NoReturn

IMPORTED = (
    "app.commands.serve",
    "app.cli",
    "db.maintenance.migrate",
    "alembic.command",
    "asyncpg",
    "aiosqlite",
    "sqlalchemy.ext.asyncio",
)


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # collections in a child would copy every page that it shares
    exits, exit_signal = os.pipe()
    os.set_blocking(exit_signal, False)
    signal.set_wakeup_fd(exit_signal)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    children: set[int] = set()
    report({"ready": True})
    unread = b""
    while True:
        readable, _, _ = select.select([0, exits], [], [])
        if exits in readable:
            os.read(exits, 1024)
            reap(children)
        if 0 in readable:
            arrived = os.read(0, 65536)
            if not arrived:
                break
            *lines, unread = (unread + arrived).split(b"\n")
            for line in lines:
                start(json.loads(line), children)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start(order: dict[str, Any], children: set[int]) -> None:
    pid = os.fork()
    if pid == 0:
        serve(order)
    children.add(pid)
    report({"started": order["name"], "pid": pid})


def reap(children: set[int]) -> None:
    for pid in list(children):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            children.discard(pid)
            report({"exited": pid, "code": os.waitstatus_to_exitcode(status)})


def serve(order: dict[str, Any]) -> NoReturn:
    """The child: becomes ``checkout-bot serve`` with nothing but its own settings."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    code = 70
    try:
        code = importlib.import_module("app.cli").main(["serve"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def report(what: dict[str, Any]) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
