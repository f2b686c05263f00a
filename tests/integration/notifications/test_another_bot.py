"""The shop goes on with another bot: what the one before has said stands in chats that are not this bot's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from sandbox.environment import Sandbox
from sandbox.fake_telegram.api import TelegramStandIn
from sandbox.fake_telegram.chats import BEN, MIRA, ChatMessage, Person
from tests.support.shop import Shop, opened_shop, until

ANOTHER = "2000000:another-bot-of-the-very-same-shop-here"


@dataclass
class Moved:
    """The shop with its new bot. With the old one Ben had a link to pay, and Mira was asked to decide a review; under
    those very ids the new one has ``said`` other things."""

    shop: Shop
    intent_id: str
    review: str
    said: list[ChatMessage]

    def written_over(self) -> list[ChatMessage]:
        return [one for one in self.said if one.edited_at or one.deleted]


def says(bot: TelegramStandIn, person: Person, upto: int) -> ChatMessage:
    """The last of its messages has the id ``upto``."""
    chat = bot.chats.by_id[person.id]
    chat.started = True
    while (said := bot.chats.post(chat, None, text="Something else")).message_id < upto:
        pass
    assert said.message_id == upto
    return said


def only(message: ChatMessage, beginning: str) -> str:
    return next(data for data in message.callbacks if data.startswith(beginning))


async def under_review(shop: Shop) -> ChatMessage:
    odd = await shop.intent(await shop.verified(BEN, "ben@example.org", "poster"))
    shop.stripe.payment_intents[odd]["amount"] = 700
    shop.stripe.pay(odd)
    return await shop.telegram.wait_for(MIRA, lambda one: any(data.startswith("review:") for data in one.callbacks))


@pytest.fixture
async def moved() -> AsyncIterator[Moved]:
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox) as shop:
            await shop.ask(MIRA, "/start")
            alert = await under_review(shop)
            intent_id = await shop.intent(await shop.verified(BEN, "ben@example.org"))
            link = shop.telegram.chat(BEN)[-1]
            assert link.urls
        await sandbox.telegram.stop()
        sandbox.telegram = TelegramStandIn(ANOTHER)
        said = [says(sandbox.telegram, MIRA, alert.message_id), says(sandbox.telegram, BEN, link.message_id)]
        await sandbox.telegram.start()
        async with opened_shop(sandbox) as shop:
            yield Moved(shop, intent_id, only(alert, "review:refund:"), said)


async def test_the_receipt_comes_as_a_message_of_its_own(moved: Moved) -> None:
    shop = moved.shop
    shop.stripe.pay(moved.intent_id)
    await shop.telegram.wait_for(BEN, lambda one: one.document is not None)
    assert not moved.written_over()


async def test_nothing_is_written_over_where_a_review_is_decided(moved: Moved) -> None:
    shop = moved.shop
    card = await shop.ask(MIRA, f"/payment {moved.review.removeprefix('review:refund:')}")
    question = await shop.press(MIRA, card, only(card, "review:refund:"))
    shop.telegram.press(MIRA, question.message_id, only(question, "yes:"))

    async def given_back() -> bool:
        return any(one["status"] == "succeeded" for one in shop.stripe.refunds.values())

    await until(given_back, "the refund")
    await shop.telegram.wait_for(MIRA, lambda one: "The refund is done" in one.text)
    assert not moved.written_over()


async def test_what_is_written_to_it_is_answered_though_it_counts_its_updates_anew(moved: Moved) -> None:
    for _ in range(10):  # the bot before had more of them
        assert await moved.shop.ask(BEN, "/help")


async def test_the_same_bot_goes_on_with_its_own_messages() -> None:
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox) as shop:
            intent_id = await shop.intent(await shop.verified(BEN, "ben@example.org"))
            (link,) = [one for one in shop.telegram.chat(BEN) if one.urls]
        async with opened_shop(sandbox) as shop:
            shop.stripe.pay(intent_id)
            receipt = await shop.telegram.wait_for(BEN, lambda one: one.document is not None)
            assert receipt.message_id == link.message_id
