"""Brings the schema to the newest revision: one process at a time, however many start together."""

import asyncio
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from checkout.errors import ServiceUnavailable
from db.engine.database_url import DatabaseUrl
from db.engine.sqlite import make_private

# Any number will do, as long as every replica uses the same.
MIGRATION_LOCK = 7_265_411


async def migrate(address: DatabaseUrl) -> str:
    """Returns the revision the database is at afterwards. Raises ServiceUnavailable with the reason."""
    try:
        await _migrate(address)
    except (OSError, SQLAlchemyError, asyncpg.PostgresError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ServiceUnavailable(f"DATABASE_URL: {address.shown} cannot be used: {reason}") from error
    return await asyncio.to_thread(newest_revision)


async def _migrate(address: DatabaseUrl) -> None:
    if address.file is not None:
        make_private(address.file)
    engine = create_async_engine(address.sqlalchemy_url)
    try:
        async with engine.connect() as connection:
            if address.file is None:
                await connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
                await connection.commit()
            else:
                # Takes SQLite's write lock before anything is read; a second process waits here.
                await connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
            await connection.run_sync(_upgrade)
            await connection.commit()
            if address.file is None:
                await connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
                await connection.commit()
    finally:
        await engine.dispose()


def newest_revision() -> str:
    """The revision this program expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations").replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    if MigrationContext.configure(connection).get_current_revision() == newest_revision():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
