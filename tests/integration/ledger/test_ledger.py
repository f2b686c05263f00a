"""What a chat holds after each story of a purchase, whole, in both languages: one message that tells it, and one with
the purchase; nowhere a button that leads to paying what is paid.

Two customers live each story at once, one in each language.
"""

import asyncio
import math
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.integration.ledger.ledger import kept, written
from tests.support.shop import Shop, code_in, running_shop, token_in, until

pytestmark = pytest.mark.usefixtures("short_pause_in_chats")
NO_MONEY = "4000000000009995"


class Life:
    """One customer of the two: what they do, waiting for what the shop does about it."""

    def __init__(self, shop: Shop, person: Person, both: asyncio.Barrier) -> None:
        self.shop, self.person, self._both = shop, person, both
        self.email = f"{person.username}@example.org"
        self.token = self.intent_id = ""

    @property
    def chat(self) -> list[ChatMessage]:
        return self.shop.telegram.chat(self.person)

    async def gets_link(self) -> None:
        self.token = await self.shop.verified(self.person, self.email)
        await self.quiet()

    async def pays(self, card: str = "4242424242424242", status: str = "paid") -> None:
        self.intent_id = await self.shop.intent(self.token)
        self.shop.stripe.pay(self.intent_id, card)
        await self.shop.until_status(self.token, status)
        await self.quiet()

    async def presses(self, message: ChatMessage, beginning: str) -> None:
        data = next(one for one in message.callbacks if one.startswith(beginning))
        self.shop.telegram.press(self.person, message.message_id, data)

    async def proves(self, email: str) -> None:
        self.shop.telegram.say(self.person, email)
        mail = await self.shop.resend.wait_for_mail(email, "verification_code")
        await self.newest(lambda one: "code:again" in one.callbacks and email in one.text)
        self.shop.telegram.say(self.person, code_in(mail))

    async def newest(self, holds: Callable[[ChatMessage], bool]) -> ChatMessage:
        return await self.shop.telegram.wait_for(self.person, holds)

    async def later(self, **units: float) -> None:
        """For both at once."""
        if await self._both.wait() == 0:
            self.shop.clock.forward(**units)
        await self._both.wait()

    async def quiet(self) -> None:
        """Until nothing waits to be said in this chat."""
        waiting = "SELECT 1 FROM outbox WHERE state = 'waiting' AND channel = 'chat' AND recipient = ?"

        async def is_quiet() -> bool:
            with closing(sqlite3.connect(self.shop.sandbox.folder / "checkout.db")) as database:
                return not database.execute(waiting, (str(self.person.id),)).fetchall()

        await until(is_quiet, "the chat to be quiet")


async def clean_payment(life: Life) -> None:
    await life.gets_link()
    await life.pays()


async def decline_then_payment(life: Life) -> None:
    await life.gets_link()
    await life.pays(NO_MONEY, "failed")
    await life.pays()


async def days_then_decline_then_payment(life: Life) -> None:
    life.shop.stripe.switches.processing_seconds = math.inf
    await life.gets_link()
    await life.pays(status="processing")
    life.shop.stripe.release_processing(life.intent_id, succeed=False)
    await life.shop.until_status(life.token, "failed")
    await life.quiet()
    await life.later(seconds=0)  # the switch is of both
    life.shop.stripe.switches.processing_seconds = 0
    await life.pays()


async def bounced_receipt(life: Life) -> None:
    await clean_payment(life)
    life.shop.resend.report(await life.shop.resend.wait_for_mail(life.email, "payment_paid"), "bounced")
    told = await life.newest(lambda one: any(data.startswith("email:correct:") for data in one.callbacks))
    await life.later(seconds=61)
    await life.presses(told, "email:correct:")
    await life.newest(lambda one: any(data.startswith("email:send:") for data in one.callbacks))
    right = f"right.{life.email}"
    await life.proves(right)
    await life.shop.resend.wait_for_mail(right, "payment_paid")
    await life.newest(lambda one: right in one.text and "✉️" in one.text)
    await life.quiet()


async def changed_address(life: Life) -> None:
    await life.gets_link()
    pay = await life.newest(lambda one: bool(one.urls))
    await life.presses(pay, "email:change")
    await life.newest(lambda one: one.message_id > pay.message_id)
    await life.later(seconds=61)
    await life.proves(f"new.{life.email}")
    life.token = token_in(await life.newest(lambda one: one.message_id > pay.message_id and bool(one.urls)))
    await life.quiet()
    await life.pays()


