"""Alembic is asked only where a migration is due."""

import subprocess
import sys
from pathlib import Path

from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query
from db.maintenance import migrate, schema
from db.maintenance.health import schema_revision

OLDER = "UPDATE alembic_version SET version_num = '0017'"
LOOK = """
import asyncio, sys
from db.engine.database_url import parse_database_url
from db.maintenance.schema import bring_up_to_date
revision = asyncio.run(bring_up_to_date(parse_database_url(sys.argv[1])))
print(revision, "alembic" in sys.modules, "sqlalchemy" in sys.modules)
"""


def test_the_newest_revision_is_the_one_that_alembic_knows() -> None:
    assert schema.newest_revision() == migrate.newest_revision()


async def test_a_schema_that_is_the_newest_stays_and_an_older_one_is_migrated(
    database_url: DatabaseUrl, database: Database
) -> None:
    assert await schema.bring_up_to_date(database_url) == schema.newest_revision()
    async with database.begin() as connection:
        await connection.execute(Query("older", OLDER, OLDER, ()), {})
    assert await schema.bring_up_to_date(database_url) == schema.newest_revision()
    assert await schema_revision(database) == schema.newest_revision()


async def test_a_database_that_is_not_there_is_made(tmp_path: Path) -> None:
    address = parse_database_url(f"sqlite:///{tmp_path}/data/new.db")
    assert await schema.bring_up_to_date(address) == schema.newest_revision()


def test_a_start_without_a_migration_imports_no_alembic(sqlite_file: Path) -> None:
    asked = [sys.executable, "-c", LOOK, f"sqlite:///{sqlite_file}"]
    told = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert told.split() == [schema.newest_revision(), "False", "False"]
