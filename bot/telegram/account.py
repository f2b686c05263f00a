"""What is learned of the bot's account, and told to it. Without aiogram, for which `setup` and `doctor` would wait."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import aiohttp

from bot.commands import ADMIN_COMMANDS, CUSTOMER_COMMANDS, Command
from checkout.errors import ServiceRefused, ServiceUnavailable
from checkout.language import ENGLISH, RUSSIAN
from checkout.model.catalog import Shop
from checkout.resilience.no_answer import no_answer
from messages.language.i18n import texts
from messages.language.text import shorten
from messages.links import TELEGRAM_WEBHOOK_PATH, as_browsers_write

log = logging.getLogger(__name__)
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
# The most that Telegram has: what waits for it at our side costs little.
WEBHOOK_CONNECTIONS = 100
POLL_SECONDS, ANSWER_SECONDS = 20, 40.0
PAUSE_SECONDS = 1.0  # getUpdates answers at once while other updates wait, and those are not to be confirmed
MOST_UPDATES = 100  # that Telegram shows unconfirmed: what comes behind them is not seen
LONGEST_DESCRIPTION, LONGEST_SHORT_DESCRIPTION = 512, 120


class WrongToken(ServiceRefused):
    """Telegram knows no bot with this token."""


class Ask(Protocol):
    """Calls a method of the Bot API and returns what stands under ``result``. Raises ServiceError."""

    async def __call__(self, method: str, **parameters: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """``username`` without the ``@``: https://t.me/<username> is the chat with the bot."""

    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who has pressed Start."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class UpdatesTarget:
    """``url`` is empty where updates wait to be polled; ``error_at`` is Unix time in seconds, 0 for never."""

    url: str
    error: str
    error_at: int


class TelegramAccount:
    """Every method raises ServiceError as ``ask`` does."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def identify(self) -> Identity:
        me = await self._ask("getMe")
        return Identity(int(me["id"]), str(me.get("username", "")), _full_name(me))

    async def can_write_to(self, telegram_user_id: int) -> bool:
        """False when they never pressed Start, or there is no such account."""
        try:
            await self._ask("getChat", chat_id=telegram_user_id)
        except WrongToken:
            raise
        except ServiceRefused:
            return False
        return True

    async def updates_target(self) -> UpdatesTarget:
        found = await self._ask("getWebhookInfo")
        return UpdatesTarget(
            as_browsers_write(str(found.get("url", ""))),
            str(found.get("last_error_message", "")),
            int(found.get("last_error_date", 0)),
        )

    async def prepare(self, mode: Literal["polling", "webhook"], public_url: str = "", secret: str = "") -> None:
        """Sets the webhook at ``public_url``, or removes it for polling; updates that wait are kept."""
        if mode == "polling":
            await self._ask("deleteWebhook", drop_pending_updates=False)
            return
        await self._ask(
            "setWebhook",
            url=public_url.rstrip("/") + TELEGRAM_WEBHOOK_PATH,
            secret_token=secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=WEBHOOK_CONNECTIONS,
        )

    async def set_commands(self, admin_ids: tuple[int, ...]) -> None:
        """The menus of commands in both languages.

        An admin who has not written to the bot yet has no chat to set a menu for: they get it with their first message.
        """
        for scope in ("default", "all_private_chats"):
            await self._set_menus({"type": scope}, CUSTOMER_COMMANDS)
        for admin_id in admin_ids:
            try:
                await self.set_admin_menu(admin_id)
            except WrongToken:
                raise
            except ServiceRefused:
                log.info("admin %d has not written to the bot yet: no menu of commands for this chat", admin_id)

    async def set_admin_menu(self, admin_id: int) -> None:
        """ServiceRefused while the admin has never written to the bot."""
        await self._set_menus(_chat(admin_id), CUSTOMER_COMMANDS + ADMIN_COMMANDS)

    async def remove_admin_menu(self, admin_id: int) -> None:
        """ServiceRefused where they have no chat with the bot any more."""
        for language in ("", RUSSIAN):
            await self._ask("deleteMyCommands", scope=_chat(admin_id), language_code=language)

    async def _set_menus(self, scope: Mapping[str, object], commands: tuple[Command, ...]) -> None:
        for language, code in ((ENGLISH, ""), (RUSSIAN, RUSSIAN)):
            menu = [{"command": one.name, "description": one.in_(language)} for one in commands]
            await self._ask("setMyCommands", commands=menu, scope=dict(scope), language_code=code)

    async def who_pressed_start(self, nonce: str, seconds: float) -> Visitor | None:
        """The first person whose Start carries ``nonce``; None when nobody came within ``seconds``.

        No update is confirmed: customers' messages wait for the shop. ServiceRefused where a webhook or too many
        waiting updates are in the way.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            updates = await self._ask("getUpdates", timeout=int(min(left, POLL_SECONDS)))
            for update in updates:
                message = update.get("message", {})
                if message.get("text") == f"/start {nonce}" and message["chat"]["type"] == "private":
                    return Visitor(int(message["from"]["id"]), _full_name(message["from"]))
            if len(updates) >= MOST_UPDATES:
                raise ServiceRefused("Telegram holds too many updates for this bot: the newest cannot be seen")
            await asyncio.sleep(min(left, PAUSE_SECONDS))
        return None

    async def describe(self, shop: Shop) -> None:
        """What people read before they press Start, in both languages; words of the owner's own stay."""
        for language in (RUSSIAN, ENGLISH):  # where one has none, the English one is told: asked first, it is empty
            await self._describe(shop, language)

    async def _describe(self, shop: Shop, language: str) -> None:
        t, code = texts("chat", language).gettext, "" if language == ENGLISH else language
        if not (await self._ask("getMyDescription", language_code=code))["description"]:
            words = t("{shop}: press Start to see what is on sale. You pay by card on a page of ours and get the"
                      " receipt here and by mail. Questions: {support}")  # fmt: skip
            told = shorten(words.format(shop=shop.name, support=shop.support), LONGEST_DESCRIPTION)
            await self._ask("setMyDescription", description=told, language_code=code)
        if not (await self._ask("getMyShortDescription", language_code=code))["short_description"]:
            words = t("{shop}. Questions: {support}")
            told = shorten(words.format(shop=shop.name, support=shop.support), LONGEST_SHORT_DESCRIPTION)
            await self._ask("setMyShortDescription", short_description=told, language_code=code)


def over_http(session: aiohttp.ClientSession, api_url: str, token: str) -> TelegramAccount:
    """Asks by itself. Raises ServiceUnavailable when Telegram cannot be reached, WrongToken for an unknown token.

    No error names the address: the token is in it.
    """
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)

    async def ask(method: str, **parameters: Any) -> Any:
        try:
            url = f"{api_url}/bot{token}/{method}"
            async with session.post(url, json=parameters, timeout=timeout, allow_redirects=False) as response:
                answer = await response.json()
                if answer["ok"]:
                    return answer["result"]
                status, words = response.status, str(answer.get("description", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable(no_answer("Telegram", error), code=type(error).__name__) from None
        if status in (401, 404):
            raise WrongToken("Telegram: the token is unknown", code=str(status))
        if status == 429 or status >= 500:
            raise ServiceUnavailable(f"Telegram answers with HTTP {status}")
        raise ServiceRefused(f"Telegram: {words}", code=str(status))

    return TelegramAccount(ask)


def _chat(telegram_user_id: int) -> dict[str, object]:
    return {"type": "chat", "chat_id": telegram_user_id}


def _full_name(person: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (person.get("first_name"), person.get("last_name"))))
