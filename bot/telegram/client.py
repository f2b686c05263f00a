"""The connection to Telegram: the token kept out of every error, and the calls kept below Telegram's limits."""

import asyncio
from contextlib import nullcontext
from functools import cache
from math import ceil
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramEntityTooLarge,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.methods import GetMe, TelegramMethod
from aiogram.methods.base import Response, TelegramType
from aiohttp import ClientConnectorError, ClientError, ClientResponse, ClientTimeout

from bot.telegram.errors import AnswerLost, UploadLost, id_in, says_done, says_telegram_is_down
from bot.telegram.places import given_back, is_answer
from bot.telegram.resting_chats import RestingChats
from bot.telegram.uploads import upload_of
from checkout import limits
from checkout.ports.runtime import Clock, Meter, RateLimit
from checkout.resilience.circuit_breaker import CircuitBreaker, StillDown
from checkout.resilience.metering import SILENT, Call, timed
from checkout.resilience.patience import patience

__all__ = ["Bot", "build_bot"]

ANSWERED, TOO_LARGE, TOO_MANY = 200, 413, 429
# Polling waits for its answer and backs off by itself; in no chat does it show.
POLL = "getUpdates"
COUNTED = ("send", "edit", "copy", "forward", "delete")


class DiscreetSession(AiohttpSession):
    """aiohttp puts the address of a failed request into its errors, and the token is in the address."""

    def __init__(
        self,
        *,
        breaker: CircuitBreaker | None,
        rate_limiter: RateLimit | None,
        meter: Meter,
        clock: Clock | None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._breaker, self._rate_limiter, self._meter = breaker, rate_limiter, meter
        self._resting = RestingChats(clock) if clock else None
        # One of them at a time stands in the limiter's line: however many are answered, a receipt waits behind one.
        self._answers = asyncio.Lock()

    async def close(self) -> None:
        """aiohttp itself waits for its connections to end: aiogram's quarter of a second more is for older ones."""
        if self._session is not None:
            await self._session.close()

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        chat_id = getattr(method, "chat_id", None)
        if self._resting is None or chat_id is None:
            return await self._request(bot, method, timeout)
        if left := self._resting.seconds_left(chat_id):
            raise TelegramRetryAfter(method=method, message="this chat is to rest", retry_after=ceil(left))
        try:
            return await self._request(bot, method, timeout)
        except TelegramRetryAfter as error:
            self._resting.note(chat_id, error.retry_after)
            raise

    async def _request(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None) -> TelegramType:
        # Whoever waits for their turn keeps their place: of a crowd few are begun, and the rest takes little room.
        await self._turn(method.__api_method__)
        async with given_back():
            return await self._in_time(bot, method, timeout)

    async def _turn(self, name: str) -> None:
        if self._rate_limiter is not None and name.startswith(COUNTED):
            async with self._answers if is_answer() else nullcontext():
                await self._rate_limiter.wait("")

    async def _in_time(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None) -> TelegramType:
        name = method.__api_method__
        if self._breaker is None or name == POLL:
            return await self._discreet(bot, method, timeout)
        try:
            if upload_of(method) is not None:
                return await self._uploaded(bot, method, timeout, self._breaker)
            whom = str(getattr(method, "chat_id", name))
            return await self._breaker.call(lambda: self._discreet(bot, method, timeout), says_telegram_is_down, whom)
        except StillDown:
            raise TelegramNetworkError(method=method, message="Telegram is still down") from None

    async def _uploaded(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None, breaker: CircuitBreaker
    ) -> TelegramType:
        """Takes minutes: no probe for others to wait for, and no sign of how Telegram does. So it asks that first: in
        an outage no file is sent that may or may not arrive."""
        await breaker.call(lambda: self._discreet(bot, GetMe(), None), says_telegram_is_down, "getMe")
        return await self._discreet(bot, method, timeout)

    async def _discreet(self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None) -> TelegramType:
        try:
            with timed(self._meter, "telegram", method.__api_method__) as call:
                return await self._asked(bot, method, timeout, call)
        except TelegramAPIError as error:
            if not error.message:  # Telegram says why: this comes from somebody before it
                raise ClientDecodeError("an answer without a reason", error, None) from None
            error.message = error.message.replace(bot.token, "***")
            raise error from None
        except (ClientError, OSError, TimeoutError, UnicodeError) as error:
            upload = upload_of(method)
            if upload is not None and not isinstance(error, ClientConnectorError):
                raise UploadLost(method, type(error).__name__, is_unclear=upload.is_handed_over) from None
            raise TelegramNetworkError(method=method, message=type(error).__name__) from None

    async def _asked(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None, call: Call
    ) -> TelegramType:
        """As aiogram asks, but an answer that is lost on its way is told from one that never came."""
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        form = self.build_form_data(bot=bot, method=method)
        limit = limits.telegram_timeout().total_seconds() if timeout is None else timeout
        if (upload := upload_of(method)) is not None:
            limit = limit + limits.transfer_time(upload.size).total_seconds()
        response: ClientResponse | None = None
        try:
            # Who follows a redirection asks without the form, and is refused for good.
            posted = session.post(url, data=form, timeout=ClientTimeout(), allow_redirects=False)
            async with patience(limit), posted as response:
                content = await response.text()
        except (ClientError, OSError, TimeoutError):
            if response and response.status == ANSWERED and response.content_type == "application/json":
                raise AnswerLost(method=method, message="done, but the answer was lost") from None
            raise
        call.answered(response.status)
        asked_to_wait = response.headers.get("Retry-After", "")
        if response.status == TOO_MANY and asked_to_wait.isdigit():
            # What stands before Telegram's API, a proxy say, knows nothing of its ``parameters``.
            raise TelegramRetryAfter(method=method, message="Too Many Requests", retry_after=int(asked_to_wait))
        if response.status == TOO_LARGE:  # as above: whoever says so
            raise TelegramEntityTooLarge(method=method, message="Request Entity Too Large")
        _answer_with(method.__returning__)
        try:
            checked = self.check_response(bot=bot, method=method, status_code=response.status, content=content)
        except TypeError as error:  # aiogram looks for words in a reason that is not there
            raise ClientDecodeError("an answer without a reason", error, None) from None
        except ClientDecodeError as error:
            if response.status == ANSWERED and method.__api_method__.startswith(COUNTED) and says_done(error.data):
                raise AnswerLost(method, "done, but the answer cannot be read", id_in(error.data)) from None
            raise
        if checked.result is None:
            raise ClientDecodeError("done, and nothing is told of it", ValueError("no result"), None)
        return checked.result


@cache
def _answer_with(kind: Any) -> Any:
    """Kept: aiogram asks pydantic for this class at every answer, and one that was collected is built anew in 4 ms."""
    return Response[kind]


def build_bot(
    token: str,
    api_url: str,
    breaker: CircuitBreaker | None = None,
    rate_limiter: RateLimit | None = None,
    meter: Meter = SILENT,
    clock: Clock | None = None,
) -> Bot:
    """A bot that writes HTML without link previews; close its ``session`` at the end.

    With a ``clock`` chats that Telegram wants left alone for long are left alone, whoever writes to them.
    Raises aiogram's TokenValidationError for a token that cannot be one.
    """
    session = DiscreetSession(
        api=TelegramAPIServer.from_base(api_url),
        breaker=breaker,
        rate_limiter=rate_limiter,
        meter=meter,
        clock=clock,
    )
    properties = DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True)
    return Bot(token, session=session, default=properties)
