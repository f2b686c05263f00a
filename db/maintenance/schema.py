"""Whether the schema is the newest, asked by the database's own driver: Alembic is only worth its second where it is
not."""

import sqlite3

import asyncpg

from checkout.errors import ServiceUnavailable
from db.engine.database_url import DatabaseUrl
from db.engine.postgres import CONNECT_SECONDS
from db.engine.private_files import close_to_others, make_private
from db.maintenance.fitness import refuse_lent_connections
from db.maintenance.versions import PROGRAM_VERSIONS

REVISION = "SELECT version_num FROM alembic_version"


def newest_revision() -> str:
    """The revision this program expects."""
    return max(PROGRAM_VERSIONS)


async def bring_up_to_date(address: DatabaseUrl) -> str:
    """Migrates where that is due; returns the revision the database is at afterwards.

    Raises SchemaTooNew, and ServiceUnavailable with the reason.
    """
    if await is_newest(address):
        return newest_revision()
    from db.maintenance.migrate import migrate

    return await migrate(address)


async def is_newest(address: DatabaseUrl) -> bool:
    """False also where it cannot be told, or there is none yet: whoever migrates then says why."""
    if address.file is not None:
        if not address.file.is_file():
            return False
        make_private(address.file)
        try:
            revision = _of_sqlite(str(address.file))
        except sqlite3.Error:
            return False
        close_to_others(address.file)
        return revision == newest_revision()
    try:
        return await _of_postgres(address) == newest_revision()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ServiceUnavailable):
        return False


def _of_sqlite(file: str) -> str | None:
    connection = sqlite3.connect(file)
    try:
        row = connection.execute(REVISION).fetchone()
    finally:
        connection.close()
    return str(row[0]) if row else None


async def _of_postgres(address: DatabaseUrl) -> str | None:
    connection = await asyncpg.connect(address.url, timeout=CONNECT_SECONDS)
    try:
        await refuse_lent_connections(connection, address)
        found = await connection.fetchval(REVISION, timeout=CONNECT_SECONDS)
    finally:
        await connection.close(timeout=CONNECT_SECONDS)
    return str(found) if found else None
