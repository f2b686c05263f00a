"""A whole shop for tests: the real application in this process, against the stand-ins, on loopback."""

import asyncio
import re
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp

from app.commands.serve import serve_until
from app.settings import load_settings
from app.wiring.application import Application
from checkout.model.catalog import Catalog
from sandbox.base.ports import bound_socket
from sandbox.base.waiting import LONGEST
from sandbox.environment import Sandbox
from sandbox.fake_resend.mails import Mail
from sandbox.fake_telegram.chats import ChatMessage, Person
from tests.support.clock import MovedClock
from tests.support.databases import new_sqlite_database
from tests.support.project import CATALOG, CATALOG_FILE

T = TypeVar("T")


HELD: deque[socket.socket] = deque(maxlen=50)  # a test needs a few: the oldest are let go


def free_port() -> int:
    """Held, so that the kernel gives it to no other connection while a test has its shop down or not up yet."""
    held = bound_socket()  # on Linux another that is bound as this one may listen there
    HELD.append(held)
    return int(held.getsockname()[1])


async def until(look: Callable[[], Awaitable[T]], what: str, seconds: float = LONGEST, pause: float = 0.02) -> T:
    """The first true answer of ``look``, asked every ``pause`` seconds. TimeoutError says ``what`` was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}")
        await asyncio.sleep(pause)
    return found


def code_in(mail: Mail) -> str:
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found is not None
    return found.group()


def token_in(message: ChatMessage) -> str:
    """The pay token of the message's URL button."""
    found = [re.search(r"/pay/([\w-]+)", url) for url in message.urls]
    assert found
    assert found[0] is not None
    return found[0].group(1)


def _leads_to_pay(message: ChatMessage) -> bool:
    return any("/pay/" in url for url in message.urls)


class Shop:
    """What a test does as a customer, and what it sees."""

    def __init__(self, sandbox: Sandbox, url: str, http: aiohttp.ClientSession, clock: MovedClock) -> None:
        self.sandbox, self.url, self.http, self.clock = sandbox, url, http, clock
        self.telegram, self.stripe, self.resend = sandbox.telegram, sandbox.stripe, sandbox.resend

    def is_built(self, application: Application) -> None:
        """Tests do by hand, at a moment of theirs, what the application does every now and then."""
        self.periodic_tasks = application.recording.periodic_tasks
        self.services, self.recording = application.services, application.recording
        self.outbox = application.outbox

    async def ask(self, person: Person, text: str) -> ChatMessage:
        """Says something; returns the bot's answer."""
        said = self.telegram.say(person, text)
        return await self.next_answer(person, said)

    async def press(self, person: Person, message: ChatMessage, callback_data: str) -> ChatMessage:
        """Presses a button; returns the new message that follows."""
        newest = self.telegram.chat(person)[-1]
        self.telegram.press(person, message.message_id, callback_data)
        return await self.next_answer(person, newest)

    async def next_answer(self, person: Person, after: ChatMessage) -> ChatMessage:
        return await self.telegram.wait_for(person, lambda one: one.message_id > after.message_id)

    async def verified(self, person: Person, email: str, sku: str = "guide") -> str:
        """Buys ``sku`` with a fresh address up to the pay link; returns its token."""
        said = self.telegram.say(person, f"/start {sku}")
        # An admin who buys is told other things in between.
        offer = await self.telegram.wait_for(
            person,
            lambda one: one.message_id > said.message_id and (f"buy:{sku}" in one.callbacks or _leads_to_pay(one)),
        )
        if _leads_to_pay(offer):
            return token_in(offer)
        self.telegram.say(person, email)
        mail = await self.resend.wait_for_mail(email, "verification_code")
        await self.telegram.wait_for(
            person, lambda one: one.message_id >= offer.message_id and "code:again" in one.callbacks
        )
        self.telegram.say(person, code_in(mail))
        return token_in(
            await self.telegram.wait_for(person, lambda one: one.message_id > offer.message_id and _leads_to_pay(one))
        )

    async def intent(self, token: str) -> str:
        """Opens the page's PaymentIntent; returns its id."""
        async with self.http.post(f"{self.url}/pay/{token}/intent") as response:
            answer: dict[str, Any] = await response.json()
            assert response.status == 200, answer
        return str(answer["client_secret"]).split("_secret_")[0]

    async def status(self, token: str) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/pay/{token}/status") as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def until_status(self, token: str, word: str) -> None:
        async def reached() -> bool:
            return bool((await self.status(token)).get("status") == word)

        await until(reached, f"status {word}", pause=0.1)


@asynccontextmanager
async def running_shop(environment: dict[str, str] | None = None, catalog: Catalog = CATALOG) -> AsyncIterator[Shop]:
    """The application on a free port; ends as on SIGTERM. ``environment`` goes before the sandbox's settings."""
    async with Sandbox() as sandbox, opened_shop(sandbox, environment, catalog=catalog) as shop:
        yield shop


@asynccontextmanager
async def opened_shop(
    sandbox: Sandbox, environment: dict[str, str] | None = None, port: int = 0, catalog: Catalog = CATALOG
) -> AsyncIterator[Shop]:
    """As running_shop, in a sandbox that goes on afterwards; ``port`` where its endpoints lead already."""
    async with aiohttp.ClientSession() as http:
        is_new, port = not port, port or free_port()
        values = {**sandbox.settings(port), "CATALOG": str(CATALOG_FILE), **(environment or {})}
        settings = load_settings(values, sandbox.folder)
        if is_new:
            sandbox.register_webhooks(port)
        if settings.database.file is not None and not settings.database.file.exists():
            await new_sqlite_database(settings.database.file)  # every migration anew is most of a start's work
        calls_before = len(sandbox.telegram.calls)
        stop, clock = asyncio.Event(), MovedClock(None)
        shop = Shop(sandbox, settings.public_url, http, clock)
        serving = asyncio.create_task(serve_until(stop, settings, catalog, clock, shop.is_built))
        try:
            await until(lambda: _is_ready(shop, serving, calls_before), "the application to be ready")
            yield shop
        finally:
            stop.set()
            assert await serving == 0


async def _is_ready(shop: Shop, serving: "asyncio.Task[int]", calls_before: int) -> bool:
    if serving.done():
        raise RuntimeError(f"the application ended: {serving.result()}")
    try:
        async with shop.http.get(f"{shop.url}/readyz") as response:
            calls = list(shop.telegram.calls)[calls_before:]
            return response.status == 200 and any(call.path.endswith("/setMyCommands") for call in calls)
    except aiohttp.ClientError:
        return False
