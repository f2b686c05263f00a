"""The numbers themselves: bounded labels, a database that is away, and what lies in the outbox."""

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import app.runtime.metrics
from app.runtime.metrics import Metrics
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from db.engine.connection import Database
from db.engine.sql_loader import queries
from db.engine.sqlite import SqliteDatabase
from db.maintenance.health import outbox_backlog
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.watched_day import Day


@pytest.fixture
def metrics() -> Metrics:
    return Metrics({"stripe": ["payment_intent.succeeded"], "resend": ["email.delivered"]})


async def seen(metrics: Metrics) -> Day:
    return Day(numbers=await metrics.scrape())


async def test_types_that_nobody_knows_are_one_label(metrics: Metrics) -> None:
    for number in range(50):
        metrics.webhook("stripe", f"made.up_{number}", "recorded", 0.001)
        metrics.events(f"made.up_{number}", "new", 1)
    numbers = await seen(metrics)
    assert numbers.number("checkout_webhooks_total", type="other") == 50
    assert numbers.number("checkout_events_total", type="other") == 50
    assert "made" not in numbers.numbers


async def test_without_its_database_the_scrape_tells_what_is_in_memory(metrics: Metrics) -> None:
    answers = True

    async def look() -> None:
        if not answers:
            raise OSError("the database is gone")
        metrics.show_backlog([])

    metrics.on_scrape(look)
    metrics.verification("ok")
    assert (await seen(metrics)).number("checkout_database_up") == 1
    answers = False
    numbers = await seen(metrics)
    assert numbers.number("checkout_database_up") == 0
    assert numbers.number("checkout_verifications_total", result="ok") == 1
    assert "checkout_outbox_messages{" not in numbers.numbers


async def test_a_database_that_hangs_does_not_hold_the_scrape_up(
    metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.runtime.metrics, "LOOK_SECONDS", 0.05)
    metrics.on_scrape(asyncio.Event().wait)
    numbers = await asyncio.wait_for(seen(metrics), 5)
    assert numbers.number("checkout_database_up") == 0


def a_message(number: int, channel: Channel, at: datetime) -> NewMessage:
    return NewMessage(f"{channel}/{number}", channel, PaymentPaid(), str(1000 + number), f"pay_{number}", at)


async def test_the_backlog_is_what_waits_and_what_is_parked(
    database: Database, storage: DatabaseStorage, clock: MovedClock
) -> None:
    now = clock.now()
    ages = [timedelta(minutes=9), timedelta(minutes=5), timedelta(seconds=30)]
    async with storage.begin() as tx:
        await tx.outbox.add([a_message(n, Channel.CHAT, now - age) for n, age in enumerate(ages)])
        await tx.outbox.add([a_message(n, Channel.MAIL, now - age) for n, age in enumerate(ages)])
        first, second, _ = await tx.outbox.claim(Channel.MAIL, "worker", now, 3)
        await tx.outbox.mark_sent(first, now, "mail_1")
        await tx.outbox.park(second, "worker", "nobody there")
    found = {(one.channel, one.state): one for one in await outbox_backlog(database, now)}
    assert {key: (one.messages, one.oldest_seconds) for key, one in found.items()} == {
        ("chat", "waiting"): (3, 540.0),
        ("mail", "waiting"): (1, 30.0),
        ("mail", "parked"): (1, 300.0),
    }


async def test_the_backlog_is_counted_in_indexes(database: Database) -> None:
    if not isinstance(database, SqliteDatabase):
        pytest.skip("the planner of PostgreSQL chooses by the table's size")
    query = queries("health")["backlog"]
    async with database.read() as connection:
        steps = await connection.fetch(replace(query, sql=f"EXPLAIN QUERY PLAN {query.sql}"), {})
    scans = [step["detail"] for step in steps if re.match(r"(SCAN|SEARCH) outbox\b", step["detail"])]
    assert len(scans) == 2
    assert all("INDEX" in scan for scan in scans), scans
