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
from typing import Any

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.routing import on_button
from checkout import limits
from checkout.model.outgoing import Button, ButtonRows, OutgoingChat
from checkout.resilience.wrong_clock import is_ahead
from messages.callbacks import Callback, Topic
from messages.language.translator import Translator


@dataclass(frozen=True, slots=True)
class Question:
    """What it is ``about`` is in words of the caller's. ``yes`` and ``no`` stand on the buttons."""

    topic: Topic
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


Do = Callable[[ChatContext, Decision], Awaitable[Outcome]]


async def ask(chat: ChatContext, question: Question) -> None:
    """Asks; a question that was open before is none any more."""
    nonce = secrets.token_hex(8)
    await chat.remember(
        nonce=nonce,
        question=f"{question.topic}:{question.about}",
        question_at=chat.dependencies.clock.now().isoformat(),
    )
    buttons = (
        (Button(question.yes, callback_data=question.topic.yes.data(nonce)),),
        (Button(question.no, callback_data=question.topic.no.data(nonce)),),
    )
    await chat.hint()
    await chat.say(OutgoingChat(question.text, buttons))


def answers(router: Router, topic: Topic, do: Do, left: Callable[[Translator], str]) -> None:
    """Lets ``do`` follow a *yes* to questions of ``topic``; after a *no*, what ``left`` makes is said."""

    async def yes(query: CallbackQuery, chat: ChatContext) -> None:
        decision = await _decision(chat, topic)
        if decision is None:
            return
        await chat.hint()  # a provider may take its time; the button does not wait so long
        outcome = await do(chat, decision)
        await chat.say_in_place(OutgoingChat(outcome.said, () if outcome.is_known else _again(chat, query)))
        if outcome.is_known:
            await _use_up(chat)

    async def no(query: CallbackQuery, chat: ChatContext) -> None:
        if await _decision(chat, topic) is None:
            return
        await chat.hint()
        await chat.say_in_place(OutgoingChat(left(chat.translator)))
        await _use_up(chat)

    on_button(router, yes, topic.yes)
    on_button(router, no, topic.no)


def without_choice(pressed: Any, said: str, choice: Callback) -> OutgoingChat:
    """The message whose button was pressed and, under it, what was decided; without the buttons that stand beside
    ``choice``. The decision alone where Telegram hides the rest."""
    if not isinstance(pressed, Message):
        return OutgoingChat(said)
    rows = pressed.reply_markup.inline_keyboard if pressed.reply_markup else []
    kept = [
        tuple(Button(one.text, url=one.url or "", callback_data=one.callback_data or "") for one in row)
        for row in rows
        if not any((one.callback_data or "").startswith(choice.prefix) for one in row)
    ]
    return OutgoingChat(f"{pressed.html_text}\n\n{said}", tuple(kept))


def _again(chat: ChatContext, query: CallbackQuery) -> ButtonRows:
    """Without a *no*: it may be done already."""
    return ((Button(chat.translator.t("Try again"), callback_data=query.data or ""),),)


async def _decision(chat: ChatContext, topic: Topic) -> Decision | None:
    """The open question that the pressed button belongs to; otherwise what is the matter is told."""
    nonce = topic.nonce(chat.query.data if chat.query else None)
    asked_topic, _, about = chat.dialogue.question.partition(":")
    asked = chat.dialogue.nonce
    if not asked or asked_topic != topic or not secrets.compare_digest(nonce.encode(), asked.encode()):
        await _take_buttons(
            chat,
            chat.translator.t("This question is closed: it was answered or left, or a newer one has taken its place."),
        )
        return None
    if _is_too_old(chat):
        await _use_up(chat)
        await _take_buttons(
            chat,
            chat.translator.t("This question is more than an hour old and does not count any more. Please ask again."),
        )
        return None
    return Decision(about, asked)


async def _take_buttons(chat: ChatContext, why: str) -> None:
    """The message stays: it may say by now what has come of the question."""
    await chat.hint(why)
    if chat.pressed_message_id:
        await chat.sender.show_buttons(chat.chat_id, chat.pressed_message_id, ())


def _is_too_old(chat: ChatContext) -> bool:
    now, asked_at = chat.dependencies.clock.now(), chat.dialogue.question_at
    if not asked_at or is_ahead(at := datetime.fromisoformat(asked_at), now):
        return True
    return now - at > limits.question_lifetime()


async def _use_up(chat: ChatContext) -> None:
    await chat.remember(nonce="", question="", question_at="")
