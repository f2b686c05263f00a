"""/refund, also by the buttons of a card and of a warning: money goes back, or is kept."""

from aiogram import F, Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import refund_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask, without_choice
from bot.admin.filters import admin_router
from bot.admin.payments_texts import no_such_payment
from bot.context import ChatContext
from bot.dialogue import ASKED_AMOUNT
from bot.routing import on_button, on_command
from checkout.errors import CannotRefund, InvalidAmount, NotFound, ServiceRefused, ServiceUnavailable
from checkout.model.audit import Action
from checkout.model.money import parse_amount
from checkout.model.periods import EVERYTHING
from checkout.model.search import name_and_rest
from checkout.payments.refund_payment import Refundable, RefundRequest
from messages import callbacks
from messages.callbacks import Topic


def refund_router() -> Router:
    router = admin_router("refund")
    on_command(router, refund, "refund")
    for button, pressed in (
        (callbacks.REFUND, choose_amount),
        (callbacks.REFUND_ALL, refund_all),
        (callbacks.REFUND_PART, refund_part),
        (callbacks.KEEP, keep),
    ):
        on_button(router, pressed, button)
    router.message.register(take_amount, F.text, _is_amount_awaited)
    answers(router, Topic.REFUND, give_back, texts.refund_left)
    return router


def _is_amount_awaited(message: Message, chat: ChatContext) -> bool:
    return chat.dialogue.waits_for_amount and not (message.text or "").startswith("/")


async def refund(message: Message, command: CommandObject, chat: ChatContext) -> None:
    name, typed = name_and_rest(command.args or "")
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
        answer = no_such_payment(chat.translator, name)
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
        await chat.say_aside(texts.amount_wrong(chat.translator, error, typed, payment))
        return False
    except CannotRefund as error:
        await chat.say_aside(texts.cannot_refund(chat.translator, error))
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
        return Outcome(no_such_payment(chat.translator, payment_id).text)
    except CannotRefund as error:
        return Outcome(texts.about(texts.cannot_refund(chat.translator, error).text, payment_id))
    except ServiceRefused as error:
        return Outcome(texts.about(texts.stripe_refuses(chat.translator, error), payment_id))
    except ServiceUnavailable:
        return Outcome(texts.about(texts.stripe_silent(chat.translator), payment_id), is_known=False)
    return Outcome(texts.refund_requested(chat.translator, payment, wanted.amount))


async def keep(query: CallbackQuery, chat: ChatContext) -> None:
    """Another admin may have given it back meanwhile."""
    payment_id = callbacks.KEEP.about(query.data)
    try:
        await chat.dependencies.refund_payment.refundable(payment_id)
        gone = None
    except NotFound:
        await chat.hint()
        await chat.say(no_such_payment(chat.translator, payment_id))
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
