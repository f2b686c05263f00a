"""A database that can be read and not written, on a full disk say: nobody is answered again and again meanwhile."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

import bot.telegram.polling
import bot.telegram.updates
from bot.telegram.customer_queue import InMemoryCustomerQueue
from bot.telegram.polling import Poller
from bot.telegram.updates import TRIES, UpdateIntake
from checkout.errors import DatabaseAway, ServiceUnavailable
from checkout.ports.storage import Transaction
from checkout.resilience.other_poller import OtherPoller
from checkout.resilience.service_health import ServiceHealth
from sandbox.base.waiting import until
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.bot_dispatcher import RecordingHandlers, said
from tests.support.bot_shop import BotShop


class FullDisk:
    def __init__(self, shop: BotShop) -> None:
        self._storage, self.is_full, self.refused = shop.storage, True, 0

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        if self.is_full:
            self.refused += 1
            raise DatabaseAway("SQLite: database or disk is full")
        return self._storage.begin()

    def read(self) -> AbstractAsyncContextManager[Transaction]:
        return self._storage.read()

    def try_lock(self, name: str) -> AbstractAsyncContextManager[bool]:
        return self._storage.try_lock(name)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.telegram.updates, "database_backoff", lambda _attempts: timedelta(milliseconds=5))


# Where it fails, and how often it was answered in the end: what failed on the way is begun anew.
@pytest.mark.parametrize(
    ("failures", "in_the_end"),
    [([], 1), ([DatabaseAway("full")], 2), ([DatabaseAway("full"), DatabaseAway("cut")], 3)],
    ids=["as it is noted", "on the way", "on the way, and once more"],
)
async def test_what_cannot_be_noted_is_answered_once_until_it_can(
    shop: BotShop, failures: list[Exception], in_the_end: int, caplog: pytest.LogCaptureFixture
) -> None:
    disk, handlers = FullDisk(shop), RecordingHandlers(failures={"/orders": [*failures]})
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), disk, shop.clock, InMemoryCustomerQueue())
    task = intake.accept(said(shop, (ANNA, "/orders"))[0], TRIES)
    await until(lambda: disk.refused > 20)
    assert handlers.began == ["/orders"]

    other = intake.accept(said(shop, (BEN, "/start"))[0], TRIES)
    await until(lambda: disk.refused > 40)
    assert handlers.began == ["/orders"]
    assert caplog.text.count("trying again") == 1  # however often it was tried, and for however many
    disk.is_full = False
    await task
    await other
    assert sorted(handlers.began) == ["/orders"] * in_the_end + ["/start"]
    assert sorted(handlers.ended) == ["/orders", "/start"]


async def test_nor_is_what_telegram_sends_again(shop: BotShop) -> None:
    """By webhook, where each time is the first one."""
    disk, handlers = FullDisk(shop), RecordingHandlers()
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), disk, shop.clock, InMemoryCustomerQueue())
    (update,) = said(shop, (ANNA, "/orders"))
    for _ in range(5):
        with pytest.raises(ServiceUnavailable):
            await intake.handle(update)
    assert handlers.began == ["/orders"]
    disk.is_full = False
    await intake.handle(update)
    await intake.handle(update)
    assert handlers.began == ["/orders"] * 2


async def test_that_nothing_can_be_kept_is_logged_once(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.telegram.polling, "LONGEST_SECONDS", 0.0)
    monkeypatch.setattr(bot.telegram.polling, "LOOK_AGAIN_SECONDS", 0.01)
    disk, handlers, stop = FullDisk(shop), RecordingHandlers(), asyncio.Event()
    intake = UpdateIntake(shop.bot, handlers.dispatcher(), disk, shop.clock, InMemoryCustomerQueue())
    poller = Poller(shop.bot, intake, ServiceHealth("Telegram", shop.clock), OtherPoller(shop.storage, shop.clock))
    task = asyncio.create_task(poller.run(stop))
    said(shop, (ANNA, "/orders"))
    polls = len(shop.telegram.calls)
    await until(lambda: len(shop.telegram.calls) > polls + 10)
    disk.is_full = False
    await until(lambda: handlers.ended == ["/orders"])
    stop.set()
    await task
    assert caplog.text.count("the offset cannot go on yet") == 1
