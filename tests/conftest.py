"""Fixtures that more than one folder of tests uses."""

import gc
import signal
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.storage import DatabaseStorage, open_database
from tests.support.clock import MovedClock
from tests.support.databases import embedded_postgres, new_postgres_database, new_sqlite_database

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in a shell's background, where Ctrl-C is ignored: what is started here would inherit that, and not end.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The authorities' certificates take 20 ms of CPU to read: once, not for each of two thousand bots.
read_once: Any = cache(ssl.create_default_context)
ssl.create_default_context = read_once

# How long an example takes is the machine's matter, and the same code is to pass or fail in every run.
# `--hypothesis-profile=search` draws new examples.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
settings.load_profile("steady")

SELDOM = 10_000, 10, 10  # how many new objects, and collections of the younger, until the next


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays to the end: looked through again and again, it took a quarter of the CPU."""
    gc.disable()
    yield
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(*SELDOM)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with embedded_postgres() as url:
        yield url


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
