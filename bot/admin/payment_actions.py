"""What admins do to a payment: refund it, send its receipt again, keep it in spite of a warning."""

import re
from dataclasses import replace

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import payment_actions_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask, without_choice
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.dialogue import ASKED_AMOUNT
from bot.routing import on_button, on_command
from checkout.errors import (
    CannotRefund,
    CheckoutError,
    InvalidAmount,
    InvalidEmail,
    NotFound,
    NotPaid,
    ServiceRefused,
    ServiceUnavailable,
)
from checkout.model import keys
from checkout.model.audit import Action
from checkout.model.money import parse_amount
from checkout.model.outgoing import OutgoingChat
from checkout.model.periods import EVERYTHING
from checkout.model.search import AS_ON_A_CARD
from checkout.notifications.resend_receipt import ReceiptOrder
from checkout.payments.refund_payment import Refundable, RefundRequest
from messages import callbacks
from messages.callbacks import Topic

NAME_AND_REST = re.compile(
    rf"\s*(?P<name>{AS_ON_A_CARD}(?:(?:no\.?|[№#])\s+)?\S*)\s*(?P<rest>.*?)\s*", re.IGNORECASE | re.DOTALL
)


def payment_actions_router() -> Router:
    router = admin_router("payment_actions")
    for name, handler in (("refund", refund), ("resend", resend)):
        on_command(router, handler, name)
    for button, pressed in (
        (callbacks.REFUND, choose_amount),
        (callbacks.REFUND_ALL, refund_all),
        (callbacks.REFUND_PART, refund_part),
        (callbacks.RESEND, resend_pressed),
        (callbacks.KEEP, keep),
    ):
        on_button(router, pressed, button)
    router.message.register(take_amount, F.text, _is_amount_awaited)
    answers(router, Topic.REFUND, give_back, texts.refund_left)
    answers(router, Topic.RESEND, resend_to_new, texts.nothing_resent)
    return router


def _is_amount_awaited(message: Message, chat: ChatContext) -> bool:
    return chat.dialogue.waiting == ASKED_AMOUNT and not (message.text or "").startswith("/")


async def refund(message: Message, command: CommandObject, chat: ChatContext) -> None:
    name, typed = _name_and_rest(command)
    if not name:
        await chat.say(texts.which_refund(chat.translator))
        return
    found = await _refundable(chat, name)
    if found is not None:
        await _ask_refund(chat, found, typed)


async def choose_amount(query: CallbackQuery, chat: ChatContext) -> None:
    found = await _refundable(chat, callbacks.REFUND.about(query.data))
    if found is not None:
        await chat.hint()
        await chat.say(texts.how_much(chat.translator, found))


async def refund_all(query: CallbackQuery, chat: ChatContext) -> None:
    found = await _refundable(chat, callbacks.REFUND_ALL.about(query.data))
    if found is not None:
        await _ask_refund(chat, found, "")


async def refund_part(query: CallbackQuery, chat: ChatContext) -> None:
    found = await _refundable(chat, callbacks.REFUND_PART.about(query.data))
    if found is not None:
        await chat.remember(waiting=ASKED_AMOUNT, refund_of=found.payment.payment_id)
        await chat.hint()
        await chat.say(texts.type_amount(chat.translator, found))


async def take_amount(message: Message, chat: ChatContext) -> None:
    found = await _refundable(chat, chat.dialogue.refund_of)
    if found is None or await _ask_refund(chat, found, (message.text or "").strip()):
        await chat.remember(waiting="", refund_of="")


async def _refundable(chat: ChatContext, name: str) -> Refundable | None:
    """What can be given back; what stands against it is told."""
    try:
        return await chat.dependencies.refund_payment.refundable(name)
    except NotFound:
        answer = texts.no_such_payment(chat.translator, name)
    except CannotRefund as error:
        answer = texts.cannot_refund(chat.translator, error)
    await chat.hint()
    await chat.say(answer)
    return None


async def _ask_refund(chat: ChatContext, found: Refundable, typed: str) -> bool:
    """Asks whether to refund what was ``typed``, or all that is left; False when that is no amount to refund."""
    payment, typed = found.payment, "" if typed.lower() in EVERYTHING else typed
    try:
        amount = parse_amount(typed, payment.came_in.currency).amount if typed else found.left
        found.check(amount)
    except InvalidAmount as error:
        await chat.say(texts.amount_wrong(chat.translator, error, typed, payment))
        return False
    except CannotRefund as error:
        await chat.say(texts.cannot_refund(chat.translator, error))
        return False
    text = texts.ask_refund(chat.translator, found, amount)
    yes, no = chat.translator.t("Yes, refund it"), chat.translator.t("No, leave it")
    await ask(chat, Question(Topic.REFUND, f"{payment.payment_id}:{amount}:{found.left}", text, yes, no))
    return True


