"""The daily summary on both databases: once a day for each admin, through restarts, replicas and changes of time."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import DisputeFact
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage, OutboxMessage
from checkout.model.payment import Status
from checkout.notifications.daily_summary import DailySummary
from db.engine.connection import Database
from db.engine.sql_loader import queries
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import BEN
from sandbox.fake_telegram.chats import MIRA as ADMIN
from tests.support.clock import MovedClock
from tests.support.message_samples import RENDERER
from tests.support.notifications import Wakes
from tests.support.payments import a_payment
from tests.support.shop import running_shop
from tests.support.statistics_data import sold

TALLINN = ZoneInfo("Europe/Tallinn")
MIRA, OLEG, FIRED = 9001, 9002, 9003
ADMINS = (MIRA, OLEG)


def at(day: str, hour: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=TALLINN).astimezone(UTC)


def summary_of(storage: DatabaseStorage, clock: MovedClock, wake: Wakes | None = None) -> DailySummary:
    return DailySummary(storage, clock, wake or Wakes(), TALLINN, ADMINS)


async def told(storage: DatabaseStorage, clock: MovedClock) -> list[OutboxMessage]:
    """What waits in the outbox, marked as sent."""
    found: list[OutboxMessage] = []
    while True:
        async with storage.begin() as tx:
            messages: Sequence[OutboxMessage] = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
            for message in messages:
                await tx.outbox.mark_sent(message, clock.now(), "1")
        if not messages:
            return found
        found += messages


def text_of(message: OutboxMessage, language: str = "en") -> str:
    return RENDERER.notice(message, language).text.replace("\xa0", " ")


async def count(database: Database, day: str, currency: str, paid: int, gross: int, refunded: int) -> None:
    await sold(database, (day, currency, "guide", paid, paid, gross, refunded))


async def test_it_tells_the_day_by_currency_and_what_is_open(database: Database) -> None:
    storage, clock, wake = DatabaseStorage(database), MovedClock(at("2026-11-22", "10:00")), Wakes()
    summary = summary_of(storage, clock, wake)
    await summary.choose(MIRA, time(21))
    await count(database, "2026-11-22", "eur", 3, 5700, 1900)
    await count(database, "2026-11-22", "jpy", 1, 1500, 0)
    await count(database, "2026-11-21", "eur", 5, 9500, 0)
    await count(database, "2026-11-20", "usd", 7, 700, 0)
    async with database.begin() as connection:
        row = {"day": "2026-11-22", "code": "expired_card", "declines": 4}
        await connection.execute(queries("statistics")["add_declines"], row)
    lost, fought, answered = (
        PaymentFacts(disputes={"dp_1": DisputeFact(status)}) for status in ("lost", "needs_response", "under_review")
    )
    async with storage.begin() as tx:
        for number, (status, facts) in enumerate(
            [
                (Status.REVIEW, PaymentFacts()),
                (Status.DISPUTED, lost),
                (Status.DISPUTED, fought),
                (Status.DISPUTED, answered),
                (Status.PAID, PaymentFacts()),
            ]
        ):
            one = a_payment(payment_id=f"pay_{number}", pay_token=f"t{number}", payment_intent_id=f"pi_{number}")
            await tx.payments.add(replace(one, status=status, facts=facts))
        await tx.outbox.add([NewMessage("mail/x", Channel.MAIL, PaymentPaid(), "a@b.c", "pay_3", clock.now())])
    clock.forward(hours=10, minutes=59)
    assert await summary.run_once() == 0
    assert wake.count == 0
    clock.forward(minutes=1)
    assert await summary.run_once() == 1
    assert wake.count == 1
    (message,) = await told(storage, clock)
    assert (message.recipient, message.payment_id) == (str(MIRA), "")
    lines = [line for line in text_of(message).splitlines() if line]
    assert lines == [
        "📊 <b>The day so far</b> · 22 November 2026, 21:00",
        "Paid: 3 — €57.00",
        "Refunded: €19.00",
        "Paid: 1 — ¥1,500",
        "Declined attempts: 4",
        "⚠️ Payments to be looked into: 1 — /payments review",
        "⚠️ Disputes to be answered: 1 — /payments disputed",
        "⚠️ Messages not delivered: 1 — /outbox",
        "Yesterday in all:",
        "Paid: 5 — €95.00",
        "Another hour, or none: /summary",
    ]
    assert "Оплачено: 3 — 57,00 €" in text_of(message, "ru")


async def test_a_day_without_sales_is_a_short_line(storage: DatabaseStorage) -> None:
    clock = MovedClock(at("2026-11-22", "10:00"))
    summary = summary_of(storage, clock)
    await summary.choose(MIRA, time(21))
    clock.forward(hours=12)
    await summary.run_once()
    (message,) = await told(storage, clock)
    assert text_of(message).splitlines()[1:] == ["Nothing was sold today.", "", "Another hour, or none: /summary"]


@pytest.mark.parametrize(
    ("first", "hour", "moments"),
    [
        # Through the last night of summer time, and the first: each day once, at the shop's own hour.
        ("2026-10-24", "21:00", ["2026-10-24T18:00", "2026-10-25T19:00", "2026-10-26T19:00"]),
        ("2026-10-24", "03:30", ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
        ("2026-03-28", "03:30", ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]),
        ("2026-03-28", "00:00", ["2026-03-27T22:00", "2026-03-28T22:00", "2026-03-29T21:00"]),
    ],
)
async def test_through_changes_of_time_it_comes_once_a_day_at_the_shops_hour(
    storage: DatabaseStorage, first: str, hour: str, moments: list[str]
) -> None:
    start = at(first, "00:00")
    clock = MovedClock(start - timedelta(hours=1))
    await summary_of(storage, clock).choose(MIRA, time.fromisoformat(hour))
    clock.forward(hours=1)
    seen = []
    while clock.now() < start + timedelta(days=3, hours=-1):
        if await summary_of(storage, clock).run_once():  # as after a restart, every time
            seen.append(f"{clock.now():%Y-%m-%dT%H:%M}")
        clock.forward(minutes=30)
    assert seen == moments
    assert len(await told(storage, clock)) == 3


async def test_replicas_tell_it_once_together(replicas: list[Database]) -> None:
    clock = MovedClock(at("2026-11-22", "20:00"))
    storages = [DatabaseStorage(one) for one in replicas]
    await summary_of(storages[0], clock).choose(MIRA, time(21))
    await summary_of(storages[1], clock).choose(OLEG, time(21))
    clock.forward(hours=1)
    rounds = [summary_of(storage, clock).run_once() for storage in storages for _ in range(3)]
    outcomes = await asyncio.gather(*rounds, return_exceptions=True)
    assert sum(one for one in outcomes if isinstance(one, int)) == 2, outcomes
    assert sorted(one.recipient for one in await told(storages[2], clock)) == [str(MIRA), str(OLEG)]


async def test_a_missed_hour_is_made_good_the_same_day_and_a_missed_day_is_not(storage: DatabaseStorage) -> None:
    clock = MovedClock(at("2026-11-22", "20:00"))
    summary = summary_of(storage, clock)
    await summary.choose(MIRA, time(21))
    clock.forward(hours=3, minutes=50)
    assert await summary.run_once() == 1
    clock.forward(days=1, minutes=20)  # the whole of the 23rd nothing ran
    assert await summary.run_once() == 0
    clock.forward(hours=21)
    assert await summary.run_once() == 1
    keys = [one.dedupe_key for one in await told(storage, clock)]
    assert [key.split("/")[2] for key in keys] == ["2026-11-22", "2026-11-24"]


async def test_another_hour_the_same_day_is_no_second_summary(storage: DatabaseStorage) -> None:
    clock = MovedClock(at("2026-11-22", "08:00"))
    summary = summary_of(storage, clock)
    assert (await summary.choose(MIRA, time(9))).begins_today
    clock.forward(hours=1)
    assert await summary.run_once() == 1
    assert not (await summary.choose(MIRA, time(21))).begins_today
    clock.forward(hours=13)
    assert await summary.run_once() == 0
    clock.forward(days=1)
    assert await summary.run_once() == 1


async def test_who_switched_it_off_or_is_no_admin_any_more_gets_none(storage: DatabaseStorage) -> None:
    clock = MovedClock(at("2026-11-22", "08:00"))
    summary = summary_of(storage, clock)
    await summary.choose(MIRA, time(9))
    await summary.choose(MIRA, None)
    await summary.choose(FIRED, time(9))
    clock.forward(hours=2)
    assert await summary.run_once() == 0
    assert await told(storage, clock) == []


async def test_it_comes_into_the_admins_chat_once_however_often_the_duty_starts(
    database_setting: dict[str, str],
) -> None:
    async with running_shop(database_setting) as shop:
        assert "tomorrow" in (await shop.ask(ADMIN, "/summary 00:00")).text
        shop.stripe.pay(await shop.intent(await shop.verified(BEN, "ben@example.org")))
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
        shop.clock.forward(hours=25)
        await asyncio.gather(*(shop.periodic_tasks.tell_admins_once() for _ in range(5)))
        told = await shop.telegram.wait_for(ADMIN, lambda one: "The day so far" in one.text)
        assert "Nothing was sold today." in told.text
        await shop.periodic_tasks.tell_admins_once()
        assert "00:00" in (await shop.ask(ADMIN, "/summary")).text
        assert sum("The day so far" in one.text for one in shop.telegram.chat(ADMIN)) == 1
