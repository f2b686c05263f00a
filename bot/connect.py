"""The connection to Telegram, with the token kept out of every error."""

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientError

from checkout import limits

__all__ = ["Bot", "build_bot"]

TELEGRAM = "https://api.telegram.org"


class DiscreetSession(AiohttpSession):
    """aiohttp puts the address of a failed request into its errors, and the token is in the address."""

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        try:
            result = await super().make_request(bot, method, timeout)
        except TelegramAPIError as error:
            error.message = error.message.replace(bot.token, "***")
            raise error from None
        except (ClientError, OSError, TimeoutError, UnicodeError) as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from None
        return result


def build_bot(token: str, api_url: str = TELEGRAM) -> Bot:
    """A bot that writes HTML without link previews; close its ``session`` at the end.

    Raises aiogram's TokenValidationError for a token that cannot be one.
    """
    session = DiscreetSession(
        api=TelegramAPIServer.from_base(api_url),
        timeout=limits.send_timeout().total_seconds(),
    )
    properties = DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True)
    return Bot(token, session=session, default=properties)
