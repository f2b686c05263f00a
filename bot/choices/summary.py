"""/summary: at which hour an admin wants to hear how the day was."""

from datetime import time

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_command
from checkout.model.outgoing import OutgoingChat
from checkout.model.summary_schedule import NoHour, read_hour
from checkout.notifications.daily_summary import ChosenSummary
from messages.language.text import shorten
from messages.language.translator import Translator

TYPED = 40  # characters


def summary_router() -> Router:
    router = admin_router("summary")
    on_command(router, choose, "summary")
    return router


async def choose(message: Message, command: CommandObject, chat: ChatContext) -> None:
    typed = (command.args or "").strip()
    await chat.say(OutgoingChat(await _answer(chat, typed)))


async def _answer(chat: ChatContext, typed: str) -> str:
    if not typed:
        return shown(chat.translator, await chat.dependencies.daily_summary.chosen(chat.chat_id))
    try:
        at = read_hour(typed)
    except NoHour:
        return no_hour(chat.translator, typed)
    return changed(chat.translator, await chat.dependencies.daily_summary.choose(chat.chat_id, at))


def shown(translator: Translator, chosen: ChosenSummary) -> str:
    """What holds now, and how to change it."""
    if chosen.at is None:
        return f"{translator.t_html('You get no daily summary.')}\n\n{how(translator)}"
    return f"{_comes(translator, chosen.at, chosen)}\n\n{how(translator)}"


def changed(translator: Translator, chosen: ChosenSummary) -> str:
    if chosen.at is None:
        return translator.t_html("Done: no daily summary any more. <code>/summary 21:00</code> brings it back.")
    return f"✅ {_comes(translator, chosen.at, chosen)}"


def _comes(translator: Translator, at: time, chosen: ChosenSummary) -> str:
    values = {"at": at.strftime("%H:%M"), "zone": translator.zone}
    if chosen.begins_today:
        return translator.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one today.", **values)
    return translator.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one tomorrow.", **values)


def how(translator: Translator) -> str:
    return translator.t_html(
        "<code>/summary 21:00</code> — every day at this hour\n<code>/summary off</code> — not at all"
    )


def no_hour(translator: Translator, typed: str) -> str:
    said = translator.t_html("“{typed}” is not an hour of the day.", typed=shorten(typed, TYPED))
    return f"{said}\n\n{how(translator)}"
