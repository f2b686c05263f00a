"""/invoice: a payment link for what is not in the catalogue."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin import invoice_texts as texts
from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import admin_router
from bot.context import ChatContext
from bot.customer.invoice_texts import unknown
from bot.routing import on_button, on_command
from bot.telegram.errors import CALL_ERRORS, translate
from checkout.errors import NotFound
from checkout.model import keys
from checkout.model.invoice import InvoiceClosed, InvoiceWrong, read_invoice
from messages import callbacks
from messages.callbacks import Topic
from messages.links import chat_url
from messages.mail.receipt_fonts import undrawn_letters


def invoice_router() -> Router:
    router = admin_router("invoice")
    on_command(router, make, "invoice")
    on_button(router, ask_cancel, callbacks.INVOICE_CANCEL)
    answers(router, Topic.CANCEL_INVOICE, cancel, texts.kept)
    return router


async def make(message: Message, command: CommandObject, chat: ChatContext, bot: Bot) -> None:
    try:
        written = read_invoice(command.args or "")
    except InvoiceWrong as error:
        await chat.say(texts.wrong(chat.translator, error))
        return
    if missing := undrawn_letters(written.title):
        await chat.say(texts.not_on_receipt(chat.translator, missing))
        return
    username = await _username(bot)
    # An update that is handled twice, because the process died, makes one invoice.
    invoice = await chat.dependencies.manage_invoices.make(written, chat.chat_id, keys.order_request(chat.update_id))
    link = chat_url(username, start=invoice.sku)
    await chat.say(texts.made(chat.translator, invoice, link))
    await chat.say(texts.to_forward(chat.translator, invoice, link))


async def _username(bot: Bot) -> str:
    """Telegram is asked once for the life of the process. Raises ServiceError."""
    try:
        return (await bot.me()).username or ""
    except CALL_ERRORS as error:
        raise translate(error) from None


async def ask_cancel(query: CallbackQuery, chat: ChatContext) -> None:
    try:
        invoice = await chat.dependencies.manage_invoices.get(callbacks.INVOICE_CANCEL.about(query.data))
    except NotFound:
        await chat.hint(unknown(chat.translator))
        return
    except InvoiceClosed as closed:
        await chat.hint(texts.not_canceled(chat.translator, closed))
        return
    yes, no = chat.translator.t("Yes, cancel it"), chat.translator.t("No, leave it")
    await ask(chat, Question(Topic.CANCEL_INVOICE, invoice.sku, texts.ask_cancel(chat.translator, invoice), yes, no))


async def cancel(chat: ChatContext, decision: Decision) -> Outcome:
    try:
        invoice = await chat.dependencies.manage_invoices.cancel(decision.about, chat.chat_id)
    except NotFound:
        return Outcome(unknown(chat.translator))
    except InvoiceClosed as closed:
        return Outcome(texts.not_canceled(chat.translator, closed))
    return Outcome(texts.canceled(chat.translator, invoice))
