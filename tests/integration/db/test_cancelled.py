"""Whatever is canceled, and wherever: the next transaction works, and the canceled one left everything or nothing."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from db.engine.connection import Change, Database, Fetch, Steps
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query
from db.storage import open_database
from tests.support.faults.cancelling import interrupted
from tests.support.faults.other_process import other_process

WRITE_SQL = "INSERT INTO handled_updates (update_id, handled_at) VALUES ({}, 'now')"
WRITE = Query("write", WRITE_SQL.format(":n"), WRITE_SQL.format("$1"), ("n",))
COUNT_SQL = "SELECT COUNT(*) AS rows FROM handled_updates WHERE update_id IN ({}, {})"
COUNT = Query("count", COUNT_SQL.format(":n", ":m"), COUNT_SQL.format("$1", "$2"), ("n", "m"))
APART = 1_000_000
# Nothing here takes longer on the slowest machine; what is stuck is stuck for ever.
STUCK_SECONDS = 60

Work = Callable[[Database, int], Coroutine[Any, Any, None]]


async def transaction(database: Database, number: int) -> None:
    async with database.begin() as connection:
        await connection.lock("somebody")
        await connection.execute(WRITE, {"n": number})
        await connection.fetch(COUNT, pair(number))
        await connection.execute_many(WRITE, [{"n": number + APART}])


async def failing(database: Database, number: int) -> None:
    """Is rolled back by its own error: that is canceled too."""
    try:
        async with database.begin() as connection:
            await connection.execute(WRITE, {"n": number})
            raise ZeroDivisionError
    except ZeroDivisionError:
        return


async def group(database: Database, number: int) -> None:
    def steps() -> Steps:
        yield Change(WRITE, [{"n": number}])
        yield Fetch(COUNT, pair(number))
        yield Change(WRITE, [{"n": number + APART}])

    await database.run(steps())


async def reading(database: Database, number: int) -> None:
    async with database.read() as connection:
        await connection.fetch(COUNT, pair(number))
        await connection.fetch(COUNT, pair(number))


async def periodic_task(database: Database, number: int) -> None:
    """The lock of one that was canceled is free again once its connection has hung up, a moment later."""
    while True:
        async with database.try_lock("task") as is_mine:
            if is_mine:
                await transaction(database, number)
                return


def pair(number: int) -> dict[str, int]:
    return {"n": number, "m": number + APART}


async def rows_of(database: Database, number: int) -> int:
    async with database.read() as connection:
        (row,) = await connection.fetch(COUNT, pair(number))
        return int(row["rows"])


async def works_all_at_once(database: Database, number: int) -> None:
    """More at a time than there are connections: none of them has been lost."""
    numbers = range(number * 100, number * 100 + 12)
    await asyncio.gather(*(transaction(database, one) for one in numbers), *(reading(database, one) for one in numbers))
    assert [await rows_of(database, one) for one in numbers] == [2] * 12
    await periodic_task(database, number * 100 + 50)


AGAIN = pytest.mark.parametrize(
    "again", [(), (1,), (1, 2), (2, 3)], ids=["once", "and again", "three times", "a little later"]
)


@AGAIN
@pytest.mark.parametrize("work", [transaction, failing, group, reading, periodic_task])
async def test_canceled_at_any_wait_it_left_all_or_nothing_and_the_next_one_works(
    work: Work, again: tuple[int, ...], database: Database
) -> None:
    async with asyncio.timeout(STUCK_SECONDS):
        for wait in itertools.count(1):
            number = 1000 + wait
            was_canceled = await interrupted(work(database, number), wait, *(wait + later for later in again))
            await transaction(database, number + 500)
            assert await rows_of(database, number + 500) == 2
            assert await rows_of(database, number) in (0, 2)
            if not was_canceled:
                break
        # On SQLite a group waits for nobody but other processes: below.
        assert wait > 1 or work is group
        await works_all_at_once(database, 7000)


@AGAIN
@pytest.mark.parametrize("work", [transaction, failing, group, periodic_task])
async def test_the_same_while_another_process_holds_the_lock(
    work: Work, again: tuple[int, ...], sqlite_file: Path
) -> None:
    database = await open_database(parse_database_url(f"sqlite:///{sqlite_file}"))
    with other_process(sqlite_file) as other:
        async with asyncio.timeout(STUCK_SECONDS):
            for wait in range(1, 12):
                number = 1000 + wait
                other.take_lock()
                assert await interrupted(work(database, number), wait, *(wait + later for later in again))
                other.give_back()
                await transaction(database, number + 500)
                assert [await rows_of(database, one) for one in (number, number + 500)] == [0, 2]
            await works_all_at_once(database, 7000)
    await database.close()


async def test_opening_may_be_canceled_at_any_wait(database_url: DatabaseUrl) -> None:
    before = set(threading.enumerate())

    async def open_and_close() -> None:
        database = await open_database(database_url)
        await database.close()

    for wait in itertools.count(1):
        if not await interrupted(open_and_close(), wait):
            break
    assert wait > 1
    for thread in set(threading.enumerate()) - before:
        # One that is left would keep the process from ending. What closes the last may be at it still, on this loop.
        await asyncio.to_thread(thread.join, STUCK_SECONDS)
        assert not thread.is_alive()
