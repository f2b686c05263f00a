"""An admin is asked first, by buttons that work once, for an hour, and only for who was asked.

The question lies in the asking admin's conversation, so it survives a restart, and nobody else's press fits. It is used
up after what it decides was done and said: when the process dies in between, Telegram hands the same press in again,
and the question still stands. What is done must therefore come out the same when it is done again with the same
``request``.
"""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.admin.filters import FromAdmin
from bot.context import Turn
from checkout import limits
from checkout.model.outgoing import Button, OutgoingChat
from messages.language.translator import Speech

YES, NO = "yes:", "no:"


@dataclass(frozen=True, slots=True)
class Question:
    """``what`` is asked ``about`` something, in words of the caller's. ``yes`` and ``no`` stand on the buttons."""

    what: str
    about: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A question answered with *yes*. ``request`` is the same however often this press is handled."""

    about: str
    request: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """``said`` is HTML. What is not known to be done may be tried again: the question stays open."""

    said: str
    is_known: bool = True


Do = Callable[[Turn, Decision], Awaitable[Outcome]]


async def ask(turn: Turn, question: Question) -> None:
    """Asks; a question that was open before is none any more."""
    nonce = secrets.token_hex(8)
    await turn.remember(
        nonce=nonce, question=f"{question.what}:{question.about}", question_at=turn.parts.clock.now().isoformat()
    )
    buttons = (
        (Button(question.yes, callback_data=f"{YES}{question.what}:{nonce}"),),
        (Button(question.no, callback_data=f"{NO}{question.what}:{nonce}"),),
    )
    await turn.hint()
    await turn.say(OutgoingChat(question.text, buttons))


def answers(router: Router, what: str, do: Do, left: Callable[[Speech], str]) -> None:
    """Lets ``do`` follow a *yes* to questions of ``what``; after a *no*, what ``left`` makes is said."""

    async def yes(query: CallbackQuery, turn: Turn) -> None:
        decision = await _decision(turn, what)
        if decision is None:
            return
        await turn.hint()  # a provider may take its time; the button does not wait so long
        outcome = await do(turn, decision)
        await turn.say_in_place(OutgoingChat(outcome.said, () if outcome.is_known else _again(turn, query)))
        if outcome.is_known:
            await _use_up(turn)

    async def no(query: CallbackQuery, turn: Turn) -> None:
        if await _decision(turn, what) is None:
            return
        await turn.hint()
        await turn.say_in_place(OutgoingChat(left(turn.speech)))
        await _use_up(turn)

    router.callback_query.register(yes, F.data.startswith(f"{YES}{what}:"), FromAdmin())
    router.callback_query.register(no, F.data.startswith(f"{NO}{what}:"), FromAdmin())


def _again(turn: Turn, query: CallbackQuery) -> tuple[tuple[Button, ...], ...]:
    """Without a *no*: it may be done already."""
    return ((Button(turn.speech.t("Try again"), callback_data=query.data or ""),),)


async def _decision(turn: Turn, what: str) -> Decision | None:
    """The open question that the pressed button belongs to; otherwise what is the matter is told."""
    nonce = ((turn.query.data if turn.query else "") or "").rpartition(":")[2]
    asked_what, _, about = turn.dialogue.question.partition(":")
    asked = turn.dialogue.nonce
    if not asked or asked_what != what or not secrets.compare_digest(nonce.encode(), asked.encode()):
        await turn.hint(turn.speech.t("This question was answered already, or a newer one has taken its place."))
        return None
    if _is_too_old(turn):
        await _use_up(turn)
        await turn.hint(
            turn.speech.t("This question is more than an hour old and does not count any more. Please ask again.")
        )
        return None
    return Decision(about, asked)


def _is_too_old(turn: Turn) -> bool:
    asked_at = turn.dialogue.question_at
    return not asked_at or turn.parts.clock.now() - datetime.fromisoformat(asked_at) > limits.question_lifetime()


async def _use_up(turn: Turn) -> None:
    await turn.remember(nonce="", question="", question_at="")
