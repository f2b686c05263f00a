"""What is learned of the bot's account, and told to it, before the shop is served: by `setup` and `doctor`."""

import asyncio

from aiogram import Bot
from aiogram.types import Update, User

from bot.telegram.errors import CALL_ERRORS, translate
from checkout.errors import ServiceRefused
from checkout.model.catalog import Shop
from checkout.model.language import ENGLISH, RUSSIAN
from messages.language.i18n import texts
from messages.language.text import shorten

POLL_SECONDS = 20
PAUSE_SECONDS = 1.0  # getUpdates answers at once while other updates wait, and those are not to be confirmed
MOST_UPDATES = 100  # that Telegram shows unconfirmed: what comes behind them is not seen
LONGEST_DESCRIPTION, LONGEST_SHORT_DESCRIPTION = 512, 120


async def webhook_url(bot: Bot) -> str:
    """Where Telegram sends updates now; empty where it sends them nowhere. Raises ServiceError."""
    try:
        return (await bot.get_webhook_info()).url
    except CALL_ERRORS as error:
        raise translate(error) from None


async def who_pressed_start(bot: Bot, nonce: str, seconds: float) -> User | None:
    """The first person whose Start carries ``nonce``; None when nobody came within ``seconds``.

    No update is confirmed: customers' messages wait for the shop. Raises ServiceError, ServiceRefused where a webhook
    or too many waiting updates are in the way.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    while (left := deadline - asyncio.get_running_loop().time()) > 0:
        updates = await _waiting_updates(bot, int(min(left, POLL_SECONDS)))
        for update in updates:
            message = update.message
            if message and message.text == f"/start {nonce}" and message.chat.type == "private":
                return message.from_user
        if len(updates) >= MOST_UPDATES:
            raise ServiceRefused("Telegram holds too many updates for this bot: the newest cannot be seen")
        await asyncio.sleep(min(left, PAUSE_SECONDS))
    return None


async def _waiting_updates(bot: Bot, seconds: int) -> list[Update]:
    try:
        return await bot.get_updates(timeout=seconds, request_timeout=seconds + 10)
    except CALL_ERRORS as error:
        raise translate(error) from None


async def describe(bot: Bot, shop: Shop) -> None:
    """What people read before they press Start, in both languages; words of the owner's own stay.

    Raises ServiceError.
    """
    try:
        for language in (RUSSIAN, ENGLISH):  # where one has none, the English one is told: asked first, it is empty
            await _describe(bot, shop, language)
    except CALL_ERRORS as error:
        raise translate(error) from None


async def _describe(bot: Bot, shop: Shop, language: str) -> None:
    t, code = texts("chat", language).gettext, "" if language == ENGLISH else language
    if not (await bot.get_my_description(language_code=code)).description:
        words = t("{shop}: press Start to see what is on sale. You pay by card on a page of ours and get the receipt"
                  " here and by mail. Questions: {support}")  # fmt: skip
        told = shorten(words.format(shop=shop.name, support=shop.support), LONGEST_DESCRIPTION)
        await bot.set_my_description(told, language_code=code)
    if not (await bot.get_my_short_description(language_code=code)).short_description:
        words = t("{shop}. Questions: {support}")
        told = shorten(words.format(shop=shop.name, support=shop.support), LONGEST_SHORT_DESCRIPTION)
        await bot.set_my_short_description(told, language_code=code)
