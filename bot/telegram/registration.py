"""The bot's account as the running shop tells it: whatever is asked goes the bot's own way. And whose menu is whose."""

import logging
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.methods import TelegramMethod
from aiogram.types import Message, TelegramObject

from bot.telegram.account import TelegramAccount
from bot.telegram.errors import CALL_ERRORS, translate
from checkout.errors import ServiceError, ServiceRefused
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)
HAS_MENU = "admin_menu/"


@cache
def _method(name: str) -> type[TelegramMethod[Any]]:
    return type(name, (TelegramMethod,), {"__module__": __name__, "__returning__": Any, "__api_method__": name})


def account_of(bot: Bot) -> TelegramAccount:
    """Asks as all else that the bot asks: within its limits, and not while Telegram is down."""

    async def ask(method: str, **parameters: Any) -> Any:
        try:
            return await bot(_method(method)(**parameters))
        except CALL_ERRORS as error:
            raise translate(error) from None

    return TelegramAccount(ask)


async def take_menus_back(bot: Bot, storage: Storage, clock: Clock, admin_ids: tuple[int, ...]) -> None:
    """Who is no admin any more loses the admins' menu, and who is one is remembered. Raises ServiceError."""
    async with storage.begin() as tx:
        for admin_id in admin_ids:
            await tx.checkpoints.add(f"{HAS_MENU}{admin_id}", clock.now())
        names = await tx.checkpoints.beginning_with(HAS_MENU)
    for name in names:
        admin_id = int(name.removeprefix(HAS_MENU))
        if admin_id not in admin_ids:
            await _remove_menu(bot, admin_id)
            async with storage.begin() as tx:
                await tx.checkpoints.remove(name)


async def _remove_menu(bot: Bot, admin_id: int) -> None:
    try:
        await account_of(bot).remove_admin_menu(admin_id)
    except ServiceRefused:
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
            await account_of(bot).set_admin_menu(admin_id)
        except ServiceError as error:
            log.info("admin %d gets the menu of commands with the next message: %s", admin_id, error)
        else:
            self._unsure.discard(admin_id)
