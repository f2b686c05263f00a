"""What admins do to a payment: refund it, send its receipt again, keep it in spite of a warning."""

from typing import Any

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import payment_actions_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import FromAdmin
from bot.context import Turn
from bot.dialogue import ASKED_AMOUNT
from checkout.errors import (
    CannotRefund,
    InvalidEmail,
    NotFound,
    NotPaid,
    ServiceRefused,
    ServiceUnavailable,
)
from checkout.model.audit import Action
from checkout.model.money import TypedAmountWrong, typed_amount
from checkout.model.outgoing import Button, OutgoingChat
from checkout.notifications.resend_receipt import ReceiptOrder
from checkout.payments.refund_payment import Refundable, RefundRequest

REFUND = "refund"


def actions_router() -> Router:
    router = Router(name="desk_actions")
    for name, handler in (("refund", refund), ("resend", resend)):
        router.message.register(handler, F.text, Command(name, ignore_case=True, ignore_mention=True), FromAdmin())
    for beginning, pressed in (
        (texts.REFUND, choose_amount),
        (texts.REFUND_ALL, refund_all),
        (texts.REFUND_PART, refund_part),
        (texts.RESEND, resend_pressed),
        (texts.KEEP, keep),
    ):
        router.callback_query.register(pressed, F.data.startswith(beginning), FromAdmin())
    router.message.register(take_amount, F.text, _is_amount_awaited, FromAdmin())
    answers(router, REFUND, give_back, texts.refund_left)
    return router


def _is_amount_awaited(message: Message, turn: Turn) -> bool:
    return turn.dialogue.waiting == ASKED_AMOUNT and not (message.text or "").startswith("/")


async def refund(message: Message, command: CommandObject, turn: Turn) -> None:
    name, typed = _name_and_rest(command)
    if not name:
        await turn.say(texts.which_refund(turn.speech))
        return
    found = await _refundable(turn, name)
    if found is not None:
        await _ask_refund(turn, found, typed)


async def choose_amount(query: CallbackQuery, turn: Turn) -> None:
    found = await _refundable(turn, _after(query, texts.REFUND))
    if found is not None:
        await turn.hint()
        await turn.say(texts.how_much(turn.speech, found))


async def refund_all(query: CallbackQuery, turn: Turn) -> None:
    found = await _refundable(turn, _after(query, texts.REFUND_ALL))
    if found is not None:
        await _ask_refund(turn, found, "")


async def refund_part(query: CallbackQuery, turn: Turn) -> None:
    found = await _refundable(turn, _after(query, texts.REFUND_PART))
    if found is not None:
        await turn.remember(waiting=ASKED_AMOUNT, refund_of=found.payment.payment_id)
        await turn.hint()
        await turn.say(texts.type_amount(turn.speech, found))


async def take_amount(message: Message, turn: Turn) -> None:
    found = await _refundable(turn, turn.dialogue.refund_of)
    if found is None or await _ask_refund(turn, found, (message.text or "").strip()):
        await turn.remember(waiting="", refund_of="")


async def _refundable(turn: Turn, name: str) -> Refundable | None:
    """What can be given back; what stands against it is told."""
    try:
        return await turn.parts.refund_payment.refundable(name)
    except NotFound:
        answer = texts.no_such_payment(turn.speech, name)
    except CannotRefund as error:
        answer = texts.cannot_refund(turn.speech, error)
    await turn.hint()
    await turn.say(answer)
    return None


async def _ask_refund(turn: Turn, found: Refundable, typed: str) -> bool:
    """Asks whether to refund what was ``typed``, or all that is left; False when that is no amount to refund."""
    payment = found.payment
    try:
        amount = typed_amount(typed, payment.currency).amount if typed else found.left
        found.check(amount)
    except TypedAmountWrong as error:
        await turn.say(texts.amount_wrong(turn.speech, error, typed, payment))
        return False
    except CannotRefund as error:
        await turn.say(texts.cannot_refund(turn.speech, error))
        return False
    text = texts.ask_refund(turn.speech, found, amount)
    yes, no = turn.speech.t("Yes, refund it"), turn.speech.t("No, leave it")
    await ask(turn, Question(REFUND, f"{payment.payment_id}:{amount}", text, yes, no))
    return True


