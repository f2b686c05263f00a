"""Whether the bot may write to somebody."""

from aiogram import Bot

from bot.errors import CALL_ERRORS, translate


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
