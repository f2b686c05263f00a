"""The customer's payments: the list, and of each its link, or its receipt and files once more."""

import asyncio
from datetime import datetime

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.customer import orders_texts, receipt_texts
from bot.customer.catalog import show_pay_message
from bot.routing import on_button, on_command
from checkout import limits
from checkout.errors import NotFound, NotPaid
from checkout.model import keys
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import Payment, Status
from messages import callbacks

ORDERS = 10


def orders_router() -> Router:
    router = Router(name="orders")
    on_command(router, orders, "orders")
    on_button(router, pay, callbacks.ORDER_PAY)
    on_button(router, send_receipt, callbacks.ORDER_RECEIPT)
    on_button(router, send_files, callbacks.ORDER_FILES)
    return router


async def orders(message: Message, chat: ChatContext) -> None:
    """What waits to be paid follows with its own button, the one that goes when it is paid."""
    await chat.say_aside(await _list(chat))
    for payment in reversed(await chat.dependencies.find_offer.open_links(chat.chat_id)):
        await show_pay_message(chat, payment)


async def _list(chat: ChatContext) -> OutgoingChat:
    payments = await chat.dependencies.look_up_payments.orders(chat.chat_id, ORDERS)
    has_files, now = chat.dependencies.send_purchase.has_files, chat.dependencies.clock.now()
    return orders_texts.orders(chat.translator, payments, has_files, now)


async def pay(query: CallbackQuery, chat: ChatContext) -> None:
    """A button of older lists, which goes once it is pressed."""
    wanted = callbacks.ORDER_PAY.about(query.data)
    open_links = await chat.dependencies.find_offer.open_links(chat.chat_id)
    payment = next((one for one in open_links if one.payment_id == wanted), None)
    await chat.hint("" if payment else await _why_not(chat, wanted))
    await chat.say_in_place(await _list(chat))
    if payment is not None:
        await show_pay_message(chat, payment)


async def _why_not(chat: ChatContext, payment_id: str) -> str:
    payment = await chat.dependencies.look_up_payments.get(payment_id)
    is_paid = payment is not None and payment.telegram_user_id == chat.chat_id and payment.receipt_number is not None
    return orders_texts.paid_already(chat.translator) if is_paid else orders_texts.not_payable(chat.translator)


async def send_receipt(query: CallbackQuery, chat: ChatContext) -> None:
    payment = await _paid(chat, callbacks.ORDER_RECEIPT.about(query.data))
    if payment is None or await _was_sent_just_now(chat, query):
        return
    await chat.hint()
    renderer, language = chat.dependencies.renderer, chat.customer.language
    await chat.say(await asyncio.to_thread(renderer.receipt_again, payment, language))
    await _note_sent(chat, query)


async def send_files(query: CallbackQuery, chat: ChatContext) -> None:
    """By the outbox: large ones take their time, and what many have bought is uploaded once."""
    payment = await _paid(chat, callbacks.ORDER_FILES.about(query.data))
    if payment is None or await _was_sent_just_now(chat, query):
        return
    if payment.status is Status.REFUNDED:
        await chat.hint(orders_texts.files_given_back(chat.translator))
    elif not chat.dependencies.send_purchase.has_files(payment):
        await chat.hint(orders_texts.no_files(chat.translator))
    else:
        await chat.dependencies.send_purchase.queue_files(payment, keys.order_request(chat.update_id))
        await _note_sent(chat, query)


async def _paid(chat: ChatContext, payment_id: str) -> Payment | None:
    try:
        return await chat.dependencies.send_purchase.paid(payment_id, chat.chat_id)
    except NotFound:
        await chat.hint(receipt_texts.not_yours(chat.translator))
    except NotPaid:
        await chat.hint(receipt_texts.not_paid(chat.translator))
    return None


async def _was_sent_just_now(chat: ChatContext, query: CallbackQuery) -> bool:
    """A double tap; who taps again later wants it again."""
    if chat.dialogue.resent != query.data or not chat.dialogue.resent_at:
        return False
    since = chat.dependencies.clock.now() - datetime.fromisoformat(chat.dialogue.resent_at)
    if abs(since) >= limits.purchase_again_pause():
        return False
    await chat.hint(orders_texts.sent_just_now(chat.translator), stays=False)
    return True


async def _note_sent(chat: ChatContext, query: CallbackQuery) -> None:
    await chat.remember(resent=query.data or "", resent_at=chat.dependencies.clock.now().isoformat())
