"""Another process at the same SQLite file: it takes the lock and gives it back when a test says so."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OBEY = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
for statement in sys.stdin:
    connection.execute(statement)
    print("done", flush=True)
"""


class OtherProcess:
    """Whoever writes to the database waits from ``take_lock`` until ``give_back``."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def take_lock(self) -> None:
        self._run("BEGIN IMMEDIATE")

    def give_back(self) -> None:
        self._run("ROLLBACK")

    def _run(self, statement: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(statement + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"


@contextmanager
def other_process(file: Path) -> Iterator[OtherProcess]:
    command = [sys.executable, "-c", OBEY, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield OtherProcess(process)
        finally:
            process.kill()
