"""What can be asked about a bot without aiogram, which takes seconds to import."""

from dataclasses import dataclass
from typing import Any

import aiohttp

from checkout.errors import ServiceRefused, ServiceUnavailable


class WrongToken(ServiceRefused):
    """Telegram knows no bot with this token."""


@dataclass(frozen=True, slots=True)
class UpdatesTarget:
    """``url`` is empty where updates wait to be polled; ``error_at`` is Unix time in seconds, 0 for never."""

    url: str
    error: str
    error_at: int


class TelegramAccount:
    """Raises ServiceUnavailable when Telegram cannot be reached, WrongToken for a token it does not know."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str, token: str) -> None:
        self._session, self._url = session, f"{api_url}/bot{token}"

    async def username(self) -> str:
        """Without the ``@``."""
        return str((await self._ask("getMe"))["username"])

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
            str(found.get("url", "")), str(found.get("last_error_message", "")), int(found.get("last_error_date", 0))
        )

    async def _ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """No error names the address: the token is in it."""
        try:
            async with self._session.post(f"{self._url}/{method}", json=parameters) as response:
                answer = await response.json()
                if answer["ok"]:
                    return dict(answer["result"])
                status, words = response.status, str(answer.get("description", ""))
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            raise ServiceUnavailable(f"Telegram: {type(error).__name__}") from None
        if status in (401, 404):
            raise WrongToken("Telegram: the token is unknown", code=str(status))
        if status == 429 or status >= 500:
            raise ServiceUnavailable(f"Telegram: HTTP {status}")
        raise ServiceRefused(f"Telegram: {words}", code=str(status))
