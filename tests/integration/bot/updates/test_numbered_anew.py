"""Telegram numbers updates anew after a quiet week: followed, each handled once, and nobody asks without end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import bot.telegram.polling
from bot.telegram.polling import Poller
from checkout.resilience.other_poller import OtherPoller
from checkout.resilience.service_health import ServiceHealth
from sandbox.base.waiting import until
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, said
from tests.support.bot_shop import BotShop
from tests.support.clock import MovedClock

FIRST = 100_000_001  # of the stand-in
A_WHILE, FEW = 0.4, 3  # seconds, and the polls in them: a few a second


@asynccontextmanager
async def polled(shop: BotShop, handlers: RecordingHandlers) -> AsyncIterator[None]:
    stop = asyncio.Event()
    poller = Poller(
        shop.bot,
        intake_of(shop, handlers),
        ServiceHealth("Telegram", MovedClock()),
        OtherPoller(shop.storage, shop.clock),
    )
    task = asyncio.create_task(poller.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def assert_few_polls(shop: BotShop, most: int = FEW) -> None:
    before = shop.telegram.queue.polls
    await asyncio.sleep(A_WHILE)
    assert shop.telegram.queue.polls - before <= most


async def handled(shop: BotShop, handlers: RecordingHandlers, *texts: str) -> None:
    await until(lambda: len(handlers.ended) >= len(texts), what=str(texts))
    assert handlers.ended == list(texts)


async def confirmed(shop: BotShop) -> None:
    await until(lambda: not shop.telegram.queue.pending, what="Telegram to know all as handled")


@pytest.mark.parametrize(
    "numbers",
    [
        [1000],  # lower
        [2_000_000_000],  # higher
        [1000, 10],  # lower twice
        [1000, 2_000_000_000, 7],
        [1000, 1005],  # with a gap
        [FIRST],  # as handled ones that are forgotten
        [FIRST - 2],  # up to them and on
        [2**31 - 2],
        [2**63 - 3],
        [0],
    ],
)
async def test_the_numbers_are_followed(shop: BotShop, numbers: list[int]) -> None:
    handlers, texts = RecordingHandlers(), ["before 1", "before 2"]
    async with polled(shop, handlers):
        said(shop, *((BEN, text) for text in texts))
        await handled(shop, handlers, *texts)
        for number in numbers:
            await confirmed(shop)
            shop.clock.forward(days=7)
            shop.telegram.queue.renumber(number)
            for text in (f"{number} a", f"{number} b", f"{number} c"):
                texts.append(text)
                said(shop, (BEN, text))
            await handled(shop, handlers, *texts)
        await confirmed(shop)
        await assert_few_polls(shop, 1)


async def test_what_is_in_flight_meanwhile_is_handled_once(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the end Telegram goes on showing it: an offset far beyond its newest number is ignored."""
    handlers = RecordingHandlers(held={ANNA.id})
    async with polled(shop, handlers):
        said(shop, (ANNA, "slow"), (BEN, "quick"))
        await handled(shop, handlers, "quick")
        shop.telegram.queue.renumber(1000)
        said(shop, (BEN, "anew"))
        await handled(shop, handlers, "quick", "anew")
        await assert_few_polls(shop)
        # From here on it is kept.
        monkeypatch.setattr(bot.telegram.polling, "LONGEST_SECONDS", 0.0)
        await until(lambda: shop.telegram.confirmed_offset == 1001)
        await assert_few_polls(shop)
        said(shop, (BEN, "and on"))
        await handled(shop, handlers, "quick", "anew", "and on")
        handlers.let_go(ANNA.id)
        await handled(shop, handlers, "quick", "anew", "and on", "slow")
        await assert_few_polls(shop)


async def test_a_restart_in_between_handles_nothing_twice(shop: BotShop) -> None:
    handlers = RecordingHandlers()
    async with polled(shop, handlers):
        said(shop, (BEN, "old"))
        await handled(shop, handlers, "old")
    shop.telegram.queue.renumber(1000)
    said(shop, (BEN, "new"))
    again = RecordingHandlers()
    async with polled(shop, again):
        await handled(shop, again, "new")
        await confirmed(shop)
        await assert_few_polls(shop, 1)
    assert again.ended == ["new"]


@pytest.mark.parametrize("pending", [[], [2**63], [2**70, 2**63 - 1]])
async def test_an_answer_without_news_is_not_asked_for_without_end(shop: BotShop, pending: list[int]) -> None:
    """Nothing at all, though it was asked to wait for news; or numbers that cannot be right."""
    handlers = RecordingHandlers()
    shop.telegram.queue.waits_for_news = False
    for number in pending:
        shop.telegram.queue.renumber(number)
        said(shop, (BEN, "odd"))
    async with polled(shop, handlers):
        await assert_few_polls(shop, FEW + len(pending))
        shop.telegram.queue.renumber(FIRST)
        said(shop, (BEN, "good"))
        await until(lambda: "good" in handlers.ended)


async def test_a_quiet_hour_is_a_few_long_polls(shop: BotShop) -> None:
    async with polled(shop, RecordingHandlers()):
        await until(lambda: shop.telegram.queue.polls == 1)
        await assert_few_polls(shop, 0)
