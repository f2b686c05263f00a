"""Updates that are handled, fail or are cut short while they are being kept: none stays, and none is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

import bot.telegram.updates
from bot.telegram.updates import TRIES
from checkout.errors import DatabaseAway, ServiceUnavailable
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, kept, nothing_kept, said
from tests.support.bot_shop import BotShop
from tests.support.shop import until as eventually


def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("backoff", "database_backoff"):
        monkeypatch.setattr(bot.telegram.updates, name, lambda attempts, retry_after=None: timedelta(milliseconds=10))


def slow_to_keep(shop: BotShop, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], Awaitable[Any]]) -> None:
    """The next transaction waits for ``meanwhile``; those that begin then overtake it."""
    begin = shop.storage.begin

    @asynccontextmanager
    async def slow() -> AsyncIterator[Any]:
        monkeypatch.setattr(shop.storage, "begin", begin)
        await meanwhile()
        async with begin() as tx:
            yield tx

    monkeypatch.setattr(shop.storage, "begin", slow)


async def test_what_is_handled_while_it_is_being_kept_does_not_stay(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    tasks = [intake.accept(update) for update in said(shop, (ANNA, "one"), (ANNA, "two"))]

    async def handled() -> None:
        handlers.let_go(ANNA.id)
        await asyncio.wait(tasks)

    slow_to_keep(shop, monkeypatch, handled)
    await intake.keep(shop.telegram.queue.all)
    await eventually(lambda: nothing_kept(shop), "both to be done with")

    shop.clock.forward(days=7)  # and nobody knows any more that they were handled
    again = RecordingHandlers()
    intake = intake_of(shop, again)
    await intake.take_up_kept()
    await intake.drain()
    assert (handlers.ended, again.ended) == (["one", "two"], [])


async def test_who_asks_to_keep_it_a_second_time_is_not_told_so_before_it_is(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    said(shop, (ANNA, "one"))
    task = intake.accept(shop.telegram.updates[-1])

    async def asked_again() -> None:
        await intake.keep(shop.telegram.queue.all)
        assert len(await kept(shop)) == 1

    slow_to_keep(shop, monkeypatch, asked_again)
    await intake.keep(shop.telegram.queue.all)
    handlers.let_go(ANNA.id)
    await task
    assert await nothing_kept(shop)


async def test_what_the_end_cuts_short_while_it_is_being_kept_goes_on_after_it(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    intake = intake_of(shop, handlers)
    for update in said(shop, (ANNA, "one"), (ANNA, "two")):
        intake.accept(update)
    slow_to_keep(shop, monkeypatch, lambda: intake.drain(0.05))
    await intake.keep(shop.telegram.queue.all)

    again = RecordingHandlers()
    intake = intake_of(shop, again)
    await intake.take_up_kept()
    await intake.drain()
    assert (handlers.ended, again.ended) == ([], ["one", "two"])
    assert await nothing_kept(shop)


@pytest.mark.parametrize("tries", [1, TRIES], ids=["by webhook", "by polling"])
@pytest.mark.parametrize("again", [0, 1, TRIES], ids=["answered then", "tried again", "given up in the end"])
async def test_what_fails_meanwhile_goes_on(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch, tries: int, again: int
) -> None:
    """Telegram is told that it is kept, and does not send it again."""
    without_pauses(monkeypatch)
    handlers = RecordingHandlers(held={BEN.id}, failures={"one": [ServiceUnavailable("away")] * (tries + again)})
    intake = intake_of(shop, handlers)
    task = intake.accept(said(shop, (BEN, "one"))[0], tries)

    async def failed() -> None:
        handlers.let_go(BEN.id)
        await asyncio.wait({task})
        assert isinstance(task.exception(), ServiceUnavailable)

    slow_to_keep(shop, monkeypatch, failed)
    await intake.keep(shop.telegram.queue.all)
    await eventually(lambda: nothing_kept(shop), "the update to be done with")
    assert handlers.ended == ([] if again == TRIES else ["one"])
    assert len(handlers.began) == tries + min(again + 1, TRIES)


async def test_what_is_kept_is_known_to_be_whatever_becomes_of_another(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_pauses(monkeypatch)
    handlers = RecordingHandlers(held={ANNA.id, BEN.id}, failures={"two": [ServiceUnavailable("away")]})
    intake = intake_of(shop, handlers)
    one, two = (intake.accept(update) for update in said(shop, (ANNA, "one"), (BEN, "two")))
    begin = shop.storage.begin

    async def handled() -> None:
        handlers.let_go(ANNA.id)
        await one
        monkeypatch.setattr(shop.storage, "begin", away)

    @asynccontextmanager
    async def away() -> AsyncIterator[Any]:
        monkeypatch.setattr(shop.storage, "begin", begin)
        raise DatabaseAway("cut")
        yield

    slow_to_keep(shop, monkeypatch, handled)
    with suppress(ServiceUnavailable):
        await intake.keep(shop.telegram.queue.all)
    handlers.let_go(BEN.id)
    await two
    await eventually(lambda: nothing_kept(shop), "both to be done with")
    assert handlers.ended == ["one", "two"]
