"""A replica whose clock goes wrong takes nothing from the others' customers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import asyncpg
import pytest

from app.commands.export import Chosen, export
from app.commands.reconcile import _reconciling
from app.settings import load_settings
from app.wiring.services import opened_services
from checkout.errors import DatabaseAway, StaleWrite
from checkout.sentence import Said
from db.engine.connection import Database, to_text
from db.engine.database_url import parse_database_url
from db.replicas.earlier_clock import EarlierClock
from db.replicas.shared_clock import SharedClock
from db.storage import open_database
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.databases import ask, fresh_postgres_database, new_postgres_database
from tests.support.payments import keep, one_of_many
from tests.support.project import CATALOG
from tests.support.settings import GOOD_SETTINGS
from tests.support.shop import Shop, running_shop, until
from tests.support.statistics_data import rows


async def is_free(shop: Shop, name: str) -> bool:
    async with shop.services.storage.try_lock(name) as is_mine:
        return is_mine


@pytest.mark.parametrize("days", [2, 400])
async def test_no_link_is_closed_and_no_code_dropped_before_its_time(postgres_url: str, days: int) -> None:
    url = await fresh_postgres_database(postgres_url, f"clock_ahead_{days}")
    async with running_shop({"DATABASE_URL": url}) as shop:
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        sends = await ask(shop.services.database, "SELECT * FROM code_sends")
        shop.clock.forward(days=days)
        for name in ("closing links", "dropping what is old"):
            await until(partial(is_free, shop, name), f"the shop's own round of {name}")
        await shop.periodic_tasks.close_once()
        await shop.periodic_tasks.drop_old_once()
        shop.clock.forward(days=-days)
        assert (await shop.status(token))["status"] == "pending"
        assert shop.stripe.payment_intents[intent_id]["status"] != "canceled"
        assert len(sends) == len(await ask(shop.services.database, "SELECT * FROM code_sends")) == 1


@pytest.mark.parametrize(("days", "expected"), [(2, 0), (-2, -2)])
async def test_the_earlier_of_two_clocks_counts(postgres_url: str, days: int, expected: int) -> None:
    url = await fresh_postgres_database(postgres_url, f"earlier_clock_{days}".replace("-", "m"))
    database: Database = await open_database(parse_database_url(url))
    try:
        own = MovedClock(None)
        own.forward(days=days)
        clock = EarlierClock(own, database, is_shared=True)
        await clock.look()
        assert abs(clock.now() - datetime.now(UTC) - timedelta(days=expected)) < timedelta(seconds=30)
    finally:
        await database.close()


async def test_replicas_whose_clocks_are_minutes_apart_go_by_one(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows who is right where they are farther apart: then each goes by its own."""
    url = await new_postgres_database(postgres_url)
    settings = load_settings({**GOOD_SETTINGS, "DATABASE_URL": url}, tmp_path)
    for ahead, expected in ((-50, 0), (6, 0), (50, 0), (70, 70), (-70, -70)):
        own = MovedClock(None)
        own.jump(minutes=ahead)
        monkeypatch.setattr("app.wiring.services.SystemClock", lambda own=own: own)
        async with opened_services(settings, CATALOG, None) as services:
            now = datetime.now(UTC) + timedelta(minutes=expected)
            assert abs(services.clock.now() - now) < timedelta(minutes=1)
            own.jump(minutes=-ahead)  # set right meanwhile: no step back
            assert abs(services.clock.now() - now) < timedelta(minutes=1)
            assert services.clocks == (services.clock, own)


