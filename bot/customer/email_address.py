"""The e-mail address: asked for, proven with a code, changed."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.customer import email_address_texts as texts
from bot.customer.agreement import says_no, says_yes
from bot.customer.catalog import ask_email, open_payments
from bot.customer.company_invoice import asks_for_invoice
from bot.customer.receipt import ask_right_address, send_to_confirmed
from bot.customer.typed_code import check_code, is_code
from bot.dialogue import ASKED_CODE, ASKED_EMAIL
from bot.routing import on_button, on_command
from bot.telegram.places import given_back
from checkout.errors import InvalidEmail, LimitReached, NotFound, RecipientUnreachable, ServiceError
from checkout.model.catalog import Product
from checkout.model.outgoing import OutgoingChat
from checkout.purchase.verify_email import CodeSent
from messages import callbacks

ADDRESS_LIKE = re.compile(r"\S@\S")
SPACED_ADDRESS = re.compile(r"\S\s?@\s?\S+\.\S")  # as phones write one, with spaces about its sign
LONGEST_ADDRESS = 254
REFUSED_WITHIN = 1.0  # seconds, in which the database has told whether a code may be sent


def email_address_router() -> Router:
    router = Router(name="email_address")
    on_command(router, show_address, "email")
    on_button(router, send_again, callbacks.CODE_AGAIN)
    on_button(router, change_address, callbacks.EMAIL_CHANGE)
    on_button(router, use_suggestion, callbacks.EMAIL_USE)
    on_button(router, keep_typed, callbacks.EMAIL_KEEP)
    router.message.register(check_code, F.text, is_code)
    router.message.register(take_address, F.text, _is_address)
    return router


def _is_address(message: Message, chat: ChatContext) -> bool:
    """Whatever is written when an address was asked for, what has one while a code is, and one alone at any time."""
    text = message.text or ""
    if ADDRESS_LIKE.search(text) is not None:
        return not text.startswith("/") and (bool(chat.dialogue.waiting) or _is_alone(text))
    is_asked = chat.dialogue.waits_for_email or (chat.dialogue.waits_for_code and SPACED_ADDRESS.search(text))
    return bool(is_asked) and not text.startswith("/") and not asks_for_invoice(text)


def _is_alone(text: str) -> bool:
    """``Anna <anna@example.com>`` is; “I paid as anna@example.com, where is it?” is a question."""
    return len(text.split()) == 1 or "<" in text


async def show_address(message: Message, command: CommandObject, chat: ChatContext) -> None:
    typed = (command.args or "").strip()
    if typed:
        await _take(chat, typed)
        return
    if chat.customer.email is None and not chat.dialogue.waits_for_code:
        await ask_email(chat, await _offer(chat, chat.dialogue.sku))
        return
    await chat.say_aside(texts.address(chat.translator, chat.customer))


async def take_address(message: Message, chat: ChatContext) -> None:
    typed, confirmed = (message.text or "").strip(), chat.customer.email
    if chat.dialogue.step and await chat.dependencies.verify_email.is_told_lost(chat.customer):
        await chat.remember(step=0)  # what asks for another address is newer
    if chat.dialogue.suggestion and says_yes(typed):
        await _request(chat, chat.dialogue.suggestion)
    elif chat.dialogue.suggestion and says_no(typed, chat.dialogue.address):
        await _keep_or_ask(chat)
    elif not confirmed or typed.lower() != confirmed.lower():
        await _take(chat, typed)
    elif chat.dialogue.receipt_for:
        await send_to_confirmed(chat, confirmed)
    elif chat.dialogue.waiting:
        await _request(chat, typed)
    else:
        await chat.say(texts.address_is_yours(chat.translator, confirmed))


async def _take(chat: ChatContext, typed: str) -> None:
    """What looks mistyped is asked about before anything is mailed; typed once more it is meant so."""
    try:
        address, meant = chat.dependencies.verify_email.likely_meant(typed)
    except InvalidEmail:
        await _say_invalid(chat, typed)
        return
    is_typed_again = bool(chat.dialogue.suggestion and address) and address == chat.dialogue.address
    if meant is None or is_typed_again or chat.dialogue.asked_by == chat.update_id:
        await _request(chat, address)
        return
    is_asked_again = chat.dialogue.suggestion == meant  # in the place of the same words nobody would see it
    step = 0 if is_asked_again else chat.dialogue.step
    await chat.remember(waiting=ASKED_EMAIL, address=address, suggestion=meant, step=step)
    await chat.say_step(texts.is_it(chat.translator, address, meant))


async def _keep_or_ask(chat: ChatContext) -> None:
    """What was typed is right, unless it is no address as it stands."""
    if chat.dialogue.address:
        await _request(chat, chat.dialogue.address)
    else:
        await chat.say_step(OutgoingChat(texts.email_awaited(chat.translator)))
        await chat.remember(suggestion="")  # “ok” to this means no address that was turned down


async def change_address(query: CallbackQuery, chat: ChatContext) -> None:
    """The product of the pay message that was pressed, or else of an open one, gets a link for the new address."""
    still_open = await open_payments(chat)
    pressed = [one.sku for one in still_open if one.chat_message_id == chat.pressed_message_id]
    if chat.dialogue.receipt_for and not pressed:
        await ask_right_address(chat, chat.dialogue.receipt_for)
        return
    await chat.hint()
    skus = [*pressed, chat.dialogue.sku, chat.dialogue.let_go, *(one.sku for one in still_open)]
    sku, link_of = next(filter(None, skus), ""), chat.dialogue.link_of
    await ask_email(chat, await _offer(chat, sku))
    await chat.remember(link_of=next((one.payment_id for one in still_open if one.sku == sku), link_of))


async def _offer(chat: ChatContext, sku: str) -> Product | None:
    """What is named while the address is asked for; whether it can be bought is told when it is verified."""
    return await chat.dependencies.find_offer.find(sku, chat.chat_id)


async def use_suggestion(query: CallbackQuery, chat: ChatContext) -> None:
    await _answer_suggestion(chat, lambda: _request(chat, chat.dialogue.suggestion))


async def keep_typed(query: CallbackQuery, chat: ChatContext) -> None:
    await _answer_suggestion(chat, lambda: _keep_or_ask(chat))


async def _answer_suggestion(chat: ChatContext, go_on: Callable[[], Awaitable[None]]) -> None:
    if chat.dialogue.suggestion or chat.dialogue.asked_by == chat.update_id:
        await chat.remember(step=chat.pressed_message_id or chat.dialogue.step)
        await go_on()
    else:
        await chat.hint(chat.translator.t("This button has done its work. /email shows your address."))


async def send_again(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.remember(sku=chat.dialogue.sku or chat.dialogue.let_go)
    if chat.dialogue.address:
        await _request(chat, chat.dialogue.address)
        return
    try:
        await _mail_code(chat, lambda: chat.dependencies.verify_email.request_again(chat.customer, chat.update_id), "")
    except NotFound:
        if chat.customer.email:
            await chat.hint(chat.translator.t("Your address is confirmed already: no code is needed."))
        else:
            await chat.hint()
            await ask_email(chat, await _offer(chat, chat.dialogue.sku))


async def _request(chat: ChatContext, typed: str) -> None:
    try:
        await _mail_code(
            chat, lambda: chat.dependencies.verify_email.request_code(chat.customer, typed, chat.update_id), typed
        )
    except InvalidEmail:
        await _say_invalid(chat, typed)


async def _say_invalid(chat: ChatContext, typed: str) -> None:
    await chat.hint()
    if not chat.dialogue.waiting:
        await chat.remember(waiting=ASKED_EMAIL)
    said = texts.invalid_email if "@" in typed else texts.no_email
    await chat.say(said(chat.translator))


async def _mail_code(chat: ChatContext, request: Callable[[], Awaitable[CodeSent]], typed: str) -> None:
    """Raises InvalidEmail and NotFound; every other refusal is told here."""
    try:
        sent = await _with_hint(chat, _send_once(chat, request))
    except LimitReached as limit:
        await chat.remember(address=typed[:LONGEST_ADDRESS] or chat.dialogue.address)
        if chat.query and not chat.answered:
            await chat.hint(texts.ask_again_in(chat.translator, limit))
            return
        await chat.say(texts.limit_reached(chat.translator, limit))
    except ServiceError as error:
        await chat.remember(address=typed[:LONGEST_ADDRESS])
        await chat.hint()
        said = texts.mail_refused if isinstance(error, RecipientUnreachable) else texts.mail_not_sent
        await chat.say(said(chat.translator))
    else:
        await chat.hint(texts.code_mailed(chat.translator), stays=False)
        await chat.say_step(texts.code_sent(chat.translator, sent.email))


async def _with_hint(chat: ChatContext, sending: Coroutine[Any, Any, CodeSent]) -> CodeSent:
    """What is refused is the button's own hint. A mail takes seconds: the button is not to look dead until then, and
    others are not to wait for their answers."""
    task = asyncio.ensure_future(sending)
    try:
        async with given_back():
            await asyncio.wait({task}, timeout=REFUSED_WITHIN)
            if not task.done():
                await chat.hint()
            return await task
    except asyncio.CancelledError:
        task.cancel()
        raise


async def _send_once(chat: ChatContext, request: Callable[[], Awaitable[CodeSent]]) -> CodeSent:
    """An update that comes again after its mail has left does not send another."""
    dialogue = chat.dialogue
    if dialogue.asked_by == chat.update_id:
        return CodeSent(dialogue.sent_to)
    sent = await request()
    await chat.remember(
        waiting=ASKED_CODE,
        address=sent.email,
        sent_to=sent.email,
        suggestion="",
        let_go="",
        asked_at=chat.dependencies.clock.now().isoformat(),
        asked_by=chat.update_id,
    )
    return sent
