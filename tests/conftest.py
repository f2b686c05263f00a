"""Fixtures that more than one folder of tests uses."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from db.address import DatabaseAddress, parse_address
from db.connection import Database
from db.migrate import migrate
from db.storage import DatabaseStorage, open_database
from tests.clock import MovedClock
from tests.databases import embedded_postgres, fresh_postgres_database

NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with embedded_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseAddress:
    """An empty database with the newest schema: everything runs on both."""
    if request.param == "sqlite":
        found = parse_address(f"sqlite:///{tmp_path}/checkout.db")
    else:
        url = await fresh_postgres_database(request.getfixturevalue("postgres_url"), f"test_{next(NUMBERS)}")
        found = parse_address(url)
    await migrate(found)
    return found


@pytest.fixture
async def database(address: DatabaseAddress) -> AsyncIterator[Database]:
    opened = await open_database(address)
    yield opened
    await opened.close()


@pytest.fixture
def storage(database: Database) -> DatabaseStorage:
    return DatabaseStorage(database)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()
