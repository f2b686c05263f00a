"""/stats: how the shop did; /export: its payments as a file."""

import asyncio

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.admin import statistics_texts as texts
from bot.admin.export_file import send_export
from bot.admin.filters import FromAdmin
from bot.context import Turn
from checkout.model.audit import Action
from checkout.model.outgoing import Attachment, OutgoingChat
from checkout.model.periods import InvalidPeriod, parse_period
from messages.chart.chart import chart_png

DAYS = {"": 7, "7": 7, "30": 30, "90": 90}
LONGEST_CAPTION = 1024  # Telegram's limit, in UTF-16 units of what is shown


def figures_router() -> Router:
    router = Router(name="desk_figures")
    for name, handler in (("stats", stats), ("export", export)):
        router.message.register(handler, F.text, Command(name, ignore_case=True, ignore_mention=True), FromAdmin())
    return router


async def stats(message: Message, command: CommandObject, turn: Turn) -> None:
    days = DAYS.get((command.args or "").strip())
    if days is None:
        await turn.say_aside(texts.which_days(turn.speech))
        return
    figures = await turn.parts.read_figures.read(days)
    if not figures.currencies:
        await turn.say_aside(texts.nothing_sold(turn.speech, figures))
        return
    png = await asyncio.to_thread(chart_png, figures, turn.speech.language)
    picture = Attachment(f"stats-{figures.period.last}-{days}.png", png, "image/png")
    told = turn.with_reminder(texts.figures(turn.speech, figures, turn.parts.catalog))
    if texts.shown_length(told.text) <= LONGEST_CAPTION:
        await turn.say(OutgoingChat(told.text, picture=picture))
    else:
        await turn.say(OutgoingChat(texts.heading(turn.speech, figures), picture=picture))
        await turn.say(told)


async def export(message: Message, command: CommandObject, turn: Turn) -> None:
    try:
        period = parse_period(command.args or "", turn.parts.read_figures.today)
    except InvalidPeriod:
        await turn.say_aside(texts.which_period(turn.speech))
        return
    errands = turn.parts.errands
    if errands.is_running(turn.chat_id):
        await turn.say_aside(texts.one_at_a_time(turn.speech))
        return
    days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    await turn.parts.audit_trail.note(turn.chat_id, Action.EXPORTED, "", days)
    progress_id = await turn.say(texts.export_begins(turn.speech, period))
    errands.start(turn.chat_id, send_export(turn, period, progress_id))
