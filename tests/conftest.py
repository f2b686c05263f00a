"""Fixtures that more than one folder of tests uses."""

import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.maintenance.migrate import migrate
from db.storage import DatabaseStorage, open_database
from tests.support.clock import MovedClock
from tests.support.databases import embedded_postgres, fresh_postgres_database

# How long an example takes is the machine's matter, and the same code is to pass or fail in every run.
# `--hypothesis-profile=search` draws new examples.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", settings.get_profile("search"), derandomize=True)
settings.load_profile("steady")
NUMBERS = itertools.count(1)
MIGRATED: set[str] = set()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with embedded_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> DatabaseUrl:
    """An empty database with the newest schema: everything runs on both."""
    if request.param == "sqlite":
        shutil.copy(await migrated_file(request.getfixturevalue("migrated_folder")), tmp_path / "checkout.db")
        return parse_database_url(f"sqlite:///{tmp_path}/checkout.db")
    return parse_database_url(await migrated_copy(request.getfixturevalue("postgres_url")))


@pytest.fixture
async def sqlite_file(tmp_path: Path, migrated_folder: Path) -> Path:
    """An empty SQLite database with the newest schema, for what only one of the two kinds knows."""
    return Path(shutil.copy(await migrated_file(migrated_folder), tmp_path / "shop.db"))


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("migrated")


async def migrated_file(folder: Path) -> Path:
    """An empty SQLite database with the newest schema, made once."""
    file = folder / "empty.db"
    if not file.exists():
        await migrate(parse_database_url(f"sqlite:///{file}"))
    return file


async def migrated_copy(maintenance_url: str) -> str:
    """A PostgreSQL database with the newest schema: migrated once, copied for every test."""
    if maintenance_url not in MIGRATED:
        await migrate(parse_database_url(await fresh_postgres_database(maintenance_url, "migrated")))
        MIGRATED.add(maintenance_url)
    return await fresh_postgres_database(maintenance_url, f"test_{next(NUMBERS)}", "migrated")


@pytest.fixture
async def database(address: DatabaseUrl) -> AsyncIterator[Database]:
    opened = await open_database(address)
    yield opened
    await opened.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def database_setting(request: pytest.FixtureRequest) -> dict[str, str]:
    """For a whole application: where its database is, on both kinds."""
    if request.param == "sqlite":
        return {}  # the sandbox's own
    return {"DATABASE_URL": await migrated_copy(request.getfixturevalue("postgres_url"))}


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[list[Database]]:
    """What three processes have open at one PostgreSQL."""
    address = parse_database_url(await migrated_copy(postgres_url))
    opened = [await open_database(address) for _ in range(3)]
    yield opened
    for one in opened:
        await one.close()


@pytest.fixture
def storage(database: Database) -> DatabaseStorage:
    return DatabaseStorage(database)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()
