"""What a customer sees and decides about their own things: payments, language, data, help."""

import secrets

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.context import Turn
from bot.customer import account_texts, keyboards
from checkout.model.outgoing import Button
from checkout.model.payment import PAYABLE, Payment

ORDERS = 10


def account_router() -> Router:
    router = Router(name="account")
    for name, handler in (
        ("orders", orders),
        ("language", language),
        ("help", help_),
        ("cancel", cancel),
        ("mydata", my_data),
        ("forget", forget),
    ):
        router.message.register(handler, F.text, Command(name, ignore_case=True, ignore_mention=True))
    router.callback_query.register(choose_language, F.data.startswith(keyboards.LANGUAGE))
    router.callback_query.register(forget_indeed, F.data.startswith(keyboards.YES_FORGET))
    router.callback_query.register(keep_all, F.data.startswith(keyboards.NO_FORGET))
    return router


async def orders(message: Message, turn: Turn) -> None:
    now = turn.parts.clock.now()
    payments = await turn.parts.look_up_payments.orders(turn.chat_id, ORDERS)
    links = [link for one in payments if one.status_at(now) in PAYABLE and (link := _pay_link(turn, one))]
    await turn.say_aside(account_texts.orders(turn.speech, payments, links, now))


def _pay_link(turn: Turn, payment: Payment) -> Button | None:
    """The address is the one under the payment's own message."""
    shown = turn.parts.renderer.pay_message(payment, turn.customer.language, turn.parts.clock.now())
    urls = [button.url for row in shown.buttons for button in row if button.url]
    return account_texts.pay_button(turn.speech, payment, urls[0]) if urls else None


async def language(message: Message, turn: Turn) -> None:
    await turn.say_aside(account_texts.choose_language(turn.speech))


async def choose_language(query: CallbackQuery, turn: Turn) -> None:
    chosen = (query.data or "").removeprefix(keyboards.LANGUAGE)
    if chosen not in keyboards.LANGUAGE_NAMES:
        await turn.hint(turn.speech.t("This button does not work any more. /language shows the new ones."))
        return
    turn.customer = await turn.parts.customers.choose_language(turn.chat_id, chosen)
    await turn.hint()
    await turn.say_in_place(turn.with_reminder(account_texts.language_chosen(turn.speech)))


async def help_(message: Message, turn: Turn) -> None:
    await turn.say_aside(account_texts.help_(turn.speech))


async def cancel(message: Message, turn: Turn) -> None:
    anything = bool(turn.dialogue.waiting or turn.dialogue.nonce)
    await turn.forget_dialogue()
    await turn.say(account_texts.canceled(turn.speech, anything=anything))


async def my_data(message: Message, turn: Turn) -> None:
    data = await turn.parts.customers.data_of(turn.chat_id)
    await turn.say_aside(account_texts.my_data(turn.speech, data, turn.parts.clock.now()))


async def forget(message: Message, turn: Turn) -> None:
    await turn.remember(nonce=secrets.token_hex(8))
    await turn.say(account_texts.ask_forget(turn.speech, turn.dialogue.nonce))


async def forget_indeed(query: CallbackQuery, turn: Turn) -> None:
    if not _is_asked(turn, (query.data or "").removeprefix(keyboards.YES_FORGET)):
        await _used_up(turn)
        return
    await turn.parts.customers.forget(turn.chat_id)
    await turn.forget_dialogue()
    await turn.hint()
    await turn.say_in_place(account_texts.forgotten(turn.speech))


async def keep_all(query: CallbackQuery, turn: Turn) -> None:
    if not _is_asked(turn, (query.data or "").removeprefix(keyboards.NO_FORGET)):
        await _used_up(turn)
        return
    await turn.remember(nonce="")
    await turn.hint()
    await turn.say_in_place(account_texts.not_forgotten(turn.speech))


def _is_asked(turn: Turn, nonce: str) -> bool:
    """The nonce lies in the conversation of the customer who was asked: nobody else's press fits."""
    return bool(nonce) and secrets.compare_digest(nonce.encode(), turn.dialogue.nonce.encode())


async def _used_up(turn: Turn) -> None:
    await turn.hint(turn.speech.t("This question was answered already. /forget asks it again."))
