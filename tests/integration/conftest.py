"""What the tests of several subjects begin with."""

import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
import tests.support.processes.handlers_once  # noqa: F401
from checkout import limits
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.storage import DatabaseStorage, open_database
from tests.support.clock import MovedClock
from tests.support.databases import new_postgres_database, new_sqlite_database
from tests.support.fakes import RememberingMails
from tests.support.shop import Shop, running_shop

# The authorities' certificates take 20 ms of CPU to read: once, not for each of two thousand bots.
read_once: Any = cache(ssl.create_default_context)
ssl.create_default_context = read_once


@pytest.fixture
def short_pause_in_chats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instead of Telegram's second between two messages to one person, where much is told."""
    monkeypatch.setattr(limits, "chat_message_pause", lambda: timedelta(seconds=0.05))


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The whole application, on SQLite."""
    async with running_shop() as running:
        yield running


@pytest.fixture
def mails() -> RememberingMails:
    return RememberingMails()


@pytest.fixture(params=["sqlite", "postgres"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """An empty database with the newest schema: everything runs on both."""
    if request.param == "sqlite":
        return await new_sqlite_database(tmp_path / "checkout.db")
    return parse_database_url(await new_postgres_database(request.getfixturevalue("postgres_url")))


@pytest.fixture
async def sqlite_file(tmp_path: Path) -> Path:
    """An empty SQLite database with the newest schema, for what only one of the two kinds knows."""
    await new_sqlite_database(tmp_path / "shop.db")
    return tmp_path / "shop.db"


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def database_setting(request: pytest.FixtureRequest) -> dict[str, str]:
    """For a whole application: where its database is, on both kinds."""
    if request.param == "sqlite":
        return {}  # the sandbox's own
    return {"DATABASE_URL": await new_postgres_database(request.getfixturevalue("postgres_url"))}


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[list[Database]]:
    """What three processes have open at one PostgreSQL."""
    database_url = parse_database_url(await new_postgres_database(postgres_url))
    opened = [await open_database(database_url) for _ in range(3)]
    yield opened
    for one in opened:
        await one.close()


@pytest.fixture
def storage(database: Database) -> DatabaseStorage:
    return DatabaseStorage(database)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()
