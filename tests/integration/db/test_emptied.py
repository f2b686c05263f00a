"""The tests' own PostgreSQL databases: whatever a test did to one, the next finds it as new."""

from collections.abc import Sequence

import asyncpg
import pytest

from tests.support.databases import NAMED, new_postgres_database

A_ROW = "INSERT INTO code_sends (telegram_user_id, mailbox_hash, sent_at) VALUES (42, 'hash', '2026-03-01T12:00:00Z')"
EVERYTHING = """SELECT table_name::text, column_name::text, data_type::text, is_nullable::text
FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"""
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
SETTINGS = (
    "SELECT current_setting('statement_timeout'), string_agg(v.version, ' ') FROM schema_versions v, alembic_version"
)
CHANGES = (
    A_ROW,
    f"BEGIN; {A_ROW}",  # and is left so
    "ALTER TABLE payments ADD COLUMN colour TEXT",
    "ALTER TABLE payments DROP COLUMN email",
    "DROP INDEX outbox_due",
    "CREATE INDEX more ON payments (email)",
    "CREATE TABLE more (id BIGINT)",
    "DROP TABLE alembic_version",
    "UPDATE schema_versions SET version = 'another'",
    "ALTER SEQUENCE code_sends_send_id_seq RESTART 1000",
    "ALTER DATABASE {name} SET statement_timeout = '1h'",
    "DROP SCHEMA public CASCADE",
)


async def look(url: str) -> list[object]:
    connection = await asyncpg.connect(url)
    try:
        seen = [[tuple(row) for row in await connection.fetch(one)] for one in (EVERYTHING, INDEXES, SETTINGS)]
        rows = await connection.fetchval("SELECT count(*) FROM code_sends")
        next_id = await connection.fetchval(f"{A_ROW} RETURNING send_id")
        return [*seen, rows, next_id]
    finally:
        await connection.close()


@pytest.mark.parametrize("changes", [CHANGES[:NAMED], CHANGES[NAMED:]])
async def test_what_tests_did_to_their_databases_is_not_there_for_the_next(
    changes: Sequence[str], postgres_url: str
) -> None:
    urls = [await new_postgres_database(postgres_url) for _ in range(NAMED)]
    new = await look(urls[0])
    left = []
    for url, change in zip(urls, changes, strict=True):
        left.append(await asyncpg.connect(url))
        await left[-1].execute(change.format(name=url.split("/")[3].split("?")[0]))
    again = [await new_postgres_database(postgres_url) for _ in range(NAMED)]
    assert again == urls
    for url, change in zip(again, changes, strict=True):
        assert await look(url) == new, change
    for connection in left:
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
            await connection.execute("SELECT 1")
