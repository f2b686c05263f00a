"""The desk's scenarios: purchases played by the same messages, requests and webhooks that people and services send."""

import asyncio
import math
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_stripe.errors import ApiError
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ChatMessage, Person

if TYPE_CHECKING:  # it imports aiogram, a second of which the tests of the words need nothing
    from sandbox.environment import Sandbox, Story

SKU = "guide"
GOOD, POOR, ASKS = "4242424242424242", "4000000000009995", "4000000000003220"
PATIENCE = 60.0  # seconds for one step, a start of the application included
QUIET = 1.0  # seconds without a word after which the bot has said all it wanted to
PAY_LINK = re.compile(r"/pay/([\w-]+)")
LOOK = 0.2  # seconds between two looks at the status
Json = dict[str, Any]


class StoryError(Exception):
    """The story cannot go on; the message says why."""


class Player:
    """Plays for one person against the application at `url`; steps are told by names, the desk has the words."""

    def __init__(
        self, sandbox: "Sandbox", story: "Story", person: Person, url: str, http: aiohttp.ClientSession
    ) -> None:
        self._sandbox, self._story, self._person, self._url, self._http = sandbox, story, person, url, http
        self._stripe, self._telegram = sandbox.stripe, sandbox.telegram
        self._email = f"{person.username.partition('_')[0]}@mail.example"
        self._token = ""

    async def play(self) -> str:
        """Plays to the end: the status that the database then has. Raises StoryError and TimeoutError."""
        await self._take_link()
        intent = await self._open_page()
        await STORIES[self._story.name](self, intent)
        if self._story.name == "refund":
            return await self._settled("refunded")
        return await self._settled("paid")

    async def buy(self, intent: str) -> None:
        await self._pay(intent, GOOD)

    async def decline(self, intent: str) -> None:
        await self._pay(intent, POOR)
        await self._tell("declined")
        await self._pay(await self._open_page(), GOOD)

    async def bank(self, intent: str) -> None:
        await self._pay(intent, ASKS)
        await self._tell("asked")
        self._stripe.authenticate(intent)
        await self._tell("confirmed")

    async def processing(self, intent: str) -> None:
        switches = self._stripe.switches
        switches.processing_seconds = math.inf
        try:
            self._stripe.pay(intent, GOOD)
        finally:
            switches.processing_seconds = None
        await self._settled("processing")
        await self._tell("processing")
        self._stripe.release_processing(intent)
        await self._tell("arrived")

    async def refund(self, intent: str) -> None:
        await self._pay(intent, GOOD)
        await self._settled("paid")
        self._stripe.refund(intent)
        await self._tell("refund")

    async def power(self, intent: str) -> None:
        application = self._sandbox.application
        assert application is not None
        restart = asyncio.create_task(application.restart())
        await until(lambda: application.state()["phase"] != "running", PATIENCE, "the power cut")
        self._stripe.pay(intent, GOOD)
        await self._tell("cut")
        await asyncio.shield(restart)
        await self._tell("started")

    async def _take_link(self) -> None:
        since = time.time()
        self._telegram.press_start(self._person, SKU)
        await self._tell("hello")
        await self._answered(since)
        if not self._link(since) and (offer := self._newest(since, lambda one: f"buy:{SKU}" in one.callbacks)):
            since = time.time()
            self._telegram.press(self._person, offer.message_id, f"buy:{SKU}")
            await self._answered(since)
        if not self._link(since):
            await self._verify()
        self._token = await until(lambda: self._link(since), PATIENCE, "the link")
        await self._tell("link")

    async def _verify(self) -> None:
        before = len(self._sandbox.resend.mails)
        self._telegram.say(self._person, self._email)
        await self._tell("address")
        code = await until(lambda: self._code(before), PATIENCE, "the code")
        self._telegram.say(self._person, code)
        await self._tell("code")

    def _code(self, before: int) -> str | None:
        fresh = [mail for mail in self._sandbox.resend.mails[before:] if self._email in mail.to]
        codes = [re.search(r"\b\d{6}\b", mail.text) for mail in fresh if mail.kind == "verification_code"]
        return codes[-1].group() if codes and codes[-1] else None

    async def _answered(self, since: float) -> None:
        """The bot gave a link or a button to buy, or has said something and then nothing more."""

        def has_ended() -> bool:
            if self._link(since) or self._newest(since, lambda one: f"buy:{SKU}" in one.callbacks):
                return True
            said = self._newest(since, lambda _: True)
            return said is not None and time.time() - (said.edited_at or said.at) > QUIET

        await until(has_ended, PATIENCE, "an answer of the bot")

    def _newest(self, since: float, fits: Callable[[ChatMessage], bool]) -> ChatMessage | None:
        chat = reversed(self._telegram.chat(self._person))
        return next((one for one in chat if one.by_bot and (one.edited_at or one.at) >= since and fits(one)), None)

    def _link(self, since: float) -> str | None:
        return pay_token_of(self._telegram.chat(self._person), since)

    async def _open_page(self) -> str:
        """What the pay page asks for when it opens: the PaymentIntent's id."""
        async with self._http.post(f"{self._url}/pay/{self._token}/intent") as response:
            if response.status != 200:
                raise StoryError(f"The pay page got {response.status}.")
            answer: Json = await response.json()
        return str(answer["client_secret"]).partition("_secret_")[0]

    async def _pay(self, intent: str, card: str) -> None:
        await self._tell("card")
        self._stripe.pay(intent, card)

    async def _settled(self, wanted: str) -> str:
        """Waits until the application, which reads its database, says so."""
        deadline = time.monotonic() + PATIENCE
        while (status := await self._status()) != wanted:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the payment is {status}, not {wanted}")
            await asyncio.sleep(LOOK)
        return wanted

    async def _status(self) -> str:
        try:
            async with self._http.get(f"{self._url}/pay/{self._token}/status") as response:
                answer: Json = await response.json()
                return str(answer.get("status", ""))
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return ""  # it is being started again

    async def _tell(self, step: str) -> None:
        self._story.steps.append(step)
        self._sandbox.touch()
        await asyncio.sleep(self._story.pace)


