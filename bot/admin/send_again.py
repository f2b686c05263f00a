"""/resend, also by the buttons of a card and of an alert: a receipt goes out once more."""

from dataclasses import replace

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import send_again_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import admin_router
from bot.admin.payments_texts import no_such_payment
from bot.admin.refund_texts import about
from bot.context import ChatContext
from bot.routing import on_button, on_command
from checkout.errors import AddressChanged, CheckoutError, InvalidEmail, NotFound, NotPaid
from checkout.model import keys
from checkout.model.outgoing import OutgoingChat
from checkout.model.search import name_and_rest
from checkout.notifications.resend_receipt import ReceiptOrder
from messages import callbacks
from messages.callbacks import Topic


def send_again_router() -> Router:
    router = admin_router("send_again")
    on_command(router, resend, "resend")
    on_button(router, resend_pressed, callbacks.RESEND)
    answers(router, Topic.RESEND, resend_to_new, texts.nothing_resent)
    return router


async def resend(message: Message, command: CommandObject, chat: ChatContext) -> None:
    name, email = name_and_rest(command.args or "")
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
    await ask(chat, Question(Topic.RESEND, f"{payment.payment_id} {email} {payment.email}", text, yes, no))
    return None


async def resend_to_new(chat: ChatContext, decision: Decision) -> Outcome:
    name, email, *old = decision.about.split(" ", 2)
    order = ReceiptOrder(name, email, chat.chat_id, decision.request, instead_of="".join(old))
    return Outcome((await _resent(chat, order)).text)


async def resend_pressed(query: CallbackQuery, chat: ChatContext) -> None:
    order = ReceiptOrder(callbacks.RESEND.about(query.data), None, chat.chat_id, _request(chat), by_button=True)
    answer = await _resent(chat, order)
    await chat.hint()
    await chat.say(answer)


async def _resent(chat: ChatContext, order: ReceiptOrder) -> OutgoingChat:
    try:
        sent = await chat.dependencies.resend_receipt.order(order)
    except (NotFound, NotPaid, InvalidEmail, AddressChanged) as error:
        return _not_resent(chat, order, error)
    return OutgoingChat(texts.receipt_again(chat.translator, sent))


def _not_resent(chat: ChatContext, order: ReceiptOrder, error: CheckoutError) -> OutgoingChat:
    match error:
        case NotFound():
            return no_such_payment(chat.translator, order.name)
        case NotPaid():
            return texts.no_receipt(chat.translator)
        case AddressChanged(email=email):
            return OutgoingChat(about(texts.address_changed(chat.translator, email), order.name))
    return texts.wrong_address(chat.translator, order.email or "")


def _request(chat: ChatContext) -> str:
    """An update that is handled twice, because the process died, orders once."""
    return keys.order_request(chat.update_id)
