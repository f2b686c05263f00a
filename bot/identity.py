"""Who the bot is, by its token."""

import math
from dataclasses import dataclass

from aiogram import Bot

from bot.errors import CALL_ERRORS, translate
from checkout import limits


@dataclass(frozen=True, slots=True)
class Identity:
    """``username`` without the ``@``: https://t.me/<username> is the chat with the bot."""

    id: int
    username: str
    name: str


async def identify(bot: Bot) -> Identity:
    """Asks Telegram. Raises ServiceError; its ``code`` is TelegramUnauthorizedError for a wrong token."""
    try:
        me = await bot.get_me(request_timeout=math.ceil(limits.send_timeout().total_seconds()))
    except CALL_ERRORS as error:
        raise translate(error) from None
    return Identity(me.id, me.username or "", me.full_name)
