"""Brings the schema to the newest revision: one process at a time, however many start together."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from checkout.errors import ServiceUnavailable
from checkout.sentence import Said, joined, t
from db.engine.database_url import DatabaseUrl, missing_file
from db.engine.postgres import CONNECT_SECONDS
from db.engine.private_files import close_to_others, make_private
from db.engine.sqlite import open_file
from db.maintenance.fitness import refuse_encoding, refuse_lent_connections
from db.maintenance.versions import PROGRAM_VERSIONS, too_new

# Any number will do, as long as every replica uses the same.
MIGRATION_LOCK = 7_265_411
LOOK_AGAIN_SECONDS = 0.2
SETTINGS = {"application_name": "checkout-bot migrate", "statement_timeout": "0", "lock_timeout": "0"}
OLD_WAL = t(
    "If a copy was put there: put it there anew, once the old FILE, FILE-wal and FILE-shm are away, all of them"
)
NOT_ITS_OWN = t("A new shop makes its tables itself: ALTER DATABASE … OWNER TO its role")
HINTS = {"malformed": OLD_WAL, "permission denied for schema": NOT_ITS_OWN}
NOTE_VERSION = "INSERT INTO schema_versions (revision, version) VALUES (:revision, :version) ON CONFLICT DO NOTHING"


async def migrate(address: DatabaseUrl) -> str:
    """Returns the revision the database is at afterwards.

    Raises SchemaTooNew, and ServiceUnavailable with the reason.
    """
    if address.file is not None:
        make_private(address.file)
    async with _connected(address) as connection:
        revision = await connection.run_sync(_current_revision, address.shown)
        if address.file is not None:  # not before it is known to be a database: root may close any file to others
            close_to_others(address.file)
        if revision is None and address.file is None:
            refuse_encoding(await connection.scalar(text("SHOW server_encoding")), address)
        if revision != newest_revision():
            async with _alone(connection, address):
                await connection.run_sync(_upgrade, address.shown)
                await connection.commit()
    return await asyncio.to_thread(newest_revision)


async def current_revision(address: DatabaseUrl) -> str | None:
    """Of a database that is there; None where no shop is in it. Raises SchemaTooNew and ServiceUnavailable."""
    async with _connected(address) as connection:
        return await connection.run_sync(_current_revision, address.shown)


@asynccontextmanager
async def _connected(address: DatabaseUrl) -> AsyncIterator[AsyncConnection]:
    engine = _engine(address)
    try:
        async with engine.connect() as connection:
            yield connection
    except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # SQLAlchemy puts the driver's class before what the database says.
        reason = re.sub(r"^\([\w.]+\) ", "", str(error).partition("\n")[0]) or type(error).__name__
        hints = [hint for said, hint in HINTS.items() if said in reason]
        if isinstance(error, FileNotFoundError) and (missing := missing_file(address)):
            reason = f"{reason}: {missing}"
        why = joined(". ", [reason, *hints])
        raise ServiceUnavailable(
            t("DATABASE_URL: {database} cannot be used: {why}", database=address.shown, why=why)
        ) from error
    finally:
        await engine.dispose()


def _engine(address: DatabaseUrl) -> AsyncEngine:
    if (file := address.file) is not None:
        url = URL.create("sqlite+aiosqlite", database=str(file))
        return create_async_engine(url, async_creator=lambda: open_file(file))

    async def connect() -> Any:
        # By asyncpg itself, as everywhere: it understands what hosters write behind the question mark.
        raw = await asyncpg.connect(address.url, timeout=CONNECT_SECONDS, server_settings=SETTINGS)
        try:
            await refuse_lent_connections(raw, address)
            # Whatever the server's default: rows that a shop moves meanwhile are taken as they have become.
            await raw.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")
        except BaseException:
            raw.terminate()
            raise
        return raw

    return create_async_engine("postgresql+asyncpg://", async_creator=connect)


@asynccontextmanager
async def _alone(connection: AsyncConnection, address: DatabaseUrl) -> AsyncIterator[None]:
    if address.file is not None:
        # Takes SQLite's write lock before anything is read; a second process waits here.
        await connection.exec_driver_sql("PRAGMA busy_timeout = 30000")
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield
        return
    # Asked for again and again: a statement that waits would be a transaction that an index, built concurrently by
    # whoever has the lock, waits for in turn.
    while not await connection.scalar(text(f"SELECT pg_try_advisory_lock({MIGRATION_LOCK})")):
        await connection.commit()
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    await connection.commit()
    yield
    await connection.execute(text(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})"))
    await connection.commit()


def newest_revision() -> str:
    """The revision this program expects."""
    head = _scripts().get_current_head()
    assert head is not None
    return head


def _scripts() -> ScriptDirectory:
    return _read_once(_config().get_main_option("script_location") or "")


@cache
def _read_once(location: str) -> ScriptDirectory:
    return ScriptDirectory(location)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations").replace("%", "%%"))
    return config


def _current_revision(connection: Connection, database: Said) -> str | None:
    """Leaves no transaction behind. Raises SchemaTooNew."""
    try:
        return _known_revision(connection, database)
    finally:
        connection.rollback()


def _known_revision(connection: Connection, database: Said) -> str | None:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise too_new(database, revision, _needed_version(connection, revision))
    return revision


def _needed_version(connection: Connection, revision: str) -> str | None:
    if not inspect(connection).has_table("schema_versions"):
        return None
    found = connection.execute(text("SELECT version FROM schema_versions WHERE revision = :r"), {"r": revision})
    return found.scalar()


def _upgrade(connection: Connection, database: Said) -> None:
    if _known_revision(connection, database) == newest_revision():
        return  # another process was first
    if connection.dialect.name == "postgresql":
        connection.commit()  # Alembic begins and ends its own
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["on_version_apply"] = _note_versions
    command.upgrade(config, newest_revision())


def _note_versions(ctx: MigrationContext, **_: object) -> None:
    """In the transaction of the revision that was just made."""
    connection = ctx.connection
    assert connection is not None
    if inspect(connection).has_table("schema_versions"):
        rows = [{"revision": revision, "version": needed} for revision, needed in PROGRAM_VERSIONS.items()]
        connection.execute(text(NOTE_VERSION), rows)
