"""Who is an admin."""

from aiogram import Router
from aiogram.filters import BaseFilter
from aiogram.types import Message, TelegramObject

from bot.context import ChatContext
from bot.routing import is_passed_on


class FromAdmin(BaseFilter):
    """To everyone else what admins do does not exist, nor in words that an admin only passes on."""

    async def __call__(self, event: TelegramObject, chat: ChatContext) -> bool:
        if isinstance(event, Message) and is_passed_on(event):
            return False
        return chat.is_admin


def admin_router(name: str) -> Router:
    """A router whose messages and buttons are for admins alone."""
    router = Router(name=name)
    router.message.filter(FromAdmin())
    router.callback_query.filter(FromAdmin())
    return router
