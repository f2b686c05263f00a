"""The SQLite file is removed or replaced under a shop that runs: what it wrote then would be found by nobody."""

import asyncio
import errno
import shutil
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from unittest.mock import Mock

import pytest

from app.runtime.readiness import Readiness
from checkout.errors import DatabaseAway, ServiceUnavailable
from db.engine.connection import Fetch, Steps
from db.engine.database_url import parse_database_url
from db.engine.sqlite import SqliteDatabase
from db.maintenance.health import SQL, Newest, newest, prove_writing, schema_revision
from db.maintenance.migrate import migrate
from tests.support.clock import MovedClock


def removed(file: Path) -> None:
    file.unlink()


def renamed(file: Path) -> None:
    file.rename(file.with_suffix(".old"))


def replaced(file: Path) -> None:
    shutil.copy(file, file.with_suffix(".new"))
    file.with_suffix(".new").replace(file)


def a_folder_away(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))


def leads_elsewhere(file: Path) -> None:
    shutil.copy(file, file.with_suffix(".new"))
    file.unlink()
    file.symlink_to(file.with_suffix(".new"))


def a_wrong_schema(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_master SET sql = 'CREATE nothing' WHERE name = 'payments'")
        connection.commit()


def pages_of_another(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + bytes(len(whole) - 4096))


MOVES = [removed, renamed, replaced, a_folder_away, leads_elsewhere]


@pytest.fixture
def file(tmp_path: Path, sqlite_file: Path) -> Path:
    """In a folder of its own, that can be moved too."""
    (tmp_path / "data").mkdir()
    return Path(shutil.copy(sqlite_file, tmp_path / "data" / "shop.db"))


@pytest.fixture
async def database(file: Path) -> AsyncIterator[SqliteDatabase]:
    opened = await SqliteDatabase.open(file)
    yield opened
    await opened.close()


def a_group() -> Steps:
    yield Fetch(SQL["revision"], {})


@pytest.mark.parametrize("moved", MOVES)
async def test_nothing_is_written_where_nobody_finds_it(
    moved: Callable[[Path], None], file: Path, database: SqliteDatabase, clock: MovedClock
) -> None:
    await prove_writing(database, clock.now())
    await database.run(a_group())
    moved(file)
    for write in (prove_writing(database, clock.now()), database.run(a_group())):
        with pytest.raises(DatabaseAway, match=r"shop\.db was removed or replaced while it was open"):
            await write
    assert await schema_revision(database), "pages can be shown still"
    assert "was removed or replaced" in (await Readiness(database, clock)())["database"]


async def test_back_in_its_place_it_is_written_again(file: Path, database: SqliteDatabase, clock: MovedClock) -> None:
    renamed(file)
    with pytest.raises(DatabaseAway):
        await prove_writing(database, clock.now())
    file.with_suffix(".old").rename(file)
    await prove_writing(database, clock.now())
    await database.run(a_group())


def a_backup_over_it(file: Path) -> None:
    """As `checkout-bot backup` makes one."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(file.with_suffix(".backup")),))
    shutil.copyfile(file.with_suffix(".backup"), file)


def nothing_yet(file: Path) -> None:
    """The copy is on its way."""
    file.write_bytes(b"")


@pytest.mark.parametrize("overwritten", [a_backup_over_it, nothing_yet])
async def test_a_copy_that_is_put_over_an_open_file_is_not_written_into(
    overwritten: Callable[[Path], None], file: Path, database: SqliteDatabase, clock: MovedClock
) -> None:
    await prove_writing(database, clock.now())
    overwritten(file)
    for write in (prove_writing(database, clock.now()), database.run(a_group()), newest(database, Newest())):
        with pytest.raises(DatabaseAway, match=r"shop\.db was overwritten while it was open"):
            await write


async def test_others_that_write_and_tidy_up_in_an_open_file_overwrite_nothing(
    file: Path, database: SqliteDatabase, clock: MovedClock
) -> None:
    for statement in ("CREATE TABLE more (one TEXT)", "DROP TABLE more", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
        await prove_writing(database, clock.now())
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(statement)
    await prove_writing(database, clock.now())


TIDIES_UP = "import sqlite3, sys; one = sqlite3.connect(sys.argv[1]); one.execute('PRAGMA user_version'); one.close()"


async def test_a_program_that_looks_at_its_own_file_keeps_its_locks(
    file: Path, database: SqliteDatabase, clock: MovedClock
) -> None:
    await prove_writing(database, clock.now())
    await (await SqliteDatabase.open(file)).close()
    other = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", TIDIES_UP, str(file))
    assert await other.wait() == 0
    assert file.with_name("shop.db-wal").exists(), "what the shop writes from now on would be lost"


async def test_where_the_last_descriptor_is_missing_no_thread_is_left(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One would keep the process from ending."""
    before = set(threading.enumerate())
    monkeypatch.setattr("db.engine.sqlite.OpenedFile", Mock(side_effect=OSError(errno.EMFILE, "Too many open files")))
    with pytest.raises(OSError, match="Too many"):
        await SqliteDatabase.open(file)
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join, 10)
        assert not thread.is_alive()


async def test_a_file_that_is_damaged_while_it_is_open_is_a_database_that_is_away(
    file: Path, database: SqliteDatabase, clock: MovedClock
) -> None:
    pages_of_another(file)
    with pytest.raises(DatabaseAway, match="malformed"):
        await prove_writing(database, clock.now())


@pytest.mark.parametrize("damage", [a_wrong_schema, pages_of_another])
async def test_a_damaged_file_at_the_start_names_what_damages_a_restored_one(
    damage: Callable[[Path], None], file: Path
) -> None:
    damage(file)
    with pytest.raises(ServiceUnavailable, match=r"malformed.*once the old FILE, FILE-wal and FILE-shm are away"):
        await migrate(parse_database_url(f"sqlite:///{file}"))
