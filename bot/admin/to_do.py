"""/todo: what waits for a person, and who has seen to it."""

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
from messages import callbacks


def to_do_router() -> Router:
    router = admin_router("to_do")
    on_command(router, show, "todo")
    on_button(router, done, callbacks.TO_DO_DONE)
    return router


async def show(message: Message, chat: ChatContext) -> None:
    """What is to be handed over, and where the rest of what waits for a person is found."""
    page = await chat.dependencies.look_up_payments.first_page(Search(By.TO_DO))
    points = await chat.dependencies.open_points.count()
    listed = payments_texts.listed(chat.translator, page, chat.dependencies.clock.now()) if page.payments else None
    await chat.say_aside(texts.to_do(chat.translator, listed, points))


async def done(query: CallbackQuery, chat: ChatContext) -> None:
    payment_id = callbacks.TO_DO_DONE.about(query.data)
    try:
        seen_to = await chat.dependencies.hand_over.done(payment_id, chat.chat_id)
    except NotFound:
        await chat.hint(payments_texts.button_too_old(chat.translator))
        return
    said = texts.done(chat.translator, seen_to, chat.chat_id)
    await chat.hint()
    await chat.say_in_place(without_choice(query.message, said, callbacks.TO_DO_DONE))
