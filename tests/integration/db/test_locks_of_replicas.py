"""What one replica at a time does: whoever stands still holds up nobody for long, whoever works is left in peace."""

import asyncio
import threading
import time

import pytest

import db.engine.postgres
from db.engine.connection import Database
from db.engine.database_url import parse_database_url
from db.storage import open_database
from tests.support.databases import new_postgres_database
from tests.support.shop import until

NAME = "reconciliation"


@pytest.fixture
async def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Here a second is long."""
    monkeypatch.setitem(db.engine.postgres.SETTINGS, "idle_in_transaction_session_timeout", "1500ms")
    monkeypatch.setattr(db.engine.postgres, "AWAKE_SECONDS", 0.1)
    return await new_postgres_database(postgres_url)


async def can_be_had(database: Database) -> bool:
    async with database.try_lock(NAME) as is_mine:
        return is_mine


async def test_a_replica_that_stands_still_while_it_reconciles_leaves_it_to_another(url: str) -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def stand_still() -> None:
        stopped = await open_database(parse_database_url(url))
        async with stopped.try_lock(NAME) as is_mine:
            assert is_mine
            begun.set()
            assert may_end.wait(30)  # of this thread's loop nothing moves any more, as after SIGSTOP
        await stopped.close()

    standing = asyncio.create_task(asyncio.to_thread(asyncio.run, stand_still()))
    await asyncio.to_thread(begun.wait, 10)
    other = await open_database(parse_database_url(url))
    assert not await can_be_had(other)
    await until(lambda: can_be_had(other), "the other replica to have its turn", 10)
    may_end.set()
    await standing  # it goes on and ends as ever
    assert await can_be_had(other)
    await other.close()


async def test_a_replica_that_takes_long_keeps_its_turn(url: str) -> None:
    working, other = await open_database(parse_database_url(url)), await open_database(parse_database_url(url))
    async with working.try_lock(NAME) as is_mine:
        assert is_mine
        until_then = time.monotonic() + 2.5
        while time.monotonic() < until_then:
            assert not await can_be_had(other)
            await asyncio.sleep(0.1)
    assert await can_be_had(other)
    for database in (working, other):
        await database.close()