async def test_commands_beside_a_shop_go_by_its_clock(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they note lies in nobody's future, and the newest sale stands in the file."""
    url = await new_postgres_database(postgres_url)
    settings, file = load_settings({**GOOD_SETTINGS, "DATABASE_URL": url}, tmp_path), tmp_path / "payments.csv"
    said: list[Said] = []
    for number, ahead in enumerate((-50, 50), 1):
        own = MovedClock(None)
        own.jump(minutes=ahead)
        for command in ("reconcile", "export"):
            monkeypatch.setattr(f"app.commands.{command}.SystemClock", lambda own=own: own)
        async with _reconciling(settings, CATALOG) as (storage, clock, *_):
            assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
            await keep(storage, one_of_many(number, at=datetime.now(UTC) - timedelta(minutes=2)))
        await asyncio.to_thread(export, settings.database, Chosen(str(file), timedelta(minutes=10)), said.append)
        assert len(rows(file.read_bytes())) == number


class OnOneMachine:
    """A database, as far as its clock goes, which is that of the machine; its answers are ``slow`` by seconds."""

    def __init__(self, clock: MovedClock, behind: timedelta = timedelta(), slow: float = 0.0) -> None:
        self._clock, self._behind, self._slow = clock, behind, slow

    @asynccontextmanager
    async def read(self) -> AsyncIterator["OnOneMachine"]:
        yield self

    async def fetch(self, *_: object) -> list[dict[str, str]]:
        now = self._clock.now() - self._behind
        self._clock.forward(seconds=self._slow)
        return [{"now": to_text(now)}]


@pytest.mark.parametrize(("behind", "off"), [(-50, -20), (50, 0), (0, 0), (90, 5400)])
async def test_a_slow_answer_tells_the_time_as_far_as_it_goes(behind: int, off: int) -> None:
    """At a start, say, before which nobody knows another time; and who agrees already makes no step."""
    own = MovedClock()
    database = OnOneMachine(own, timedelta(minutes=behind), slow=20)
    clock = SharedClock(own, cast(Database, database))
    for _ in range(2):
        await clock.look()
        there = own.now() - timedelta(minutes=behind)
        assert clock.now() - there == timedelta(seconds=off)


@pytest.mark.parametrize("trouble", [DatabaseAway("no"), StaleWrite("no"), asyncpg.InternalServerError("too many")])
async def test_whatever_a_database_says_instead_of_the_time_ends_no_shop(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    """A hoster's pooler, say, which has no place just then."""
    own, asked = MovedClock(), 0
    database = OnOneMachine(own, timedelta(minutes=5))
    tells = database.fetch

    async def at_the_second_try(*_: object) -> list[dict[str, str]]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise trouble
        return await tells()

    async def is_asked_again() -> bool:
        return asked > 2

    monkeypatch.setattr(database, "fetch", at_the_second_try)
    monkeypatch.setattr("db.replicas.shared_clock.LOOK_SECONDS", 0.0)
    clock = SharedClock(own, cast(Database, database))
    following = asyncio.create_task(clock.follow())
    await until(is_asked_again, "the clock to be asked for again")
    following.cancel()
    assert own.now() - clock.now() == timedelta(minutes=5)


@pytest.mark.parametrize("is_shared", [False, True])
@pytest.mark.parametrize(
    ("moves", "days"),
    [
        ([("jump", 1)], 0),
        ([("jump", 1), ("jump", -1)], 0),
        ([("jump", 1), ("forward", 0.5), ("jump", 1)], 0.5),
        ([("jump", 1), ("forward", 0.5), ("jump", -1), ("forward", 3)], 3.5),
        ([("jump", 1), ("jump", 1), ("jump", -1.5)], 0),
        ([("jump", 0.25), ("forward", 0.75)] * 4, 3.75),
        ([("jump", -1)], -1),
        ([("jump", -1), ("jump", 1)], -1),
        ([("jump", 400), ("forward", 1)], 401),
        ([("jump", 0.0005), ("jump", 0.0005)], 0.001),
        ([("forward", 30)], 30),
    ],
)
async def test_alone_a_clock_that_is_set_ahead_is_not_believed_for_a_day(
    moves: list[tuple[str, float]], days: float, is_shared: bool
) -> None:
    own = MovedClock()
    clock, start = EarlierClock(own, cast(Database, OnOneMachine(own)), is_shared=is_shared), own.now()
    for move, by in moves:
        getattr(own, move)(days=by)
        await clock.look()
    assert clock.now() - start == timedelta(days=days)
