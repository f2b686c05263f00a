"""Payments of a shop whose admin asks about them in the chat."""

from datetime import timedelta
from typing import Any

from bot.telegram.sender import TelegramChatSender
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import CardUsed, IntentFacts
from checkout.model.outgoing import Button, OutgoingChat
from checkout.model.payment import Payment
from sandbox.fake_telegram.chats import MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import one_of_many

HOSTILE = '<b>Bobby</b> & "_*[](tg://x)</a>'
LONG_EMAIL = f"{'a' * 60}@{'b' * 60}.example.com"


def made(number: int, **changes: Any) -> Payment:
    """The higher its number the older it is; three payments share each instant."""
    return one_of_many(number, at=NOON - timedelta(hours=number // 3), **changes)


def paid(number: int = 1, **changes: object) -> Payment:
    intent_id = f"pi_{number:024}"
    facts = IntentFacts(succeeded_at=NOON, card=CardUsed("card", "visa", "4242"))
    return made(number, **changes).with_facts(PaymentFacts(intents={intent_id: facts}), NOON, number)


async def one_answer(shop: BotShop, text: str) -> ChatMessage:
    (answer,) = await shop.say(MIRA, text)
    return answer


def callback(message: ChatMessage, beginning: str, ending: str = "") -> str:
    return next(data for data in message.callbacks if data.startswith(beginning) and ending in data)


async def with_button(shop: BotShop, person: Person, data: str) -> ChatMessage:
    """A message of the bot's with a button of any kind, as an older release may have left it."""
    await shop.say(person, "/start")
    await TelegramChatSender(shop.bot).send(person.id, OutgoingChat("Once upon a time", ((Button("x", "", data),),)))
    return shop.telegram.chat(person)[-1]