async def give_back(chat: ChatContext, decision: Decision) -> Outcome:
    """The question's own request names the refund: pressed twice or handled twice, it is the same one."""
    payment_id, amount, *left = decision.about.split(":")
    wanted = RefundRequest(decision.request, payment_id, int(amount), chat.chat_id, *map(int, left))
    try:
        payment = await chat.dependencies.refund_payment.request(wanted)
    except NotFound:
        return Outcome(texts.no_such_payment(chat.translator, payment_id).text)
    except CannotRefund as error:
        return Outcome(texts.about(texts.cannot_refund(chat.translator, error).text, payment_id))
    except ServiceRefused as error:
        return Outcome(texts.about(texts.stripe_refuses(chat.translator, error), payment_id))
    except ServiceUnavailable:
        return Outcome(texts.about(texts.stripe_silent(chat.translator), payment_id), is_known=False)
    return Outcome(texts.refund_requested(chat.translator, payment, wanted.amount))


async def resend(message: Message, command: CommandObject, chat: ChatContext) -> None:
    name, email = _name_and_rest(command)
    if not name:
        await chat.say(texts.which_receipt(chat.translator))
        return
    order = ReceiptOrder(name, email or None, chat.chat_id, _request(chat))
    answer = await _asked_or_resent(chat, order)
    if answer is not None:
        await chat.say(answer)


async def _asked_or_resent(chat: ChatContext, order: ReceiptOrder) -> OutgoingChat | None:
    """Receipt and files go to another address only when that was answered with *yes*; None where it is asked."""
    try:
        changed = await chat.dependencies.resend_receipt.new_address(order)
    except (NotFound, NotPaid, InvalidEmail) as error:
        return _not_resent(chat, order, error)
    if changed is None:
        return await _resent(chat, replace(order, email=None))
    payment, email = changed
    yes, no = chat.translator.t("Yes, send it there"), chat.translator.t("No, send nothing")
    text = texts.ask_resend(chat.translator, payment, email)
    await ask(chat, Question(Topic.RESEND, f"{payment.payment_id} {email}", text, yes, no))
    return None


async def resend_to_new(chat: ChatContext, decision: Decision) -> Outcome:
    name, _, email = decision.about.partition(" ")
    return Outcome((await _resent(chat, ReceiptOrder(name, email, chat.chat_id, decision.request))).text)


async def resend_pressed(query: CallbackQuery, chat: ChatContext) -> None:
    order = ReceiptOrder(callbacks.RESEND.about(query.data), None, chat.chat_id, _request(chat), by_button=True)
    answer = await _resent(chat, order)
    await chat.hint()
    await chat.say(answer)


async def _resent(chat: ChatContext, order: ReceiptOrder) -> OutgoingChat:
    try:
        sent = await chat.dependencies.resend_receipt.order(order)
    except (NotFound, NotPaid, InvalidEmail) as error:
        return _not_resent(chat, order, error)
    return OutgoingChat(texts.receipt_again(chat.translator, sent))


def _not_resent(chat: ChatContext, order: ReceiptOrder, error: CheckoutError) -> OutgoingChat:
    match error:
        case NotFound():
            return texts.no_such_payment(chat.translator, order.name)
        case NotPaid():
            return texts.no_receipt(chat.translator)
    return texts.wrong_address(chat.translator, order.email or "")


def _request(chat: ChatContext) -> str:
    """An update that is handled twice, because the process died, orders once."""
    return keys.order_request(chat.update_id)


async def keep(query: CallbackQuery, chat: ChatContext) -> None:
    """Another admin may have given it back meanwhile."""
    payment_id = callbacks.KEEP.about(query.data)
    try:
        await chat.dependencies.refund_payment.refundable(payment_id)
        gone = None
    except NotFound:
        await chat.hint()
        await chat.say(texts.no_such_payment(chat.translator, payment_id))
        return
    except CannotRefund as error:
        gone = error if error.why in ("nothing_left", "on_its_way") else None
    if gone:
        said = texts.cannot_refund(chat.translator, gone).text
    else:
        await chat.dependencies.audit_trail.note(chat.chat_id, Action.WARNING_KEPT, payment_id, {})
        said = texts.kept(chat.translator, payment_id)
    await chat.hint()
    await chat.say_in_place(without_choice(query.message, said, callbacks.KEEP))


def _name_and_rest(command: CommandObject) -> tuple[str, str]:
    """A receipt's number may stand behind its sign: ``No. 42 5.00``."""
    said = NAME_AND_REST.fullmatch(command.args or "")
    return (said["name"], said["rest"]) if said else ("", "")
