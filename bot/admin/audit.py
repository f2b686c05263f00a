"""/audit: what admins did."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.admin import audit_texts as texts
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_button, on_command
from checkout.model.outgoing import OutgoingChat
from messages import callbacks

A_PAGE = 10


def audit_router() -> Router:
    router = admin_router("audit")
    on_command(router, show, "audit")
    on_button(router, turn_page, callbacks.AUDIT_PAGE)
    return router


async def show(message: Message, chat: ChatContext) -> None:
    await chat.say(await _page(chat, 0))


async def turn_page(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint()
    await chat.say_in_place(await _page(chat, callbacks.AUDIT_PAGE.number(query.data)))


async def _page(chat: ChatContext, before: int) -> OutgoingChat:
    """``before`` is the id of the last entry seen, 0 for the newest."""
    found = await chat.dependencies.audit_trail.newest(before or None, A_PAGE)
    return texts.page(chat.translator, found, is_first=not before)
