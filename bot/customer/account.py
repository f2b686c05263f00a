"""What a customer sees and decides about their own things: language, data, help."""

import secrets

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.customer import account_texts, my_data_file
from bot.routing import on_button, on_command
from checkout.model.payment import Payment
from messages import callbacks
from messages.callbacks import Topic
from messages.language.i18n import LANGUAGE_NAMES


def account_router() -> Router:
    router = Router(name="account")
    for name, handler in (
        ("language", language),
        ("help", help_),
        ("paysupport", pay_support),
        ("terms", terms),
        ("cancel", cancel),
        ("mydata", my_data),
        ("forget", forget),
    ):
        on_command(router, handler, name)
    on_button(router, choose_language, callbacks.LANGUAGE)
    on_button(router, forget_indeed, Topic.FORGET.yes)
    on_button(router, keep_all, Topic.FORGET.no)
    return router


async def language(message: Message, chat: ChatContext) -> None:
    await chat.say_aside(account_texts.choose_language(chat.translator))


async def choose_language(query: CallbackQuery, chat: ChatContext) -> None:
    chosen = callbacks.LANGUAGE.about(query.data)
    if chosen not in LANGUAGE_NAMES:
        await chat.hint(chat.translator.t("This button does not work any more. /language shows the new ones."))
        return
    chat.customer = await chat.dependencies.customers.choose_language(chat.chat_id, chosen)
    await chat.hint()
    await chat.say_in_place(chat.with_reminder(account_texts.language_chosen(chat.translator)))
    if open_links := await chat.dependencies.find_offer.open_links(chat.chat_id):
        await chat.dependencies.start_payment.say_in_words(open_links, chat.update_id)


async def help_(message: Message, chat: ChatContext) -> None:
    """What is awaited stands at its top, and not below it once more."""
    payment = await unfinished(chat)
    await chat.say(account_texts.help_(chat.translator, chat.dialogue, payment, is_admin=chat.is_admin))


async def unfinished(chat: ChatContext) -> Payment | None:
    """What waits for the customer to pay; else what the bank or the shop has still to answer."""
    if open_links := await chat.dependencies.find_offer.open_links(chat.chat_id):
        return open_links[0]
    now, payments = chat.dependencies.clock.now(), await chat.dependencies.look_up_payments.orders(chat.chat_id)
    return next((one for one in payments if one.is_under_way_at(now)), None)


async def pay_support(message: Message, chat: ChatContext) -> None:
    """Telegram asks every bot that takes payments to answer this command."""
    newest = await chat.dependencies.look_up_payments.orders(chat.chat_id, 1)
    await chat.say_aside(account_texts.pay_support(chat.translator, newest[0] if newest else None))


async def terms(message: Message, chat: ChatContext) -> None:
    await chat.say_aside(account_texts.terms(chat.translator))


async def cancel(message: Message, chat: ChatContext) -> None:
    anything = bool(chat.dialogue.waiting or chat.dialogue.nonce)
    payment = await unfinished(chat)
    await chat.cancel_dialogue()
    await chat.say(account_texts.canceled(chat.translator, payment, anything=anything))


async def my_data(message: Message, chat: ChatContext) -> None:
    data = await chat.dependencies.customers.data_of(chat.chat_id)
    typed = chat.dialogue.address or chat.dialogue.suggestion or chat.dialogue.sent_to
    await chat.say_aside(my_data_file.my_data(chat.translator, data, typed, chat.dependencies.clock.now()))


async def forget(message: Message, chat: ChatContext) -> None:
    await chat.remember(nonce=secrets.token_hex(8))
    await chat.say(account_texts.ask_forget(chat.translator, chat.dialogue.nonce))


async def forget_indeed(query: CallbackQuery, chat: ChatContext) -> None:
    if not _is_asked(chat, Topic.FORGET.yes.about(query.data)):
        await _used_up(chat)
        return
    await chat.dependencies.customers.forget(chat.chat_id)
    await chat.forget_dialogue()
    await chat.hint()
    await chat.say_in_place(account_texts.forgotten(chat.translator))


async def keep_all(query: CallbackQuery, chat: ChatContext) -> None:
    if not _is_asked(chat, Topic.FORGET.no.about(query.data)):
        await _used_up(chat)
        return
    await chat.remember(nonce="")
    await chat.hint()
    await chat.say_in_place(account_texts.not_forgotten(chat.translator))


def _is_asked(chat: ChatContext, nonce: str) -> bool:
    """The nonce lies in the conversation of the customer who was asked: nobody else's press fits."""
    return bool(nonce) and secrets.compare_digest(nonce.encode(), chat.dialogue.nonce.encode())


async def _used_up(chat: ChatContext) -> None:
    await chat.hint(chat.translator.t("This question is not open any more. /forget asks it again."))
