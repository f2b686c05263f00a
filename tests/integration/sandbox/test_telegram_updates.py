"""How updates reach a bot from the Telegram stand-in: long polling and webhook, through the real aiogram."""

import asyncio
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
)
from aiohttp import web

from sandbox.base.waiting import until
from sandbox.fake_telegram.api import TelegramStandIn
from sandbox.fake_telegram.chats import ANNA, BEN


async def test_an_offset_confirms_all_lower_updates(telegram: TelegramStandIn, bot: Bot) -> None:
    for word in ("one", "two", "three"):
        telegram.say(ANNA, word)
    first, second, third = await bot.get_updates()
    assert [u.update_id for u in await bot.get_updates(offset=second.update_id)] == [second.update_id, third.update_id]
    assert telegram.confirmed_offset == second.update_id
    assert first.update_id not in [update["update_id"] for update in telegram.queue.pending]


async def test_a_long_poll_ends_with_the_first_update(telegram: TelegramStandIn, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: bool(telegram.calls))
    telegram.say(BEN, "hello")
    [update] = await asyncio.wait_for(poll, 20)
    assert update.message is not None
    assert update.message.text == "hello"


async def test_of_two_pollers_the_older_gets_a_conflict(telegram: TelegramStandIn, bot: Bot) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: bool(telegram.calls))
    newer = asyncio.create_task(bot.get_updates(timeout=30))
    with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
        await older
    telegram.say(ANNA, "hello")
    assert len(await newer) == 1


async def test_a_repeated_update_comes_again_although_it_was_confirmed(telegram: TelegramStandIn, bot: Bot) -> None:
    telegram.say(ANNA, "hello")
    [update] = await bot.get_updates()
    assert await bot.get_updates(offset=update.update_id + 1) == []
    telegram.repeat_update(update.update_id)
    [again] = await bot.get_updates(offset=update.update_id + 1)
    assert again.update_id == update.update_id
    assert await bot.get_updates(offset=update.update_id + 1) == []


async def test_a_webhook_gets_every_update_until_it_answers_with_200(telegram: TelegramStandIn, bot: Bot) -> None:
    answers = [500, 200, 200]
    got: list[tuple[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        update = await request.json()
        got.append((request.headers["X-Telegram-Bot-Api-Secret-Token"], update["message"]["text"]))
        return web.Response(status=answers.pop(0))

    runner, url = await _serve(take)
    telegram.queue.retry_seconds = 0.01
    await bot.set_webhook(url, secret_token="secret", max_connections=1)
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    telegram.say(ANNA, "one")
    telegram.say(ANNA, "two")
    await until(lambda: not telegram.queue.pending or None)
    assert got == [("secret", "one"), ("secret", "one"), ("secret", "two")]
    info = await bot.get_webhook_info()
    assert (info.url, info.pending_update_count) == (url, 0)
    assert info.last_error_message is not None
    assert "500" in info.last_error_message
    await bot.delete_webhook()
    assert await bot.get_updates() == []
    with pytest.raises(TelegramBadRequest, match="HTTPS URL must be provided"):
        await bot.set_webhook("http://shop.example/hook")
    await runner.cleanup()


async def _serve(handler: Any) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.router.add_post("/hook", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
