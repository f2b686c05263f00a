"""Link previews: Telegram opens the first link of a message, so the stand-in does too."""

from collections.abc import Callable

import aiohttp

from sandbox.base.background import Background
from sandbox.fake_telegram.chats import ChatMessage
from sandbox.fake_telegram.rules import is_loopback

USER_AGENT = "TelegramBot (like TwitterBot)"


class Previews:
    """GETs the first link of a message once, on loopback only; a GET that changes things is found out."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.fetched: list[str] = []
        self._log = log
        self._background = Background()

    def ask(self, message: ChatMessage) -> None:
        """Fetches in the background."""
        url = first_link(message)
        if url is not None and is_loopback(url):
            self._background.start(self._fetch(url))

    async def close(self) -> None:
        """Gives up what is under way."""
        await self._background.close()

    async def _fetch(self, url: str) -> None:
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": USER_AGENT}) as session,
                session.get(url) as response,
            ):
                await response.read()
                self._log(f"link preview: GET {url} answered {response.status}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._log(f"link preview: GET {url} failed ({type(error).__name__})")
        self.fetched.append(url)


def first_link(message: ChatMessage) -> str | None:
    """The first link in the text, marked or written out."""
    units = message.text.encode("utf-16-le")
    for entity in message.entities:
        if entity["type"] == "text_link":
            return str(entity["url"])
        if entity["type"] == "url":
            start = entity["offset"] * 2
            return units[start : start + entity["length"] * 2].decode("utf-16-le")
    return None
