"""What Telegram has to know before updates can come: webhook or none, and the menus of commands."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiogram import BaseMiddleware, Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
    Message,
    TelegramObject,
)

from bot.commands import ADMIN_COMMANDS, CUSTOMER_COMMANDS, Command
from bot.telegram.errors import CALL_ERRORS, translate
from bot.telegram.updates import ALLOWED_UPDATES
from checkout.errors import ServiceError, ServiceRefused
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from messages.links import TELEGRAM_WEBHOOK_PATH

log = logging.getLogger(__name__)
# The most that Telegram has: what waits for it at our side costs little.
WEBHOOK_CONNECTIONS = 100

HAS_MENU = "admin_menu/"


async def prepare(bot: Bot, mode: Literal["polling", "webhook"], public_url: str = "", secret: str = "") -> None:
    """Sets the webhook at ``public_url``, or removes it for polling; updates that wait are kept.

    Raises ServiceError.
    """
    try:
        if mode == "polling":
            await bot.delete_webhook(drop_pending_updates=False)
            return
        await bot.set_webhook(
            url=public_url.rstrip("/") + TELEGRAM_WEBHOOK_PATH,
            secret_token=secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=WEBHOOK_CONNECTIONS,
        )
    except CALL_ERRORS as error:
        raise translate(error) from None


async def set_commands(bot: Bot, admin_ids: tuple[int, ...]) -> None:
    """The menus of commands in both languages. Raises ServiceError.

    An admin who has not written to the bot yet has no chat to set a menu for: they get it with their first message.
    """
    for scope in (BotCommandScopeDefault(), BotCommandScopeAllPrivateChats()):
        await _set_menus(bot, scope, CUSTOMER_COMMANDS)
    for admin_id in admin_ids:
        try:
            await set_admin_menu(bot, admin_id)
        except ServiceRefused:
            log.info("admin %d has not written to the bot yet: no menu of commands for this chat", admin_id)


async def set_admin_menu(bot: Bot, admin_id: int) -> None:
    """Raises ServiceError; ServiceRefused while the admin has never written to the bot."""
    await _set_menus(bot, BotCommandScopeChat(chat_id=admin_id), CUSTOMER_COMMANDS + ADMIN_COMMANDS)


async def take_menus_back(bot: Bot, storage: Storage, clock: Clock, admin_ids: tuple[int, ...]) -> None:
    """Who is no admin any more loses the admins' menu, and who is one is remembered. Raises ServiceError."""
    async with storage.begin() as tx:
        for admin_id in admin_ids:
            await tx.checkpoints.add(f"{HAS_MENU}{admin_id}", clock.now())
        names = await tx.checkpoints.beginning_with(HAS_MENU)
    for name in names:
        admin_id = int(name.removeprefix(HAS_MENU))
        if admin_id not in admin_ids:
            await _remove_menus(bot, admin_id)
            async with storage.begin() as tx:
                await tx.checkpoints.remove(name)


async def _remove_menus(bot: Bot, admin_id: int) -> None:
    try:
        for language in (None, "ru"):
            await bot.delete_my_commands(scope=BotCommandScopeChat(chat_id=admin_id), language_code=language)
    except CALL_ERRORS as error:
        translated = translate(error)
        if not translated.permanent:
            raise translated from None
        log.info("%d has no chat with the bot any more, and no menu to take back", admin_id)


class AdminMenu(BaseMiddleware):
    """Sets the menu of admins whom the bot could not reach at its start, once they write."""

    def __init__(self, admin_ids: tuple[int, ...]) -> None:
        self._unsure = set(admin_ids)

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        result = await handler(event, data)
        if isinstance(event, Message) and event.chat.type == "private" and event.chat.id in self._unsure:
            await self._set(data["bot"], event.chat.id)
        return result

    async def _set(self, bot: Bot, admin_id: int) -> None:
        """A menu that is there is set once more: nothing changes."""
        try:
            await set_admin_menu(bot, admin_id)
        except ServiceError as error:
            log.info("admin %d gets the menu of commands with the next message: %s", admin_id, error)
        else:
            self._unsure.discard(admin_id)


async def _set_menus(bot: Bot, scope: BotCommandScopeUnion, commands: tuple[Command, ...]) -> None:
    try:
        await bot.set_my_commands(_menu(commands, "en"), scope=scope)
        await bot.set_my_commands(_menu(commands, "ru"), scope=scope, language_code="ru")
    except CALL_ERRORS as error:
        raise translate(error) from None


def _menu(commands: tuple[Command, ...], language: str) -> list[BotCommand]:
    return [BotCommand(command=one.name, description=one.in_(language)) for one in commands]


@dataclass(frozen=True, slots=True)
class Identity:
    """``username`` without the ``@``: https://t.me/<username> is the chat with the bot."""

    id: int
    username: str
    name: str


async def identify(bot: Bot) -> Identity:
    """Asks Telegram. Raises ServiceError; its ``code`` is TelegramUnauthorizedError for a wrong token."""
    try:
        me = await bot.get_me()
    except CALL_ERRORS as error:
        raise translate(error) from None
    return Identity(me.id, me.username or "", me.full_name)


async def can_write_to(bot: Bot, telegram_user_id: int) -> bool:
    """False when they never pressed Start, or there is no such account. Raises ServiceError when Telegram is away."""
    try:
        await bot.get_chat(telegram_user_id)
    except CALL_ERRORS as error:
        translated = translate(error)
        if translated.permanent:
            return False
        raise translated from None
    return True
