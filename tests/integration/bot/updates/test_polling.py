"""Polling: an update is confirmed once it is handled; outages; what Telegram is told at the start."""

import asyncio
import logging
from datetime import timedelta

import pytest

import bot.context
import bot.telegram.polling
import bot.telegram.updates
from bot.telegram.polling import Poller
from bot.telegram.registration import account_of
from bot.telegram.updates import UpdateIntake
from checkout.errors import DatabaseAway
from checkout.resilience.other_poller import IS_GONE_AFTER, OtherPoller, is_met
from checkout.resilience.service_health import ServiceHealth
from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.bot_dispatcher import RecordingHandlers, intake_of, said
from tests.support.bot_shop import BotShop
from tests.support.clock import MovedClock


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Backing off is told by what is retried, not by how long it takes."""
    short = timedelta(milliseconds=10)
    for module in (bot.telegram.updates, bot.telegram.polling, bot.context):
        monkeypatch.setattr(module, "backoff", lambda attempts, retry_after=None: short)
    monkeypatch.setattr(bot.telegram.updates, "database_backoff", lambda attempts: short)


async def polling(shop: BotShop, handlers: RecordingHandlers) -> tuple[asyncio.Task[None], asyncio.Event]:
    stop = asyncio.Event()
    other = OtherPoller(shop.storage, shop.clock)
    poller = Poller(shop.bot, intake_of(shop, handlers), ServiceHealth("Telegram", MovedClock()), other)
    return asyncio.create_task(poller.run(stop)), stop


async def test_an_update_is_confirmed_only_once_it_is_handled(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    task, stop = await polling(shop, handlers)
    first, second = said(shop, (ANNA, "slow"), (BEN, "quick"))

    await until(lambda: "quick" in handlers.ended)
    polls = len(shop.telegram.calls)
    (third,) = said(shop, (MIRA, "new"))
    await until(lambda: "new" in handlers.ended)
    assert shop.telegram.confirmed_offset <= first["update_id"]
    assert len(shop.telegram.calls) - polls < 20  # no spinning while an old one blocks

    handlers.let_go(ANNA.id)
    await until(lambda: shop.telegram.confirmed_offset == third["update_id"] + 1)
    assert handlers.ended == ["quick", "new", "slow"]
    assert second["update_id"] < shop.telegram.confirmed_offset
    stop.set()
    await asyncio.wait_for(task, 20)


async def test_stopping_ends_the_long_poll_and_confirms_what_is_handled(shop: BotShop) -> None:
    handlers = RecordingHandlers(held={ANNA.id})
    task, stop = await polling(shop, handlers)
    (update,) = said(shop, (ANNA, "last"))
    await until(lambda: bool(handlers.began))
    stop.set()
    handlers.let_go(ANNA.id)
    await asyncio.wait_for(task, 20)

    assert handlers.ended == ["last"]
    assert shop.telegram.confirmed_offset == update["update_id"] + 1


async def test_what_was_cut_short_comes_again_after_the_restart(shop: BotShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UpdateIntake.drain, "__defaults__", (0.2,))
    handlers = RecordingHandlers(held={ANNA.id})
    task, stop = await polling(shop, handlers)
    said(shop, (ANNA, "cut short"))
    await until(lambda: bool(handlers.began))
    stop.set()
    await asyncio.wait_for(task, 20)
    assert handlers.ended == []

    again = RecordingHandlers()
    task, stop = await polling(shop, again)
    await until(lambda: bool(again.ended))
    stop.set()
    await asyncio.wait_for(task, 20)

    assert again.ended == ["cut short"]


async def test_a_repeated_update_is_ignored_by_polling_too(shop: BotShop) -> None:
    handlers = RecordingHandlers()
    task, stop = await polling(shop, handlers)
    (first,) = said(shop, (BEN, "one"))
    await until(lambda: bool(handlers.ended))
    shop.telegram.repeat_update(first["update_id"])
    said(shop, (BEN, "two"))
    await until(lambda: "two" in handlers.ended)
    stop.set()
    await asyncio.wait_for(task, 20)

    assert handlers.ended == ["one", "two"]


@pytest.mark.parametrize("fault", [FaultMode.SERVER_ERROR, FaultMode.HTML, FaultMode.RESET, FaultMode.RESET_BODY])
async def test_an_outage_is_logged_once_and_its_end_too(
    shop: BotShop, caplog: pytest.LogCaptureFixture, fault: FaultMode
) -> None:
    handlers = RecordingHandlers()
    shop.telegram.faults.set(fault, remaining=3, path_contains="getUpdates")
    with caplog.at_level(logging.INFO, logger="checkout.resilience.service_health"):
        task, stop = await polling(shop, handlers)
        said(shop, (BEN, "hello"))
        await until(lambda: bool(handlers.ended))
        stop.set()
        await asyncio.wait_for(task, 20)

    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    assert len([text for text in told if "Telegram is down: updates cannot be fetched" in text]) == 1
    assert told.count("Telegram is back") == 1
    assert shop.bot.token not in caplog.text


async def test_another_poller_is_named_in_plain_words(shop: BotShop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="bot"):
        first, stop_first = await polling(shop, RecordingHandlers())
        await until(lambda: bool(shop.telegram.calls))
        second, stop_second = await polling(shop, RecordingHandlers())
        await until(lambda: "Another program polls" in caplog.text)
        stop_first.set()
        stop_second.set()
        await asyncio.gather(first, second)

    assert "Stop the other" in caplog.text
    async with shop.storage.read() as tx:
        assert await is_met(tx, shop.clock.now())
        assert not await is_met(tx, shop.clock.now() + IS_GONE_AFTER)


async def test_another_poller_that_cannot_be_noted_does_not_end_this_one(
    shop: BotShop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: OtherPoller) -> None:
        noted.append("tried")
        raise DatabaseAway("its disk is full")

    noted: list[str] = []
    monkeypatch.setattr(OtherPoller, "met", away)
    first, stop_first = await polling(shop, RecordingHandlers())
    await until(lambda: bool(shop.telegram.calls))
    second, stop_second = await polling(shop, RecordingHandlers())
    await until(lambda: bool(noted))
    stop_first.set()
    stop_second.set()
    await asyncio.gather(first, second)


async def test_a_webhook_that_is_set_is_no_other_poller(shop: BotShop, caplog: pytest.LogCaptureFixture) -> None:
    await account_of(shop.bot).prepare("webhook", "https://other.example", "s3cretS3cretS3cret")
    with caplog.at_level(logging.WARNING, logger="bot"):
        task, stop = await polling(shop, RecordingHandlers())
        await until(lambda: "to a webhook" in caplog.text)
        stop.set()
        await task
    async with shop.storage.read() as tx:
        assert not await is_met(tx, shop.clock.now())


async def test_an_update_that_cannot_be_read_does_not_stop_the_others(shop: BotShop) -> None:
    handlers = RecordingHandlers()
    broken = shop.telegram.queue.add("message", {"no": "message"})
    (good,) = said(shop, (BEN, "hello"))
    task, stop = await polling(shop, handlers)
    await until(lambda: shop.telegram.confirmed_offset > good["update_id"])
    stop.set()
    await asyncio.wait_for(task, 20)

    assert handlers.ended == ["hello"] and broken < good["update_id"]


async def test_the_webhook_is_set_with_its_secret_and_removed_for_polling(shop: BotShop) -> None:
    await account_of(shop.bot).prepare("webhook", "https://shop.example.com/", "s3cret")
    webhook = shop.telegram.queue.webhook
    assert webhook is not None
    assert (webhook.url, webhook.secret_token) == ("https://shop.example.com/webhooks/telegram", "s3cret")
    assert shop.telegram.queue.allowed == ["message", "edited_message", "callback_query"]

    await account_of(shop.bot).prepare("polling")
    assert shop.telegram.queue.webhook is None


async def test_the_menus_are_set_in_both_languages_also_for_admins(shop: BotShop) -> None:
    shop.telegram.meet(MIRA)
    await account_of(shop.bot).set_commands((MIRA.id, 424242))

    names = "start buy orders email language help paysupport terms cancel mydata forget".split()
    for person in (ANNA, BEN):
        assert [one["command"] for one in shop.telegram.profile.commands_for(person)] == names
    more = "payments payment find stats export refund invoice resend todo outbox".split()
    more += "summary notify close open audit admin".split()
    assert [one["command"] for one in shop.telegram.profile.commands_for(MIRA)] == names + more
    assert shop.telegram.profile.commands_for(ANNA)[0]["description"] == "Что есть в продаже"
    assert shop.telegram.profile.commands_for(BEN)[0]["description"] == "See what is on sale"
