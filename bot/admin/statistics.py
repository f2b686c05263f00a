"""/stats: how the shop did; /export: its payments as a file."""

import asyncio
from datetime import date

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.admin import statistics_texts as texts
from bot.admin.export_file import send_export
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.routing import on_command
from checkout.model.audit import Action
from checkout.model.outgoing import Attachment, OutgoingChat
from checkout.model.periods import InvalidPeriod, Period, parse_period
from messages.chart.chart import chart_png
from messages.language.text import LONGEST_CAPTION, visible_length

USUAL_DAYS, MOST_DAYS = 7, 366  # a picture has no room for more


def statistics_router() -> Router:
    router = admin_router("statistics")
    for name, handler in (("stats", stats), ("export", export)):
        on_command(router, handler, name)
    return router


async def stats(message: Message, command: CommandObject, chat: ChatContext) -> None:
    today = chat.dependencies.read_statistics.today
    period = _shown(command.args or "", today)
    if period is None:
        await chat.say_aside(texts.which_days(chat.translator, MOST_DAYS))
        return
    statistics = await chat.dependencies.read_statistics.read_period(period)
    if not statistics.currencies:
        await chat.say_aside(texts.nothing_sold(chat.translator, statistics, today))
        return
    png = await asyncio.to_thread(chart_png, statistics, chat.translator.language)
    picture = Attachment(f"stats-{period.last}-{period.length}.png", png, "image/png")
    told = chat.with_reminder(texts.statistics(chat.translator, statistics, today, chat.dependencies.catalog))
    if visible_length(told.text) <= LONGEST_CAPTION:
        await chat.say(OutgoingChat(told.text, picture=picture))
    else:
        await chat.say(OutgoingChat(texts.heading(chat.translator, period, today), picture=picture))
        await chat.say(told)


def _shown(typed: str, today: date) -> Period | None:
    """None for what are no days, or more than a picture has room for. None are shown that are still to come."""
    try:
        period = parse_period(typed, today, USUAL_DAYS)
    except InvalidPeriod:
        return None
    period = Period(period.first, min(period.last, today))
    return period if 1 <= period.length <= MOST_DAYS else None


async def export(message: Message, command: CommandObject, chat: ChatContext) -> None:
    try:
        period = parse_period(command.args or "", chat.dependencies.read_statistics.today)
    except InvalidPeriod:
        await chat.say_aside(texts.which_period(chat.translator))
        return
    chat_tasks = chat.dependencies.chat_tasks
    if chat_tasks.is_running(chat.chat_id):
        await chat.say_aside(texts.one_at_a_time(chat.translator))
        return
    days = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    await chat.dependencies.audit_trail.note(chat.chat_id, Action.EXPORTED, "", days)
    progress_id = await chat.say(texts.export_begins(chat.translator, period))
    chat_tasks.start(chat.chat_id, send_export(chat, period, progress_id))
