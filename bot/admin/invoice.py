"""/invoice: a payment link for what is not in the catalogue."""

from aiogram import Bot, F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.admin.confirmations import Decision, Outcome, Question, answers, ask
from bot.admin.filters import FromAdmin
from bot.context import Turn
from bot.customer import invoice_texts as texts
from bot.telegram.errors import CALL_ERRORS, translate
from checkout.errors import NotFound
from checkout.model.invoice import InvoiceClosed, InvoiceWrong, read_invoice

CANCEL = "cancel_invoice"


def invoice_router() -> Router:
    router = Router(name="desk_invoice")
    router.message.register(make, F.text, Command("invoice", ignore_case=True, ignore_mention=True), FromAdmin())
    router.callback_query.register(ask_cancel, F.data.startswith(texts.CANCEL), FromAdmin())
    answers(router, CANCEL, cancel, texts.kept)
    return router


async def make(message: Message, command: CommandObject, turn: Turn, bot: Bot) -> None:
    try:
        written = read_invoice(command.args or "")
    except InvoiceWrong as error:
        await turn.say(texts.wrong(turn.speech, error))
        return
    username = await _username(bot)
    # An update that is handled twice, because the process died, makes one invoice.
    invoice = await turn.parts.make_invoice.make(written, turn.chat_id, f"u{turn.update_id}")
    link = f"https://t.me/{username}?start={invoice.sku}"
    await turn.say(texts.made(turn.speech, invoice, link))
    await turn.say(texts.to_forward(turn.speech, invoice, link))


async def _username(bot: Bot) -> str:
    """Telegram is asked once for the life of the process. Raises ServiceError."""
    try:
        return (await bot.me()).username or ""
    except CALL_ERRORS as error:
        raise translate(error) from None


async def ask_cancel(query: CallbackQuery, turn: Turn) -> None:
    try:
        invoice = await turn.parts.make_invoice.get((query.data or "").removeprefix(texts.CANCEL))
    except NotFound:
        await turn.hint(texts.unknown(turn.speech))
        return
    except InvoiceClosed as closed:
        await turn.hint(texts.not_canceled(turn.speech, closed))
        return
    yes, no = turn.speech.t("Yes, cancel it"), turn.speech.t("No, leave it")
    await ask(turn, Question(CANCEL, invoice.sku, texts.ask_cancel(turn.speech, invoice), yes, no))


async def cancel(turn: Turn, decision: Decision) -> Outcome:
    try:
        invoice = await turn.parts.make_invoice.cancel(decision.about, turn.chat_id)
    except NotFound:
        return Outcome(texts.unknown(turn.speech))
    except InvoiceClosed as closed:
        return Outcome(texts.not_canceled(turn.speech, closed))
    return Outcome(texts.canceled(turn.speech, invoice))
