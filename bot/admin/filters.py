"""Who is an admin."""

from aiogram.filters import BaseFilter
from aiogram.types import TelegramObject

from bot.context import Turn


class FromAdmin(BaseFilter):
    """To everyone else what admins do does not exist."""

    async def __call__(self, event: TelegramObject, turn: Turn) -> bool:
        return turn.customer.telegram_user_id in turn.parts.admin_ids