async def give_back(turn: Turn, decision: Decision) -> Outcome:
    """The question's own request names the refund: pressed twice or handled twice, it is the same one."""
    payment_id, _, amount = decision.about.rpartition(":")
    wanted = RefundRequest(decision.request, payment_id, int(amount), turn.chat_id)
    try:
        payment = await turn.parts.refund_payment.request(wanted)
    except NotFound:
        return Outcome(texts.no_such_payment(turn.speech, payment_id).text)
    except CannotRefund as error:
        return Outcome(texts.cannot_refund(turn.speech, error).text)
    except ServiceRefused as error:
        return Outcome(texts.stripe_refuses(turn.speech, error))
    except ServiceUnavailable as error:
        return Outcome(texts.stripe_silent(turn.speech, error), is_known=False)
    return Outcome(texts.refund_requested(turn.speech, payment, wanted.amount))


async def resend(message: Message, command: CommandObject, turn: Turn) -> None:
    name, email = _name_and_rest(command)
    if not name:
        await turn.say(texts.which_receipt(turn.speech))
        return
    await turn.say(await _resent(turn, ReceiptOrder(name, email or None, turn.chat_id, _request(turn))))


async def resend_pressed(query: CallbackQuery, turn: Turn) -> None:
    order = ReceiptOrder(_after(query, texts.RESEND), None, turn.chat_id, _request(turn), by_button=True)
    answer = await _resent(turn, order)
    await turn.hint()
    await turn.say(answer)


async def _resent(turn: Turn, order: ReceiptOrder) -> OutgoingChat:
    try:
        sent = await turn.parts.resend_receipt.order(order)
    except NotFound:
        return texts.no_such_payment(turn.speech, order.name)
    except NotPaid:
        return texts.no_receipt(turn.speech)
    except InvalidEmail:
        return texts.wrong_address(turn.speech, order.email or "")
    return OutgoingChat(texts.receipt_again(turn.speech, sent))


def _request(turn: Turn) -> str:
    """An update that is handled twice, because the process died, orders once."""
    return f"u{turn.update_id}"


async def keep(query: CallbackQuery, turn: Turn) -> None:
    payment_id = _after(query, texts.KEEP)
    if await turn.parts.look_up_payments.get(payment_id) is None:
        await turn.hint()
        await turn.say(texts.no_such_payment(turn.speech, payment_id))
        return
    await turn.parts.audit_trail.note(turn.chat_id, Action.WARNING_KEPT, payment_id, {})
    await turn.hint()
    await turn.say_in_place(_without_choice(query.message, texts.kept(turn.speech, payment_id)))


def _without_choice(pressed: Any, said: str) -> OutgoingChat:
    """The warning, what was decided, and its other buttons; the decision alone where Telegram hides the rest."""
    if not isinstance(pressed, Message):
        return OutgoingChat(said)
    rows = pressed.reply_markup.inline_keyboard if pressed.reply_markup else []
    kept = [
        tuple(Button(one.text, url=one.url or "", callback_data=one.callback_data or "") for one in row)
        for row in rows
        if not any((one.callback_data or "").startswith(texts.KEEP) for one in row)
    ]
    return OutgoingChat(f"{pressed.html_text}\n\n{said}", tuple(kept))


def _name_and_rest(command: CommandObject) -> tuple[str, str]:
    name, *rest = (command.args or "").split(maxsplit=1) or [""]
    return name, "".join(rest).strip()


def _after(query: CallbackQuery, beginning: str) -> str:
    return (query.data or "").removeprefix(beginning)
