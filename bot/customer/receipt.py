"""A receipt came back: the right address is asked for, proven with a code, and the receipt mailed there."""

from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.context import ChatContext
from bot.customer import receipt_texts
from bot.dialogue import ASKED_EMAIL
from bot.routing import on_button
from checkout.errors import NotFound, NotPaid
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment
from messages import callbacks


def receipt_router() -> Router:
    router = Router(name="receipt")
    on_button(router, correct, callbacks.EMAIL_CORRECT)
    on_button(router, use_confirmed, callbacks.EMAIL_SEND)
    return router


async def correct(query: CallbackQuery, chat: ChatContext) -> None:
    await ask_right_address(chat, callbacks.EMAIL_CORRECT.about(query.data))


async def use_confirmed(query: CallbackQuery, chat: ChatContext) -> None:
    payment = await _undelivered(chat, callbacks.EMAIL_SEND.about(query.data))
    if payment is None:
        return
    if chat.customer.email is None:  # forgotten since the button was shown
        await ask_right_address(chat, payment.payment_id)
        return
    await chat.remember(receipt_for=payment.payment_id)
    await send_to_confirmed(chat, chat.customer.email)


async def ask_right_address(chat: ChatContext, payment_id: str) -> None:
    """Whichever address is verified next, the receipt goes there."""
    payment = await _undelivered(chat, payment_id)
    if payment is None:
        return
    await chat.hint()
    if chat.is_pressed_twice(receipt_for=payment_id):
        return
    await chat.remember(waiting=ASKED_EMAIL, address="", suggestion="", receipt_for=payment_id, step=0)
    await chat.say_step(receipt_texts.ask_right_address(chat.translator, payment, chat.customer))


async def send_to_confirmed(chat: ChatContext, email: str) -> None:
    """To an address that was verified earlier: it needs no code. A code asked for meanwhile still counts."""
    said = await send_receipt(chat, email)
    await chat.hint()
    await chat.say(OutgoingChat(said))
    await chat.remember(receipt_for="", waiting="" if chat.dialogue.waits_for_email else chat.dialogue.waiting)


async def send_receipt(chat: ChatContext, email: str) -> str:
    """Mails the receipt that waits for a verified address, if one does; returns what to say of it."""
    asked_at, payment_id = chat.dialogue.asked_at, chat.dialogue.receipt_for
    if not payment_id:
        return ""
    since = datetime.fromisoformat(asked_at) if asked_at else None
    sent = await chat.dependencies.resend_receipt.send_again(payment_id, email, since)
    return receipt_texts.receipt_sent(chat.translator, sent.email)


async def _undelivered(chat: ChatContext, payment_id: str) -> Payment | None:
    """The payment whose receipt came back; what stands against it is told."""
    try:
        payment = await chat.dependencies.resend_receipt.undelivered(payment_id, chat.chat_id)
    except NotFound:
        said = receipt_texts.not_yours(chat.translator)
    except NotPaid:
        said = receipt_texts.not_paid(chat.translator)
    else:
        if payment is not None:
            return payment
        said = receipt_texts.sent_since(chat.translator)
    await chat.remember(receipt_for="")
    await chat.hint(said)
    return None
