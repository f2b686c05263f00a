"""The e-mail address: asked for, proven with a code, changed."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.context import Turn
from bot.customer import account_texts, catalog_texts, keyboards
from bot.customer.catalog import ask_email, offered, send_pay_message, show_catalogue
from bot.customer.receipt import ask_right_address, send_receipt, send_to_confirmed
from bot.dialogue import ASKED_CODE, ASKED_EMAIL
from checkout.errors import InvalidEmail, LimitReached, NotFound, ServiceError
from checkout.model.catalog import Product
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from checkout.model.verification import read_code
from checkout.purchase.verify_email import CodeSent

ADDRESS_LIKE = re.compile(r"\S@\S")
LONGEST_ADDRESS = 254
RECENT_PAYMENTS = 20  # among these the one whose message was pressed is looked for


def address_router() -> Router:
    router = Router(name="address")
    router.message.register(show_address, F.text, Command("email", ignore_case=True, ignore_mention=True))
    router.callback_query.register(send_again, F.data == keyboards.CODE_AGAIN)
    router.callback_query.register(change_address, F.data == keyboards.EMAIL_CHANGE)
    router.callback_query.register(use_suggestion, F.data == keyboards.EMAIL_USE)
    router.message.register(check_code, F.text, _is_code)
    router.message.register(take_address, F.text, _is_address)
    return router


def _is_code(message: Message) -> bool:
    return read_code(message.text or "") is not None


def _is_address(message: Message, turn: Turn) -> bool:
    """Whatever is written when an address was asked for, and what looks like one at any time."""
    text = message.text or ""
    if text.startswith("/"):
        return False
    return turn.dialogue.waits_for_email or ADDRESS_LIKE.search(text) is not None


async def show_address(message: Message, command: CommandObject, turn: Turn) -> None:
    typed = (command.args or "").strip()
    if typed:
        await _request(turn, typed)
        return
    if turn.customer.email is None and not turn.dialogue.waits_for_code:
        await ask_email(turn, await _offer(turn, turn.dialogue.sku))
        return
    await turn.say_aside(account_texts.address(turn.speech, turn.customer))


async def take_address(message: Message, turn: Turn) -> None:
    typed, confirmed = (message.text or "").strip(), turn.customer.email
    if not confirmed or typed.lower() != confirmed.lower():
        await _request(turn, typed)
    elif turn.dialogue.receipt_for:
        await send_to_confirmed(turn, confirmed)
    elif turn.dialogue.waiting:
        await _request(turn, typed)
    else:
        await turn.say(account_texts.address_is_yours(turn.speech, confirmed))


async def change_address(query: CallbackQuery, turn: Turn) -> None:
    """The product of the pay message that was pressed, or else of an open one, gets a link for the new address."""
    still_open = await _open_payments(turn)
    pressed = [one.sku for one in still_open if one.chat_message_id == turn.pressed_message_id]
    if turn.dialogue.receipt_for and not pressed:
        await ask_right_address(turn, turn.dialogue.receipt_for)
        return
    await turn.hint()
    skus = [*pressed, turn.dialogue.sku, *(one.sku for one in still_open)]
    await ask_email(turn, await _offer(turn, next(filter(None, skus), "")))


async def _offer(turn: Turn, sku: str) -> Product | None:
    """What is named while the address is asked for; whether it can be bought is told when it is verified."""
    return await turn.parts.offers.find(sku, turn.chat_id)


async def _open_payments(turn: Turn) -> list[Payment]:
    now = turn.parts.clock.now()
    payments = await turn.parts.look_up_payments.orders(turn.chat_id, RECENT_PAYMENTS)
    return [one for one in payments if one.status_at(now) in PAYABLE]


async def use_suggestion(query: CallbackQuery, turn: Turn) -> None:
    suggestion = turn.dialogue.suggestion
    if suggestion or turn.dialogue.asked_by == turn.update_id:
        await _request(turn, suggestion)
    else:
        await turn.hint(turn.speech.t("This button has done its work. /email shows your address."))


async def send_again(query: CallbackQuery, turn: Turn) -> None:
    if turn.dialogue.address:
        await _request(turn, turn.dialogue.address)
        return
    try:
        await _mail_code(turn, lambda: turn.parts.verify_email.request_again(turn.customer, turn.update_id), "")
    except NotFound:
        if turn.customer.email:
            await turn.hint(turn.speech.t("Your address is confirmed already: no code is needed."))
        else:
            await turn.hint()
            await ask_email(turn, await _offer(turn, turn.dialogue.sku))


async def _request(turn: Turn, typed: str) -> None:
    await turn.hint()  # the mail takes seconds; the button is not to look dead
    try:
        await _mail_code(
            turn, lambda: turn.parts.verify_email.request_code(turn.customer, typed, turn.update_id), typed
        )
    except InvalidEmail:
        if not turn.dialogue.waiting:
            await turn.remember(waiting=ASKED_EMAIL)
        await turn.say(catalog_texts.invalid_email(turn.speech))


async def _mail_code(turn: Turn, request: Callable[[], Awaitable[CodeSent]], typed: str) -> None:
    """Raises InvalidEmail and NotFound; every other refusal is told here."""
    try:
        sent = await _send_once(turn, request)
    except LimitReached as limit:
        await turn.remember(address=typed[:LONGEST_ADDRESS])
        await turn.hint()
        await turn.say(catalog_texts.limit_reached(turn.speech, limit, turn.dialogue.suggestion))
    except ServiceError as error:
        await turn.remember(address=typed[:LONGEST_ADDRESS])
        await turn.hint()
        said = catalog_texts.mail_refused if error.permanent else catalog_texts.mail_not_sent
        await turn.say(said(turn.speech))
    else:
        await turn.hint()
        await turn.say(catalog_texts.code_sent(turn.speech, sent.email, sent.suggestion or ""))


async def _send_once(turn: Turn, request: Callable[[], Awaitable[CodeSent]]) -> CodeSent:
    """An update that comes again after its mail has left does not send another."""
    dialogue = turn.dialogue
    if dialogue.asked_by == turn.update_id:
        return CodeSent(dialogue.sent_to, dialogue.suggestion or None)
    sent = await request()
    await turn.remember(
        waiting=ASKED_CODE,
        address=sent.email,
        sent_to=sent.email,
        suggestion=sent.suggestion or "",
        asked_at=turn.parts.clock.now().isoformat(),
        asked_by=turn.update_id,
    )
    return sent


async def check_code(message: Message, turn: Turn) -> None:
    checked = await turn.parts.verify_email.check(turn.customer, read_code(message.text or "") or "")
    if checked.reason == "ok" and checked.email:
        await _verified(turn, checked.email)
    elif checked.reason == "wrong":
        await turn.say(catalog_texts.code_wrong(turn.speech, checked.attempts_left))
    elif _was_verified_by_this_code(turn):
        await _verified(turn, turn.dialogue.sent_to)
    elif turn.dialogue.waits_for_code:
        await turn.say(catalog_texts.code_gone(turn.speech))
    else:
        await turn.say_aside(catalog_texts.code_not_asked(turn.speech))


def _was_verified_by_this_code(turn: Turn) -> bool:
    """The process died between using the code up and saying so: this update comes a second time."""
    dialogue, customer = turn.dialogue, turn.customer
    is_same = bool(dialogue.sent_to) and dialogue.sent_to == customer.email
    return is_same and dialogue.was_asked_before(customer.email_verified_at)


async def _verified(turn: Turn, email: str) -> None:
    turn.customer = replace(turn.customer, email=email, email_verified_at=turn.parts.clock.now())
    receipt = await send_receipt(turn, email)
    sku, opening = turn.dialogue.sku, "\n\n".join(filter(None, (catalog_texts.confirmed(turn.speech, email), receipt)))
    if sku:
        wanted = await offered(turn, sku, opening)
        if wanted is not None:
            await send_pay_message(turn, wanted, opening)
    elif receipt:
        await turn.say(OutgoingChat(opening))
    else:
        await show_catalogue(turn, f"{opening}\n\n{catalog_texts.choose(turn.speech)}")
    await turn.end_dialogue()
