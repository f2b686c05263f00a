"""A receipt came back: the right address is asked for, proven with a code, and the receipt mailed there."""

from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery

from bot.context import Turn
from bot.customer import keyboards, receipt_texts
from bot.dialogue import ASKED_EMAIL
from checkout.errors import NotFound, NotPaid
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment


def receipt_router() -> Router:
    router = Router(name="receipt")
    router.callback_query.register(correct, F.data.startswith(keyboards.EMAIL_CORRECT))
    router.callback_query.register(use_confirmed, F.data.startswith(keyboards.EMAIL_SEND))
    return router


async def correct(query: CallbackQuery, turn: Turn) -> None:
    await ask_right_address(turn, (query.data or "").removeprefix(keyboards.EMAIL_CORRECT))


async def use_confirmed(query: CallbackQuery, turn: Turn) -> None:
    payment = await _undelivered(turn, (query.data or "").removeprefix(keyboards.EMAIL_SEND))
    if payment is None:
        return
    if turn.customer.email is None:  # forgotten since the button was shown
        await ask_right_address(turn, payment.payment_id)
        return
    await turn.remember(receipt_for=payment.payment_id)
    await send_to_confirmed(turn, turn.customer.email)


async def ask_right_address(turn: Turn, payment_id: str) -> None:
    """Whichever address is verified next, the receipt goes there."""
    payment = await _undelivered(turn, payment_id)
    if payment is None:
        return
    await turn.hint()
    await turn.remember(waiting=ASKED_EMAIL, address="", suggestion="", receipt_for=payment_id)
    await turn.say(receipt_texts.ask_right_address(turn.speech, payment, turn.customer))


async def send_to_confirmed(turn: Turn, email: str) -> None:
    """To an address that was verified earlier: it needs no code. A code asked for meanwhile still counts."""
    said = await send_receipt(turn, email)
    await turn.hint()
    await turn.say(OutgoingChat(said))
    await turn.remember(receipt_for="", waiting="" if turn.dialogue.waits_for_email else turn.dialogue.waiting)


async def send_receipt(turn: Turn, email: str) -> str:
    """Mails the receipt that waits for a verified address, if one does; returns what to say of it."""
    asked_at, payment_id = turn.dialogue.asked_at, turn.dialogue.receipt_for
    if not payment_id:
        return ""
    since = datetime.fromisoformat(asked_at) if asked_at else None
    sent = await turn.parts.resend_receipt.send_again(payment_id, email, since)
    return receipt_texts.receipt_sent(turn.speech, sent.email)


async def _undelivered(turn: Turn, payment_id: str) -> Payment | None:
    """The payment whose receipt came back; what stands against it is told."""
    try:
        payment = await turn.parts.resend_receipt.undelivered(payment_id, turn.chat_id)
    except NotFound:
        said = receipt_texts.not_yours(turn.speech)
    except NotPaid:
        said = receipt_texts.not_paid(turn.speech)
    else:
        if payment is not None:
            return payment
        said = receipt_texts.sent_since(turn.speech)
    await turn.remember(receipt_for="")
    await turn.hint(said)
    return None
