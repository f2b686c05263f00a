"""What Telegram has to know before updates can come: webhook or none, and the menus of commands."""

import logging
from typing import Literal

from aiogram import Bot
from aiogram.types import (
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
)

from bot.commands import ADMIN_COMMANDS, CUSTOMER_COMMANDS, Command, menu
from bot.errors import CALL_ERRORS, translate
from bot.updates import ALLOWED_UPDATES
from checkout.errors import ServiceRefused

log = logging.getLogger(__name__)
WEBHOOK_PATH = "/webhooks/telegram"
# As many updates at once as the intake handles at once.
WEBHOOK_CONNECTIONS = 32


async def prepare(bot: Bot, mode: Literal["polling", "webhook"], public_url: str = "", secret: str = "") -> None:
    """Sets the webhook at ``public_url``, or removes it for polling; updates that wait are kept.

    Raises ServiceError.
    """
    try:
        if mode == "polling":
            await bot.delete_webhook(drop_pending_updates=False)
            return
        await bot.set_webhook(
            url=public_url.rstrip("/") + WEBHOOK_PATH,
            secret_token=secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=WEBHOOK_CONNECTIONS,
        )
    except CALL_ERRORS as error:
        raise translate(error) from None


async def set_commands(bot: Bot, admin_ids: tuple[int, ...]) -> None:
    """The menus of commands in both languages. Raises ServiceError.

    An admin who has not written to the bot yet has no chat to set a menu for: the customers' menu shows there.
    """
    for scope in (BotCommandScopeDefault(), BotCommandScopeAllPrivateChats()):
        await _set_menus(bot, scope, CUSTOMER_COMMANDS)
    for admin_id in admin_ids:
        try:
            await _set_menus(bot, BotCommandScopeChat(chat_id=admin_id), CUSTOMER_COMMANDS + ADMIN_COMMANDS)
        except ServiceRefused:
            log.info("admin %d has not written to the bot yet: no menu of commands for this chat", admin_id)


async def _set_menus(bot: Bot, scope: BotCommandScopeUnion, commands: tuple[Command, ...]) -> None:
    try:
        await bot.set_my_commands(menu(commands, "en"), scope=scope)
        await bot.set_my_commands(menu(commands, "ru"), scope=scope, language_code="ru")
    except CALL_ERRORS as error:
        raise translate(error) from None
