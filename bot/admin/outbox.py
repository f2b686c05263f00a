"""/outbox: what has not left, and what an admin does about it."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.admin import outbox_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import FromAdmin
from bot.context import Turn
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


async def show(message: Message, turn: Turn) -> None:
    await turn.say(await _page(turn, 0))


async def turn_page(query: CallbackQuery, turn: Turn) -> None:
    await turn.hint()
    await turn.say_in_place(await _page(turn, _number(query, texts.PAGE)))


async def try_now(query: CallbackQuery, turn: Turn) -> None:
    message_id = _number(query, texts.TRY)
    try:
        await turn.parts.tend_outbox.try_now(message_id, turn.chat_id)
    except NotFound:
        await turn.hint(texts.gone(turn.speech))
        return
    await turn.hint(texts.tried(turn.speech))


async def ask_drop(query: CallbackQuery, turn: Turn) -> None:
    try:
        message = await turn.parts.tend_outbox.one(_number(query, texts.DROP))
    except NotFound:
        await turn.hint(texts.gone(turn.speech))
        return
    yes, no = turn.speech.t("Yes, drop it"), turn.speech.t("No, keep it")
    await ask(turn, Question(DROP, str(message.message_id), texts.ask_drop(turn.speech, message), yes, no))


async def drop(turn: Turn, decision: Decision) -> Outcome:
    try:
        await turn.parts.tend_outbox.drop(int(decision.about), turn.chat_id)
    except NotFound:
        return Outcome(texts.gone(turn.speech))
    return Outcome(texts.dropped(turn.speech))


async def _page(turn: Turn, after: int) -> OutgoingChat:
    return texts.page(turn.speech, await turn.parts.tend_outbox.unsent(after, A_PAGE), after)


def _number(query: CallbackQuery, beginning: str) -> int:
    """The id in the callback data; 0, which no message has, where there is none."""
    said = (query.data or "").removeprefix(beginning)
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 18 else 0
