"""Customers who do what people do when nothing answers: wait a little, ask again, press again."""

import asyncio
import math
import re
from collections.abc import Awaitable, Callable, Sequence

import aiohttp

from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ChatMessage, Person
from tests.chaos.admin import Admin
from tests.chaos.catalog_files import Ware
from tests.chaos.interlude import Gate
from tests.chaos.plan import Purchase, Scenario
from tests.support.shop import code_in

FIRST_ID = 20_001
PATIENCE = 8.0  # seconds before somebody asks again, each time longer
LONGEST_PATIENCE = 30.0
LOOK = 0.1
TOO_MUCH = 500  # cents: what comes in so is not what was agreed
LOOKS_AT_STATUS = 15
GOOD_CARD, DECLINED_CARD, CHALLENGED_CARD = "4242424242424242", "4000000000000002", "4000000000003220"


def person_number(number: int) -> Person:
    language = "ru" if number % 3 == 0 else "en"
    return Person(FIRST_ID + number, f"Customer{number:03}", "", f"customer_{number}", language)


def email_of(person: Person) -> str:
    return f"{person.username}@example.org"


class Customer:
    """Buys one thing after another; what follows a payment goes on beside the next purchase.

    ``url`` is the shop's public address; ``admin`` decides what cannot be right. ``unfinished`` is what has not come to
    its end, ``duplicates`` are PaymentIntents that were paid beside the shop's own.
    """

    def __init__(
        self, number: int, sandbox: Sandbox, url: str, http: aiohttp.ClientSession, admin: Admin, gate: Gate
    ) -> None:
        self.person = person_number(number)
        self.email = email_of(self.person)
        self.intents: dict[int, str] = {}  # by the purchase's number
        self.unfinished: set[str] = set()
        self.duplicates: set[str] = set()
        self._sandbox, self._url, self._http = sandbox, url, http
        self._admin, self._gate = admin, gate
        self._headers = {"X-Forwarded-For": f"203.0.113.{number % 250 + 1}"}
        self._code = ""
        self._verified = False
        self._patience = PATIENCE
        self._mails_seen = 0
        self._codes: list[str] = []

    async def buy_all(self, purchases: Sequence[Purchase], start: float) -> None:
        """``start`` is the plan's zero by the loop's clock, in seconds."""
        self.unfinished = {_name(one) for one in purchases}
        async with asyncio.TaskGroup() as beside:
            for purchase in purchases:
                await asyncio.sleep(max(0.0, start + purchase.begins_at - asyncio.get_running_loop().time()))
                await self._gate.enter()
                token = await self._pay_link(Ware(purchase.product))
                beside.create_task(self._follow(purchase, token))

    async def _follow(self, purchase: Purchase, token: str) -> None:
        intent_id = await self._intent(token, twice=purchase.scenario is Scenario.CLICKED_TWICE)
        self.intents[purchase.number] = intent_id
        if purchase.scenario is not Scenario.ABANDONED:
            await self._sandbox_answers()
            await asyncio.gather(self._go_through(purchase, token, intent_id), self._watch(token))
        self.unfinished.discard(_name(purchase))
        self._gate.leave()

    def may_be_forgotten(self) -> None:
        """The shop may not know any more that the address was verified."""
        self._verified = False

    async def _go_through(self, purchase: Purchase, token: str, intent_id: str) -> None:
        stripe, pause = self._sandbox.stripe, purchase.pause
        match purchase.scenario:
            case Scenario.PAID | Scenario.CLICKED_TWICE:
                stripe.pay(intent_id, GOOD_CARD)
            case Scenario.DECLINED_THEN_PAID:
                stripe.pay(intent_id, DECLINED_CARD)
                await asyncio.sleep(pause)
                stripe.pay(await self._intent(token), GOOD_CARD)
            case Scenario.DECLINED:
                stripe.pay(intent_id, DECLINED_CARD)
            case Scenario.THREE_D_SECURE | Scenario.THREE_D_SECURE_REFUSED:
                stripe.pay(intent_id, CHALLENGED_CARD)
                await asyncio.sleep(pause)
                stripe.authenticate(intent_id, purchase.scenario is Scenario.THREE_D_SECURE)
            case Scenario.PROCESSED_AND_PAID | Scenario.PROCESSED_AND_FAILED:
                self._pay_slowly(intent_id)
                await asyncio.sleep(pause)
                stripe.release_processing(intent_id, purchase.scenario is Scenario.PROCESSED_AND_PAID)
            case Scenario.DELIVERED_AFTER_REVIEW | Scenario.REFUNDED_AFTER_REVIEW:
                intent = stripe.payment_intents[intent_id]
                intent["amount"] += TOO_MUCH
                stripe.pay(intent_id, GOOD_CARD)
                action = "deliver" if purchase.scenario is Scenario.DELIVERED_AFTER_REVIEW else "refund"
                await self._admin.decide(intent["metadata"]["payment_id"], action)
            case Scenario.PAID_TWICE | Scenario.PAID_TWICE_AND_REFUNDED:
                await self._pay_twice(purchase, intent_id)
            case _:
                stripe.pay(intent_id, GOOD_CARD)
                await asyncio.sleep(pause)
                await self._undo(purchase, intent_id)

    async def _pay_twice(self, purchase: Purchase, intent_id: str) -> None:
        """A second PaymentIntent for the same payment, as an integration beside the shop or its past makes one."""
        stripe, first = self._sandbox.stripe, self._sandbox.stripe.payment_intents[intent_id]
        wanted = {name: first[name] for name in ("amount", "currency", "description")}
        methods = {"enabled": True}
        second = stripe.create_payment_intent(
            {**wanted, "metadata": dict(first["metadata"]), "automatic_payment_methods": methods}
        )
        self.duplicates.add(second["id"])
        stripe.pay(intent_id, GOOD_CARD)
        stripe.pay(second["id"], GOOD_CARD)
        await asyncio.sleep(purchase.pause)
        stripe.refund(second["id"])
        if purchase.scenario is Scenario.PAID_TWICE_AND_REFUNDED:
            await asyncio.sleep(purchase.pause)
            stripe.refund(intent_id)

    async def _undo(self, purchase: Purchase, intent_id: str) -> None:
        """What the shop does in Stripe's dashboard, or the customer's bank."""
        stripe, part = self._sandbox.stripe, Ware(purchase.product).amount // 3
        match purchase.scenario:
            case Scenario.REFUNDED:
                stripe.refund(intent_id)
            case Scenario.PARTLY_REFUNDED:
                stripe.refund(intent_id, part)
            case Scenario.REFUNDED_TWICE:
                stripe.refund(intent_id, part)
                await asyncio.sleep(purchase.pause)
                stripe.refund(intent_id)
            case Scenario.DISPUTED:
                stripe.dispute(intent_id)

    def _pay_slowly(self, intent_id: str) -> None:
        switches = self._sandbox.stripe.switches
        switches.processing_seconds = math.inf
        try:
            self._sandbox.stripe.pay(intent_id, GOOD_CARD)
        finally:
            switches.processing_seconds = None

    async def _pay_link(self, ware: Ware) -> str:
        """Talks to the bot until it gives the link for ``ware``; its token."""
        await self._until(lambda: self._say(f"/start {ware.sku}"), lambda: bool(self._offer(ware) or self._link(ware)))
        while not (token := self._link(ware)):
            if (code := self._newest_code()) != self._code:
                self._code = code
                await self._say_and_wait(code, ware)
                continue
            await self._press_and_wait(ware)
            if not self._link(ware) and not self._verified and self._newest_code() == self._code:
                await self._say_and_wait(self.email, ware)
        self._verified = True
        return token

    async def _press_and_wait(self, ware: Ware) -> None:
        offer = self._offer(ware)
        if offer is None:  # its button was pressed before, or it has become the question for the code
            await self._say(f"/start {ware.sku}")
            await self._soon(lambda: bool(self._offer(ware) or self._link(ware)))
            return
        newest = self._sandbox.telegram.chat(self.person)[-1].message_id
        self._sandbox.telegram.press(self.person, offer.message_id, f"buy:{ware.sku}")
        await self._soon(lambda: bool(self._link(ware)) or (not self._verified and self._has_heard_since(newest)))

    async def _say_and_wait(self, text: str, ware: Ware) -> None:
        before = self._newest_code()
        await self._say(text)
        await self._soon(lambda: bool(self._link(ware)) or self._newest_code() != before)

    async def _until(self, act: Callable[[], Awaitable[None]], done: Callable[[], bool]) -> None:
        while not done():
            await act()
            await self._soon(done)

    async def _soon(self, done: Callable[[], bool]) -> None:
        """Returns once it is done, or when patience ends."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while not done() and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(LOOK)
        self._patience = PATIENCE if done() else min(self._patience * 1.5, LONGEST_PATIENCE)

    def _has_heard_since(self, message_id: int) -> bool:
        newest = self._newest(lambda one: True)
        return newest is not None and newest.message_id > message_id

    async def _say(self, text: str) -> None:
        self._sandbox.telegram.say(self.person, text)

    def _offer(self, ware: Ware) -> ChatMessage | None:
        return self._newest(lambda one: f"buy:{ware.sku}" in one.callbacks)

    def _link(self, ware: Ware) -> str:
        message = self._newest(lambda one: ware.title in one.text and any("/pay/" in url for url in one.urls))
        found = re.search(r"/pay/([\w-]+)", " ".join(message.urls)) if message else None
        return found.group(1) if found else ""

    def _newest(self, fits: Callable[[ChatMessage], bool]) -> ChatMessage | None:
        chat = reversed(self._sandbox.telegram.chat(self.person))
        return next((one for one in chat if one.by_bot and fits(one)), None)

    def _newest_code(self) -> str:
        mails = self._sandbox.resend.mails
        fresh, self._mails_seen = mails[self._mails_seen :], len(mails)
        self._codes += [code_in(one) for one in fresh if one.to == [self.email] and one.kind == "verification_code"]
        return self._codes[-1] if self._codes else ""

    async def _intent(self, token: str, *, twice: bool = False) -> str:
        """What the page asks for, until it gets it; ``twice`` at once, as by an impatient click."""
        while True:
            answers = await asyncio.gather(*(self._ask_for_intent(token) for _ in range(2 if twice else 1)))
            if found := next(filter(None, answers), ""):
                return found
            await asyncio.sleep(0.5)

    async def _ask_for_intent(self, token: str) -> str:
        try:
            async with self._http.post(f"{self._url}/pay/{token}/intent", headers=self._headers) as response:
                answer = await response.json()
                return str(answer["client_secret"]).split("_secret_")[0] if response.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return ""

    async def _watch(self, token: str) -> None:
        """The page asks for the status as long as somebody looks at it."""
        for _ in range(LOOKS_AT_STATUS):
            try:
                async with self._http.get(f"{self._url}/pay/{token}/status", headers=self._headers) as response:
                    if (await response.json()).get("status") not in (None, "pending", "processing"):
                        return
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass  # the page goes on through failures
            await asyncio.sleep(1)

    async def _sandbox_answers(self) -> None:
        """While Stripe is down nobody can pay there either."""
        while self._sandbox.stripe.faults.mode is not FaultMode.OK:
            await asyncio.sleep(LOOK)


def _name(purchase: Purchase) -> str:
    return f"purchase {purchase.number} ({purchase.scenario})"
