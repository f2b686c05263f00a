"""/outbox: what has not left, and what an admin does about it."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.admin import outbox_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import FromAdmin
from bot.context import ChatContext
from checkout.errors import NotFound
from checkout.model.outgoing import OutgoingChat

A_PAGE = 10
DROP = "drop"


def outbox_router() -> Router:
    router = Router(name="desk_outbox")
    router.message.register(show, F.text, Command("outbox", ignore_case=True, ignore_mention=True), FromAdmin())
    for beginning, pressed in ((texts.PAGE, turn_page), (texts.TRY, try_now), (texts.DROP, ask_drop)):
        router.callback_query.register(pressed, F.data.startswith(beginning), FromAdmin())
    answers(router, DROP, drop, texts.not_dropped)
    return router


async def show(message: Message, chat: ChatContext) -> None:
    await chat.say(await _page(chat, 0))


async def turn_page(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint()
    await chat.say_in_place(await _page(chat, _number(query, texts.PAGE)))


async def try_now(query: CallbackQuery, chat: ChatContext) -> None:
    message_id = _number(query, texts.TRY)
    try:
        await chat.dependencies.manage_outbox.try_now(message_id, chat.chat_id)
    except NotFound:
        await chat.hint(texts.gone(chat.translator))
        return
    await chat.hint(texts.tried(chat.translator))


async def ask_drop(query: CallbackQuery, chat: ChatContext) -> None:
    try:
        message = await chat.dependencies.manage_outbox.one(_number(query, texts.DROP))
    except NotFound:
        await chat.hint(texts.gone(chat.translator))
        return
    yes, no = chat.translator.t("Yes, drop it"), chat.translator.t("No, keep it")
    await ask(chat, Question(DROP, str(message.message_id), texts.ask_drop(chat.translator, message), yes, no))


async def drop(chat: ChatContext, decision: Decision) -> Outcome:
    try:
        await chat.dependencies.manage_outbox.drop(int(decision.about), chat.chat_id)
    except NotFound:
        return Outcome(texts.gone(chat.translator))
    return Outcome(texts.dropped(chat.translator))


async def _page(chat: ChatContext, after: int) -> OutgoingChat:
    return texts.page(chat.translator, await chat.dependencies.manage_outbox.unsent(after, A_PAGE), after)


def _number(query: CallbackQuery, beginning: str) -> int:
    """The id in the callback data; 0, which no message has, where there is none."""
    said = (query.data or "").removeprefix(beginning)
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else 0
