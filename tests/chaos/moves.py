"""The shop's database is backed up, put back and moved, by the product's own commands and PostgreSQL's."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from db.engine.database_url import parse_database_url
from tests.chaos.processes import Processes
from tests.support.databases import postgres_program
from tests.support.project import ROOT

MAIN = "import sys; from app.cli import main; sys.exit(main())"
COMPANIONS = ("-wal", "-shm")


class CommandFailed(Exception):
    """A command did not end with 0."""


class Moves:
    """The shop's database: where it is, its backup, and where it goes on the way round.

    ``onward`` are databases that are empty, the last of them of the kind that the shop began with.
    """

    def __init__(self, processes: Processes, folder: Path, url: str, onward: Sequence[str]) -> None:
        self.url, self._onward = url, onward
        self._processes, self._folder = processes, folder
        self._environment = processes.environment
        self._backup = folder / "older.copy"

    async def back_up(self) -> None:
        """While the shop is open."""
        if parse_database_url(self.url).file is not None:
            await self._command(sys.executable, "-c", MAIN, "backup", str(self._backup))
        else:
            await self._command(postgres_program("pg_dump"), "--format=custom", f"--file={self._backup}", self.url)

    async def put_back(self) -> None:
        """The shop is not running."""
        file = parse_database_url(self.url).file
        if file is None:
            restore = ("--clean", "--if-exists", "--single-transaction", f"--dbname={self.url}", str(self._backup))
            await self._command(postgres_program("pg_restore"), *restore)
            return
        await asyncio.to_thread(_replace, file, self._backup)

    async def reconcile(self) -> None:
        """Beside the shop; nothing comes of it while Stripe is away."""
        with contextlib.suppress(CommandFailed):
            await self._command(sys.executable, "-c", MAIN, "reconcile")

    async def move_on(self) -> None:
        """The shop is not running."""
        for url in self._onward:
            await self._command(sys.executable, "-c", MAIN, "copy", self.url, url)
            self.url = url
        self._processes.use_database(self.url)

    async def _command(self, *argv: str) -> None:
        """Raises CommandFailed, with what it said, when it does not end with 0."""
        environment = {
            **self._environment,
            "PATH": os.environ["PATH"],
            "DATABASE_URL": self.url,
            "PYTHONPATH": str(ROOT),
        }
        process = await asyncio.create_subprocess_exec(
            *argv, cwd=self._folder, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        if process.returncode:
            raise CommandFailed(f"{argv[-3:]} ended with {process.returncode}: {said.decode(errors='replace')}")


def _replace(file: Path, backup: Path) -> None:
    for companion in COMPANIONS:
        Path(f"{file}{companion}").unlink(missing_ok=True)
    file.write_bytes(backup.read_bytes())
