"""Who waits before a terminal is told so after a second, by every command that asks somebody else."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import progress
from app.progress import said_when_slow
from db.engine.database_url import parse_database_url
from db.storage import DatabaseStorage, open_database
from tests.support.clock import NOON
from tests.support.payments import keep, one_of_many
from tests.support.processes.commands import environment_of
from tests.support.project import CATALOG_FILE
from tests.support.settings import GOOD_SETTINGS
from tests.support.setup.pseudo_terminal import on_a_terminal
from tests.support.shop import free_port

SERVICES = ("TELEGRAM_API_URL", "STRIPE_API_URL", "RESEND_API_URL")
SQLITE, POSTGRES = "sqlite:///shop.db", "postgresql://shop@127.0.0.1:{port}/shop"
ENGLISH, RUSSIAN = ("C.UTF-8", "waiting for an answer, "), ("ru_RU.UTF-8", "жду ответа, ")


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """The port of somebody who takes every connection, and says nothing."""
    connections = list[asyncio.StreamWriter]()
    server = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for one in connections:
        one.close()


@pytest.mark.parametrize(
    ("command", "database", "spoken"),
    [
        ("setup", SQLITE, RUSSIAN),
        ("doctor", SQLITE, ENGLISH),
        ("reconcile", SQLITE, ENGLISH),
        ("migrate", POSTGRES, ENGLISH),
        ("serve", POSTGRES, RUSSIAN),
        ("serve", SQLITE, ("C.UTF-8", "Telegram has not answered yet: the shop is open, its chat once it has")),
        ("export payments.csv", POSTGRES, ENGLISH),
        ("copy sqlite:///shop.db postgresql://shop@127.0.0.1:{port}/shop", SQLITE, ENGLISH),
    ],
)
async def test_it_counts_the_seconds(
    silent: int, sqlite_file: Path, command: str, database: str, spoken: tuple[str, str]
) -> None:
    lang, words = spoken
    settings = {**GOOD_SETTINGS, "DATABASE_URL": database.format(port=silent), "CATALOG": str(CATALOG_FILE)}
    settings["PORT"] = str(free_port())
    hanging = dict.fromkeys(SERVICES, f"http://127.0.0.1:{silent}")
    environment = {**environment_of({**settings, **hanging}), "LANG": lang, "TERM": "xterm"}
    arguments = tuple(command.format(port=silent).split())
    async with on_a_terminal(arguments, environment, sqlite_file.parent) as terminal:
        await terminal.until(words)


async def test_payments_that_are_written_on_the_screen_have_nothing_between_them(sqlite_file: Path) -> None:
    address = f"sqlite:///{sqlite_file}"
    database = await open_database(parse_database_url(address))
    try:
        await keep(DatabaseStorage(database), *(one_of_many(number, at=NOON) for number in range(120)))
    finally:
        await database.close()
    environment = environment_of({**GOOD_SETTINGS, "DATABASE_URL": address, "CATALOG": str(CATALOG_FILE)})
    async with on_a_terminal(("export", "-"), {**environment, "TERM": "xterm"}, sqlite_file.parent) as terminal:
        await terminal.until(str(one_of_many(119, at=NOON).payment_id))
        assert await terminal.ended() == 0
        lines = terminal.raw.splitlines()
    assert len(lines) == 121
    assert all(line.startswith(f"{NOON:%Y-}") for line in lines[1:])


class Screen(io.StringIO):
    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("out", "err", "for_a_person", "is_told"),
    [(True, True, True, True), (False, True, True, False), (True, False, True, False), (True, True, False, False)],
)
async def test_only_a_person_who_sits_there_is_told(
    monkeypatch: pytest.MonkeyPatch, out: bool, err: bool, for_a_person: bool, is_told: bool
) -> None:
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout", Screen(is_terminal=out))
    screen = Screen(is_terminal=err)
    monkeypatch.setattr("sys.stderr", screen)
    async with said_when_slow(for_a_person=for_a_person) as line:
        await some_turns()
        shown = screen.getvalue()
        line.pause()
        await some_turns()
        paused = screen.getvalue()
    assert ("waiting for an answer, 0 s" in shown) is is_told
    assert screen.getvalue() == paused
    assert paused.endswith("\r\x1b[K" if is_told else "")


async def some_turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
