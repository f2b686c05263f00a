"""/summary: at which hour an admin wants to hear how the day was."""

from datetime import time

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.admin.filters import FromAdmin
from bot.context import Turn
from checkout.model.outgoing import OutgoingChat
from checkout.model.summary_schedule import NoHour, read_hour
from checkout.notifications.daily_summary import ChosenSummary
from messages.language.translator import Speech, shorten


def summary_router() -> Router:
    router = Router(name="desk_summary")
    router.message.register(choose, F.text, Command("summary", ignore_case=True, ignore_mention=True), FromAdmin())
    return router


async def choose(message: Message, command: CommandObject, turn: Turn) -> None:
    typed = (command.args or "").strip()
    await turn.say(OutgoingChat(await _answer(turn, typed)))


async def _answer(turn: Turn, typed: str) -> str:
    if not typed:
        return shown(turn.speech, await turn.parts.daily_summary.chosen(turn.chat_id))
    try:
        at = read_hour(typed)
    except NoHour:
        return no_hour(turn.speech, typed)
    return changed(turn.speech, await turn.parts.daily_summary.choose(turn.chat_id, at))


TYPED = 40  # characters


def shown(speech: Speech, chosen: ChosenSummary) -> str:
    """What holds now, and how to change it."""
    if chosen.at is None:
        return f"{speech.t_html('You get no daily summary.')}\n\n{how(speech)}"
    return f"{_comes(speech, chosen.at, chosen)}\n\n{how(speech)}"


def changed(speech: Speech, chosen: ChosenSummary) -> str:
    if chosen.at is None:
        return speech.t_html("Done: no daily summary any more. <code>/summary 21:00</code> brings it back.")
    return f"✅ {_comes(speech, chosen.at, chosen)}"


def _comes(speech: Speech, at: time, chosen: ChosenSummary) -> str:
    values = {"at": at.strftime("%H:%M"), "zone": speech.shop.timezone.key}
    if chosen.begins_today:
        return speech.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one today.", **values)
    return speech.t_html("The summary comes every day at <b>{at}</b> ({zone}), the next one tomorrow.", **values)


def how(speech: Speech) -> str:
    return speech.t_html("<code>/summary 21:00</code> — every day at this hour\n<code>/summary off</code> — not at all")


def no_hour(speech: Speech, typed: str) -> str:
    said = speech.t_html("“{typed}” is not an hour of the day.", typed=shorten(typed, TYPED))
    return f"{said}\n\n{how(speech)}"
