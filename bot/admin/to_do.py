"""/todo: what waits for a person, and who has seen to it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.admin import payments_texts
from bot.admin import to_do_texts as texts
from bot.admin.confirmations import without_choice
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_button, on_command
from checkout.errors import NotFound
from checkout.model.search import By, Search
from checkout.notifications.handover import Done
from messages import callbacks
from messages.callbacks import Callback
from messages.language.translator import Translator


def to_do_router() -> Router:
    router = admin_router("to_do")
    on_command(router, show, "todo")
    on_button(router, done, callbacks.TO_DO_DONE)
    on_button(router, undone, callbacks.TO_DO_UNDONE)
    return router


async def show(message: Message, chat: ChatContext) -> None:
    """What is to be handed over, and where the rest of what waits for a person is found."""
    page = await chat.dependencies.look_up_payments.first_page(Search(By.TO_DO))
    points = await chat.dependencies.open_points.count()
    listed = payments_texts.listed(chat.translator, page, chat.dependencies.clock.now()) if page.payments else None
    await chat.say_aside(texts.to_do(chat.translator, listed, points))


async def done(query: CallbackQuery, chat: ChatContext) -> None:
    await _decide(query, chat, callbacks.TO_DO_DONE, chat.dependencies.hand_over.done, texts.done)


async def undone(query: CallbackQuery, chat: ChatContext) -> None:
    await _decide(query, chat, callbacks.TO_DO_UNDONE, chat.dependencies.hand_over.undone, texts.waits_again)


async def _decide(
    query: CallbackQuery,
    chat: ChatContext,
    pressed: Callback,
    decide: Callable[[str, int, int | None], Awaitable[Done]],
    words: Callable[[Translator, Done, int], str],
) -> None:
    try:
        decided = await decide(pressed.about(query.data), chat.chat_id, chat.pressed_message_id)
    except NotFound:
        await chat.hint(payments_texts.button_too_old(chat.translator))
        return
    await chat.hint()
    said = without_choice(query.message, words(chat.translator, decided, chat.chat_id), pressed)
    choice = texts.choice(chat.translator, decided)
    await chat.say_in_place(replace(said, buttons=(choice, *said.buttons) if choice else said.buttons))
