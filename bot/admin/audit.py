"""/audit: what admins did."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.admin import audit_texts as texts
from bot.admin.filters import FromAdmin
from bot.context import ChatContext
from checkout.model.outgoing import OutgoingChat

A_PAGE = 10


def audit_router() -> Router:
    router = Router(name="desk_audit")
    router.message.register(show, F.text, Command("audit", ignore_case=True, ignore_mention=True), FromAdmin())
    router.callback_query.register(turn_page, F.data.startswith(texts.PAGE), FromAdmin())
    return router


async def show(message: Message, chat: ChatContext) -> None:
    await chat.say(await _page(chat, 0))


async def turn_page(query: CallbackQuery, chat: ChatContext) -> None:
    said = (query.data or "").removeprefix(texts.PAGE)
    before = int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else 0
    await chat.hint()
    await chat.say_in_place(await _page(chat, before))


async def _page(chat: ChatContext, before: int) -> OutgoingChat:
    """``before`` is the id of the last entry seen, 0 for the newest."""
    found = await chat.dependencies.audit_trail.newest(before or None, A_PAGE)
    return texts.page(chat.translator, found, is_first=not before)
