"""A replica whose clock goes wrong takes nothing from the others' customers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from app.settings import load_settings
from app.wiring.services import opened_services
from db.engine.connection import Database, to_text
from db.engine.database_url import parse_database_url
from db.replicas.earlier_clock import EarlierClock
from db.storage import open_database
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.databases import ask, fresh_postgres_database, new_postgres_database
from tests.support.project import CATALOG
from tests.support.settings import GOOD_SETTINGS
from tests.support.shop import Shop, running_shop, until


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


class OnOneMachine:
    """A database, as far as its clock goes, which is that of the machine."""

    def __init__(self, clock: MovedClock) -> None:
        self._clock = clock

    @asynccontextmanager
    async def read(self) -> AsyncIterator["OnOneMachine"]:
        yield self

    async def fetch(self, *_: object) -> list[dict[str, str]]:
        return [{"now": to_text(self._clock.now())}]


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
