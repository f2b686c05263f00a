"""A card's number in the chat: whoever sends it reads where it belongs, whatever was asked for."""

import re
from itertools import accumulate

from aiogram import F, Router
from aiogram.types import Message

from bot.context import ChatContext
from bot.customer import account_texts

GROUPS = re.compile(r"(?<![\w+])\d++(?:[ \u00a0-]\d++)*+(?!\S*@)")  # none that an address begins with
LENGTHS = range(13, 20)  # digits of a card's number


def card_number_router() -> Router:
    """Comes before what takes addresses and codes."""
    router = Router(name="card_number")
    router.message.register(card_number, F.text, F.text.func(has_card_number))
    return router


async def card_number(message: Message, chat: ChatContext) -> None:
    await chat.say_aside(account_texts.card_number(chat.translator))


def has_card_number(text: str) -> bool:
    """Digits that fit together as those of cards do (Luhn's check); its date and code may stand behind them."""
    return not text.startswith("/") and any(_begins_with_card(one) for one in GROUPS.findall(text))


def _begins_with_card(numbers: str) -> bool:
    so_far = accumulate(re.split(r"\D", numbers))
    return any(len(digits) in LENGTHS and _fits(digits) for digits in so_far)


def _fits(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(sum(divmod(two, 10)) for two in doubled)) % 10 == 0
