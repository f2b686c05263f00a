"""`checkout-bot copy` of a million payments: how long each way takes, and how much memory it needs at most."""

import asyncio
import contextlib
import subprocess
import sys
import time
from tempfile import TemporaryDirectory

from bench.report import line
from bench.rows import filled
from bench.server import PROJECT, resident_megabytes
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl, parse_database_url
from db.engine.sql_loader import Query
from tests.support.databases import embedded_postgres, fresh_postgres_database

PAYMENTS = 1_000_000
EVENTS = """
INSERT INTO provider_events SELECT 'evt_' || payment_id, 'payment_intent.succeeded', payment_id, created_at, created_at
FROM payments
"""
MESSAGES = """
INSERT INTO outbox (dedupe_key, channel, kind, recipient, payment_id, details, state, attempts, due_at, provider_id,
    created_at, sent_at)
SELECT '{channel}/payment_paid/' || payment_id, '{channel}', 'payment_paid', email, payment_id, '{{}}', 'sent', 1,
    created_at, '{channel}_' || payment_id, created_at, created_at FROM payments
"""
# What a payment leaves behind: an event, a mail and a chat message that were told.
BESIDE = [EVENTS, MESSAGES.format(channel="mail"), MESSAGES.format(channel="chat")]


async def copying() -> None:
    print(f"checkout-bot copy, {PAYMENTS:,} payments with an event and two messages each")
    with TemporaryDirectory() as folder, embedded_postgres(durable=True) as url:
        old, back = (parse_database_url(f"sqlite:///{folder}/{name}.db") for name in ("old", "back"))
        postgres = parse_database_url(await fresh_postgres_database(url, "bench"))
        database = await filled(old, PAYMENTS)
        await add_what_is_beside(database)
        await database.close()
        await asyncio.to_thread(measure, "SQLite to PostgreSQL", old, postgres)
        await asyncio.to_thread(measure, "PostgreSQL to SQLite", postgres, back)


async def add_what_is_beside(database: Database) -> None:
    for statement in BESIDE:
        async with database.begin() as connection:
            await connection.execute(Query("bench", statement, statement, ()), {})


def measure(way: str, old: DatabaseUrl, new: DatabaseUrl) -> None:
    began, most = time.monotonic(), 0.0
    command = [sys.executable, "-m", "app.cli", "copy", old.url, new.url]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        with contextlib.suppress(OSError, RuntimeError):  # it ends just now
            most = max(most, resident_megabytes(process.pid))
        time.sleep(0.2)
    if process.returncode:
        raise RuntimeError("the copy failed")
    line(f"{way}, seconds", f"{time.monotonic() - began:.0f}")
    line(f"{way}, memory at most", f"{most:.0f} MB")
