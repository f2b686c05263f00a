"""/outbox: what has not left, and what an admin does about it."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.admin import outbox_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_button, on_command
from checkout.errors import NotFound
from checkout.model.outgoing import OutgoingChat
from messages import callbacks
from messages.callbacks import Topic

A_PAGE = 10


def outbox_router() -> Router:
    router = admin_router("outbox")
    on_command(router, show, "outbox")
    on_button(router, turn_page, callbacks.OUTBOX_PAGE)
    on_button(router, try_now, callbacks.OUTBOX_TRY)
    on_button(router, ask_drop, callbacks.OUTBOX_DROP)
    answers(router, Topic.DROP, drop, texts.not_dropped)
    return router


async def show(message: Message, chat: ChatContext) -> None:
    await chat.say(await _page(chat, 0))


async def turn_page(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint()
    await chat.say_in_place(await _page(chat, callbacks.OUTBOX_PAGE.number(query.data)))


async def try_now(query: CallbackQuery, chat: ChatContext) -> None:
    message_id = callbacks.OUTBOX_TRY.number(query.data)
    try:
        await chat.dependencies.manage_outbox.try_now(message_id, chat.chat_id)
    except NotFound:
        await chat.hint(texts.gone(chat.translator))
        return
    await chat.hint(texts.tried(chat.translator))


async def ask_drop(query: CallbackQuery, chat: ChatContext) -> None:
    try:
        message = await chat.dependencies.manage_outbox.one(callbacks.OUTBOX_DROP.number(query.data))
    except NotFound:
        await chat.hint(texts.gone(chat.translator))
        return
    yes, no = chat.translator.t("Yes, drop it"), chat.translator.t("No, keep it")
    await ask(chat, Question(Topic.DROP, str(message.message_id), texts.ask_drop(chat.translator, message), yes, no))


async def drop(chat: ChatContext, decision: Decision) -> Outcome:
    try:
        await chat.dependencies.manage_outbox.drop(int(decision.about), chat.chat_id)
    except NotFound:
        return Outcome(texts.gone(chat.translator))
    return Outcome(texts.dropped(chat.translator))


async def _page(chat: ChatContext, after: int) -> OutgoingChat:
    return texts.page(chat.translator, await chat.dependencies.manage_outbox.unsent(after, A_PAGE), after)