async def sent_once_more(life: Life) -> None:
    """From the list of orders, which was asked for before the payment and again after it."""
    await life.gets_link()
    life.shop.telegram.say(life.person, "/orders")
    listed = await life.newest(lambda one: one.text.startswith(("Your payments", "Ваши платежи")))
    await life.newest(lambda one: one.message_id > listed.message_id and bool(one.urls))
    await life.newest(lambda one: bool(one.urls) and len(asking_to_pay(life.chat)) == 1)
    await life.pays()
    life.shop.telegram.say(life.person, "/orders")
    orders = await life.newest(lambda one: any(data.startswith("order:files:") for data in one.callbacks))
    await life.presses(orders, "order:receipt:")
    receipt = await life.newest(lambda one: one.message_id > orders.message_id and one.document is not None)
    await life.presses(orders, "order:files:")
    await life.newest(lambda one: one.message_id > receipt.message_id and one.document is not None)
    await life.quiet()


async def started_again(life: Life) -> None:
    """What waits to be paid leads the new start, and this message is the one that becomes the receipt."""
    await life.gets_link()
    life.shop.telegram.say(life.person, "/start")
    pay = await life.newest(lambda one: bool(one.urls) and one.text.startswith(("“", "«")))
    await life.newest(lambda one: one.message_id > pay.message_id and "buy:course" in one.callbacks)
    await life.quiet()
    await life.pays()


async def expired_and_renewed(life: Life) -> None:
    await life.gets_link()
    await life.later(seconds=91)
    await life.shop.periodic_tasks.close_once()
    await life.quiet()
    expired = await life.newest(lambda one: one.callbacks == ["buy:guide"])
    await life.presses(expired, "buy:guide")
    life.token = token_in(await life.newest(lambda one: one.message_id > expired.message_id and bool(one.urls)))
    await life.quiet()
    await life.pays()


async def refund(life: Life) -> None:
    await clean_payment(life)
    life.shop.stripe.refund(life.intent_id, 500)
    await life.shop.until_status(life.token, "partially_refunded")
    await life.quiet()
    life.shop.stripe.refund(life.intent_id)
    await life.shop.until_status(life.token, "refunded")
    await life.quiet()


STORIES: tuple[Callable[[Life], Awaitable[None]], ...] = (
    clean_payment,
    decline_then_payment,
    days_then_decline_then_payment,
    bounced_receipt,
    changed_address,
    started_again,
    sent_once_more,
    expired_and_renewed,
    refund,
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_the_chat_holds_one_story_and_one_purchase(story: Callable[[Life], Awaitable[None]]) -> None:
    lifetime = "90s" if story is expired_and_renewed else "24h"  # Stripe's signatures are known for 300 s
    async with running_shop({"PAY_LINK_TTL": lifetime}) as shop:
        both = asyncio.Barrier(2)
        await asyncio.gather(*(story(Life(shop, person, both)) for person in (ANNA, BEN)))
        for person in (ANNA, BEN):
            chat = shop.telegram.chat(person)
            ledger = written(chat)
            assert ledger == kept(story.__name__, person.language_code, ledger)
            named = [one.document.filename.split("-")[0] for one in chat if one.document]
            receipt_and_file = [("kvitantsiya" if person is ANNA else "receipt"), "guide.pdf"]
            assert named == receipt_and_file * (2 if story is sent_once_more else 1)
            assert asking_to_pay(chat) == []


def asking_to_pay(chat: list[ChatMessage]) -> list[str]:
    leading = [url for one in chat for url in one.urls if "/pay/" in url]
    return leading + [data for one in chat for data in one.callbacks if data.startswith(("buy:guide", "order:pay:"))]


def test_a_code_that_begins_like_a_receipts_number_is_written_as_a_code() -> None:
    said = ChatMessage(1, {"id": ANNA.id}, ANNA, "000042")
    told = ChatMessage(2, {"id": ANNA.id}, None, "Квитанция № 000042")
    assert written([said, told]) == "the customer:\n(code)\n\nthe shop:\nКвитанция № (number)\n"
