"""/summary: at which hour an admin wants to hear how the day was."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot import texts_desk_summary as texts
from bot.admins import FromAdmin
from bot.turn import Turn
from checkout.daily import NoHour, read_hour
from checkout.saying import OutgoingChat


def summary_router() -> Router:
    router = Router(name="desk_summary")
    router.message.register(choose, F.text, Command("summary", ignore_case=True, ignore_mention=True), FromAdmin())
    return router


async def choose(message: Message, command: CommandObject, turn: Turn) -> None:
    typed = (command.args or "").strip()
    await turn.say(OutgoingChat(await _answer(turn, typed)))


async def _answer(turn: Turn, typed: str) -> str:
    if not typed:
        return texts.shown(turn.speech, await turn.parts.daily_summary.chosen(turn.chat_id))
    try:
        at = read_hour(typed)
    except NoHour:
        return texts.no_hour(turn.speech, typed)
    return texts.changed(turn.speech, await turn.parts.daily_summary.choose(turn.chat_id, at))
