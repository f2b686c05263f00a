"""A PostgreSQL that cannot carry a shop is refused at the start, with what helps."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from checkout.errors import ServiceUnavailable
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.maintenance.migrate import current_revision, migrate, newest_revision
from db.maintenance.schema import bring_up_to_date
from tests.support.databases import fresh_postgres_database, new_postgres_database, run
from tests.support.faults.pooler import Pooler


@pytest.fixture
async def pooled(postgres_url: str) -> AsyncIterator[DatabaseUrl]:
    """A shop's database, by way of a pooler in transaction mode."""
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:
        async with Pooler(await new_postgres_database(postgres_url), Path(folder)).listening() as pooler:
            yield parse_database_url(pooler.url)


@pytest.mark.parametrize("use", [bring_up_to_date, migrate, current_revision])
async def test_a_pooler_that_lends_connections_for_a_transaction_is_refused(
    pooled: DatabaseUrl, use: Callable[[DatabaseUrl], Awaitable[object]]
) -> None:
    with pytest.raises(ServiceUnavailable, match=r"lends its connections for one transaction.*pool_mode is session"):
        await use(pooled)


async def test_the_same_database_without_the_pooler_is_taken(postgres_url: str) -> None:
    address = parse_database_url(await new_postgres_database(postgres_url))
    assert await bring_up_to_date(address) == newest_revision()


async def named(postgres_url: str, encoding: str) -> DatabaseUrl:
    raw = await asyncpg.connect(postgres_url)
    name = f"kept_in_{encoding.lower()}"
    await raw.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    await raw.close()
    return parse_database_url(postgres_url.replace("/postgres?", f"/{name}?"))


@pytest.mark.parametrize("encoding", ["LATIN1", "WIN1251", "EUC_JP"])
async def test_an_encoding_without_a_place_for_every_name_is_refused(postgres_url: str, encoding: str) -> None:
    address = await named(postgres_url, encoding)
    with pytest.raises(ServiceUnavailable, match=rf"is kept in {encoding}.*ENCODING 'UTF8' TEMPLATE template0"):
        await bring_up_to_date(address)
    assert await current_revision(address) is None


async def test_bytes_as_they_come_are_taken(postgres_url: str) -> None:
    assert await migrate(await named(postgres_url, "SQL_ASCII")) == newest_revision()


async def test_a_role_that_may_make_no_table_is_told_who_may(postgres_url: str) -> None:
    owned = parse_database_url(await fresh_postgres_database(postgres_url, "not_its_own"))
    await run(owned, "CREATE ROLE tenant LOGIN")
    try:
        with pytest.raises(ServiceUnavailable, match=r"permission denied for schema public\. .*OWNER TO its role"):
            await bring_up_to_date(parse_database_url(owned.url.replace("postgres:@", "tenant:@")))
    finally:
        await run(owned, "DROP ROLE tenant")