def pay_token_of(chat: Sequence[ChatMessage], since: float) -> str | None:
    """Of the newest link that was sent since then. One that was only edited may be of the purchase before."""
    urls = [url for one in chat if one.by_bot and one.at >= since for url in one.urls]
    found = [match.group(1) for match in map(PAY_LINK.search, urls) if match]
    return found[-1] if found else None


STORIES: dict[str, Callable[[Player, str], Awaitable[None]]] = {
    "buy": Player.buy, "decline": Player.decline, "bank": Player.bank,
    "processing": Player.processing, "refund": Player.refund, "power": Player.power,
}  # fmt: skip


def why_not(sandbox: "Sandbox") -> str:
    """Why no story can begin now, or ""."""
    if sandbox.story is not None and sandbox.story.outcome is None:
        return "A scenario is being played. Wait until it has ended."
    if sandbox.application is None or sandbox.application.state()["phase"] != "running":
        return "The application does not run. Start it first."
    switches = sandbox.stripe.switches
    turned = switches.decline or switches.require_3ds or switches.processing_seconds is not None
    if (
        turned
        or switches.delivery is not Delivery.NORMAL
        or any(s.faults.mode is not FaultMode.OK for s in sandbox.stand_ins)
    ):
        return "Put the switches back to normal first: the scenario brings its own trouble."
    return ""


async def tell_story(sandbox: "Sandbox", story: "Story", person: Person, url: str) -> None:
    """Plays it and keeps its outcome; what went wrong is told in the log."""
    outcome = "stuck"
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            outcome = await Player(sandbox, story, person, url, http).play()
    except (StoryError, ApiError, TimeoutError, ValueError, aiohttp.ClientError) as error:
        sandbox.telegram.log(f"the scenario stopped: {error}")
    finally:
        story.outcome = outcome
        sandbox.touch()
