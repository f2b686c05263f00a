"""PostgreSQL as others have set it up: their defaults, their locks, and what they do to it while a shop is open."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.runtime.readiness import Readiness
from checkout.errors import DatabaseAway
from db.copying.copy_database import copy_database
from db.engine.connection import Connection, Database, Fetch, Steps
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query
from db.maintenance.migrate import migrate
from db.storage import open_database
from tests.support.clock import MovedClock
from tests.support.databases import fresh_postgres_database, run
from tests.support.shop import until

NAMES = itertools.count(1)
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'lodger'"
HELD_BACK = "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = 'lodger' AND backend_xmin IS NOT NULL"
COUNT = Query("asked by a test", "", "SELECT COUNT(*) AS marks FROM marks", ())
ADD = Query("written by a test", "", "INSERT INTO marks VALUES (gen_random_uuid()::text, '', '')", ())


@pytest.fixture
async def landlord(postgres_url: str) -> AsyncIterator[DatabaseUrl]:
    """The server's administrator, at the maintenance database."""
    address = parse_database_url(postgres_url)
    await run(address, "CREATE ROLE lodger LOGIN")
    yield address
    await run(address, "DROP ROLE lodger")


@pytest.fixture
async def home(landlord: DatabaseUrl, postgres_url: str) -> AsyncIterator[DatabaseUrl]:
    """A shop's database, which the landlord has called ``home`` and owns; the lodger only lives in it."""
    name = f"home_{next(NAMES)}"
    url = await fresh_postgres_database(postgres_url, name)
    await migrate(parse_database_url(url))
    await run(parse_database_url(url), "GRANT ALL ON ALL TABLES IN SCHEMA public TO lodger")
    yield parse_database_url(url.replace("postgres:@", "lodger:@"))
    await run(landlord, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def name_of(address: DatabaseUrl) -> str:
    return str(address.shown).split()[1]


def as_landlord(address: DatabaseUrl) -> DatabaseUrl:
    return parse_database_url(address.url.replace("lodger:@", "postgres:@"))


async def counted(connection: Connection) -> int:
    return int((await connection.fetch(COUNT, {}))[0]["marks"])


@pytest.mark.parametrize("level", ["repeatable read", "serializable"])
async def test_what_is_read_behind_a_lock_is_the_newest_whatever_the_servers_default(
    landlord: DatabaseUrl, home: DatabaseUrl, level: str
) -> None:
    await run(landlord, f"ALTER DATABASE {name_of(home)} SET default_transaction_isolation = '{level}'")
    one, other = await open_database(home), await open_database(home)
    seen = []

    async def counts_behind_the_lock() -> None:
        async with other.begin() as connection:
            await connection.lock("recording")
            seen.append(await counted(connection))

    def counts_in_a_group() -> Steps:
        rows = yield Fetch(COUNT, {})
        seen.append(int(rows[0]["marks"]))

    async with one.begin() as connection:
        await connection.lock("recording")
        waiting = [asyncio.create_task(counts_behind_the_lock()), asyncio.create_task(other.run(counts_in_a_group()))]
        await until(lambda: wait_in_line(home, 2), "both to wait for the lock")
        await connection.execute(ADD, {})
    await asyncio.gather(*waiting)
    assert seen == [1, 1]
    async with other.try_lock("for minutes"):
        assert await asked_of(home, HELD_BACK) == 0, "VACUUM and new indexes would wait for it"
    for database in (one, other):
        await database.close()


async def asked_of(home: DatabaseUrl, question: str) -> int:
    raw = await asyncpg.connect(as_landlord(home).url)
    answer = await raw.fetchval(question)
    await raw.close()
    return int(answer)


async def wait_in_line(home: DatabaseUrl, number: int) -> bool:
    return await asked_of(home, "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == number


async def works(database: Database) -> bool:
    try:
        async with database.begin() as connection:
            await connection.execute(ADD, {})
    except DatabaseAway:
        return False
    return True


# What is done to the shop's database, and how it ends.
DONE = {
    "the role may not log in": ("ALTER ROLE lodger NOLOGIN", "ALTER ROLE lodger LOGIN"),
    "the role may have no connection": (
        "ALTER ROLE lodger CONNECTION LIMIT 0",
        "ALTER ROLE lodger CONNECTION LIMIT -1",
    ),
    "the database takes nobody": (
        "ALTER DATABASE {} ALLOW_CONNECTIONS false",
        "ALTER DATABASE {} ALLOW_CONNECTIONS true",
    ),
    "the database has no place": ("ALTER DATABASE {} CONNECTION LIMIT 0", "ALTER DATABASE {} CONNECTION LIMIT -1"),
    "the database has another name": ("ALTER DATABASE {} RENAME TO elsewhere", "ALTER DATABASE elsewhere RENAME TO {}"),
    "nobody may connect": ("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", "GRANT CONNECT ON DATABASE {} TO PUBLIC"),
}


@pytest.mark.parametrize("done", DONE)
async def test_a_database_that_is_closed_to_the_shop_for_a_while_is_away(
    landlord: DatabaseUrl, home: DatabaseUrl, done: str
) -> None:
    begins, ends = DONE[done]
    database = await open_database(home)
    ready = Readiness(database, MovedClock())
    assert await works(database)
    await run(landlord, CUT)
    await run(landlord, begins.format(name_of(home)))
    try:
        await until(lambda: is_away(database), "the shop to notice")
        assert (await ready())["database"].startswith("cannot be used")
        with pytest.raises(DatabaseAway, match=r"\(\w+: .*(lodger|home_)"):
            await open_database(home)
        with pytest.raises(DatabaseAway):
            async with database.try_lock("closing links"):
                pytest.fail("nobody can have it")
    finally:
        await run(landlord, ends.format(name_of(home)))
    assert await works(database)
    assert set((await ready()).values()) == {"ok"}
    await database.close()


async def is_away(database: Database) -> bool:
    return not await works(database)


async def test_a_database_that_may_not_be_written_for_a_while_is_away(home: DatabaseUrl) -> None:
    """Some hosters do so where a quota is used up."""
    database = await open_database(home)
    ready = Readiness(database, MovedClock())
    assert await works(database)
    await run(as_landlord(home), "REVOKE INSERT ON ALL TABLES IN SCHEMA public FROM lodger")
    assert not await works(database)
    assert (await ready())["database"].startswith("cannot be used")
    await run(as_landlord(home), "GRANT INSERT ON ALL TABLES IN SCHEMA public TO lodger")
    assert await works(database)
    await database.close()


async def test_a_table_that_somebody_locks_for_long_is_waited_for_as_long_as_the_role_may(
    landlord: DatabaseUrl, home: DatabaseUrl
) -> None:
    await run(landlord, "ALTER ROLE lodger SET lock_timeout = '200ms'")
    database = await open_database(home)
    somebody = await asyncpg.connect(as_landlord(home).url)
    async with somebody.transaction():
        await somebody.execute("LOCK TABLE marks IN ACCESS EXCLUSIVE MODE")
        assert not await works(database)
        with pytest.raises(DatabaseAway):
            async with database.read() as connection:
                await counted(connection)
    assert await works(database)
    await somebody.close()
    await database.close()


@pytest.mark.parametrize("is_target", [False, True])
async def test_a_copy_takes_longer_than_a_transaction_may_be_idle(
    landlord: DatabaseUrl, home: DatabaseUrl, tmp_path: Path, is_target: bool
) -> None:
    await run(landlord, f"ALTER DATABASE {name_of(home)} SET idle_in_transaction_session_timeout = '100ms'")
    file = parse_database_url(f"sqlite:///{tmp_path}/shop.db")
    await migrate(file)
    old, new = (file, as_landlord(home)) if is_target else (as_landlord(home), file)
    await run(old, "INSERT INTO marks VALUES ('one', '', '')")
    copied = await copy_database(old, new, lambda part, what: time.sleep(0.2))
    assert copied.rows["marks"] == 1


# As a hoster's pooler says that it has no place.
POOLER = """CREATE FUNCTION as_a_pooler() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
IF session_user = 'lodger' AND {} < (SELECT COUNT(*) FROM pg_stat_activity WHERE usename = 'lodger') THEN
RAISE EXCEPTION 'MaxClientsInSessionMode: max clients reached' USING ERRCODE = 'XX000'; END IF; END $$;
CREATE EVENT TRIGGER at_the_door ON login EXECUTE FUNCTION as_a_pooler()"""
LET_IN = "DROP EVENT TRIGGER at_the_door; DROP FUNCTION as_a_pooler"


async def let_in(landlord: DatabaseUrl, home: DatabaseUrl, places: int, by_a_pooler: bool) -> None:
    if by_a_pooler:
        await run(as_landlord(home), POOLER.format(places))
    else:
        await run(landlord, f"ALTER ROLE lodger CONNECTION LIMIT {places}")


@pytest.mark.parametrize("by_a_pooler", [False, True])
@pytest.mark.parametrize("places", [2, 4])
async def test_a_server_with_few_places_serves_everybody_by_those_it_has(
    landlord: DatabaseUrl, home: DatabaseUrl, places: int, by_a_pooler: bool
) -> None:
    await let_in(landlord, home, places, by_a_pooler)
    database = await open_database(home)
    assert await asyncio.gather(*(works(database) for _ in range(20))) == [True] * 20
    seen = []

    def counts_in_a_group() -> Steps:
        rows = yield Fetch(COUNT, {})
        seen.append(int(rows[0]["marks"]))

    # The pool has taken them all by now; groups of webhooks have a connection of their own.
    await database.run(counts_in_a_group())
    assert seen == [20]
    if places > 2:
        async with database.try_lock("reconciliation") as is_mine:
            assert is_mine
            assert await asyncio.gather(*(works(database) for _ in range(20))) == [True] * 20
    await database.close()


@pytest.mark.parametrize("by_a_pooler", [False, True])
async def test_who_gets_no_place_at_all_is_told_at_once(
    landlord: DatabaseUrl, home: DatabaseUrl, by_a_pooler: bool
) -> None:
    database = await open_database(home)
    await let_in(landlord, home, 0, by_a_pooler)
    await run(landlord, CUT)
    await until(lambda: is_away(database), "the shop to notice")
    async with asyncio.timeout(5):
        assert not await works(database)
        with pytest.raises(DatabaseAway):
            async with database.try_lock("reconciliation"):
                pytest.fail("nobody can have it")
    await run(as_landlord(home), LET_IN if by_a_pooler else "ALTER ROLE lodger CONNECTION LIMIT -1")
    assert await works(database)
    await database.close()
