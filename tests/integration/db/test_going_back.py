"""A backup is put into the database that a shop is serving: it begins anew with it, by what Stripe remembers."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from unittest.mock import AsyncMock, Mock

import pytest

import app.runtime.going_back
from app.commands.serve import serve_until
from app.runtime.going_back import notice_going_back
from app.settings import load_settings
from checkout.errors import DatabaseAway, ServiceUnavailable
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.maintenance.health import Newest, newest
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import ANNA, BEN, Person
from tests.support.clock import MovedClock
from tests.support.databases import run
from tests.support.event_samples import RULES
from tests.support.payments import a_payment
from tests.support.project import CATALOG
from tests.support.settings import GOOD_SETTINGS
from tests.support.shop import Shop, running_shop, until

State = tuple[str, int]  # who has the receipts 1, 2, 3 ..., and the highest number of a message


def put_into(target: Path, source: Path) -> None:
    """As SQLite's own `.restore` does it."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


async def holds(condition: Callable[[], bool], what: str) -> None:
    async def look() -> bool:
        return condition()

    await until(look, what, 30)


async def sold(shop: Shop, person: Person, email: str) -> int:
    intent_id = await shop.intent(await shop.verified(person, email))
    shop.stripe.pay(intent_id)
    return await number_of(shop, intent_id)


async def number_of(shop: Shop, intent_id: str) -> int:
    """Once Stripe knows it."""
    intent = shop.stripe.payment_intents[intent_id]
    await holds(lambda: "receipt" in intent["metadata"], "the receipt's number to be at Stripe")
    return int(intent["metadata"]["receipt"])


@pytest.mark.parametrize("is_seen", [True, False])
async def test_no_number_of_a_receipt_is_given_twice(
    is_seen: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor where nobody had looked between the sale and its loss, nor before the next one."""
    looked: list[Newest] = []
    may_look = asyncio.Event()

    async def seen(database: Database, before: Newest) -> Newest | None:
        if looked and not is_seen:
            await may_look.wait()
        found = await newest(database, before)
        looked.extend([found] if found else [])
        return found

    monkeypatch.setattr(app.runtime.going_back, "newest", seen)
    monkeypatch.setattr(app.runtime.going_back, "LOOK_SECONDS", 0.05)
    async with running_shop() as shop:
        file = shop.sandbox.folder / "checkout.db"
        token = await shop.verified(ANNA, "anna@example.org")
        await holds(lambda: bool(looked), "the first look")
        await asyncio.to_thread(put_into, tmp_path / "backup.db", file)
        assert await sold(shop, BEN, "ben@example.org") == 1
        if is_seen:
            await holds(lambda: looked[-1].receipt == 1, "the sale to be seen")
        before = shop.services
        await asyncio.to_thread(put_into, file, tmp_path / "backup.db")
        if is_seen:
            await holds(lambda: shop.services is not before and looked[-1].receipt == 1, "the sale to be known again")
        intent_id = await shop.intent(token)
        told = len(shop.stripe.attempts)
        shop.stripe.pay(intent_id)
        await holds(lambda: any(one.kind == "payment_intent.succeeded" for one in shop.stripe.attempts[told:]), "a try")
        may_look.set()
        assert await number_of(shop, intent_id) == 2
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1


@pytest.mark.parametrize(
    ("found", "is_noticed"),
    [
        ([("a", 5), ("", 0)], True),
        ([("a", 5), ("a", 4)], True),
        ([("", 0), ("a", 1), ("ab", 9), ("a", 12)], True),
        ([("abc", 5), DatabaseAway("restarted"), KeyError("no such table"), ("ab", 5)], True),
        ([("a", 5), None, ("", 5)], True),
        ([("abc", 5), ("abd", 9)], True),  # others have bought meanwhile
        ([("abc", 5), ("adefg", 9)], True),
        ([("", 0), ("", 0), ("a", 1), ("a", 7), None, DatabaseAway("restarted"), ("abc", 7)], False),
    ],
)
async def test_what_is_there_no_more_is_noticed(
    found: list[State | Exception | None], is_noticed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone_back, waits = asyncio.Event(), iter(found)

    async def answer(_: object, before: Newest) -> Newest | None:
        try:
            one = next(waits)
        except StopIteration:
            raise asyncio.CancelledError from None
        if isinstance(one, Exception):
            raise one
        if one is None:
            return None
        holders, message = one
        return Newest(len(holders), message, holders[-1:], dict(enumerate(holders, 1)).get(before.receipt, ""))

    monkeypatch.setattr(app.runtime.going_back, "newest", answer)
    monkeypatch.setattr(app.runtime.going_back, "LOOK_SECONDS", 0)
    database, clock = Mock(Database), MovedClock()
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    await asyncio.wait([asyncio.create_task(notice_going_back(database, writer, gone_back))])
    assert gone_back.is_set() == is_noticed


async def test_a_number_that_somebody_else_has_got_is_told_apart(
    database_url: DatabaseUrl, database: Database, storage: DatabaseStorage
) -> None:
    async with storage.begin() as tx:
        for number, receipt in ((1, 1), (2, 2), (3, None)):
            await tx.payments.add(a_payment(number, receipt_number=receipt))
    first = await newest(database, Newest())
    assert first == Newest(2, 0, "pay_2", "")
    await run(database_url, "UPDATE payments SET receipt_number = NULL WHERE payment_id = 'pay_2'")
    await run(database_url, "UPDATE payments SET receipt_number = 2 WHERE payment_id = 'pay_3'")
    assert await newest(database, first) == Newest(2, 0, "pay_3", "pay_3")
    if database_url.file is None:  # as while a dump is put in, whose keys come last
        await run(database_url, "ALTER TABLE waiting_updates DROP CONSTRAINT waiting_updates_pkey")
        assert await newest(database, first) is None


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        ([None, DatabaseAway("restored still"), ServiceUnavailable("locked"), None, 0], 0),
        ([None, 1], 1),
    ],
)
async def test_it_is_waited_for_until_it_can_be_begun_with(
    ends: list[int | Exception | None], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = AsyncMock(side_effect=ends)
    monkeypatch.setattr("app.commands.serve._serve", served)
    monkeypatch.setattr("app.commands.serve.ANEW_SECONDS", 0)
    settings = load_settings({**GOOD_SETTINGS, "DATABASE_URL": f"sqlite:///{tmp_path}/checkout.db"}, tmp_path)
    assert await serve_until(asyncio.Event(), settings, CATALOG) == code
    assert served.await_count == len(ends)
