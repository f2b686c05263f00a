"""Choosing and buying: the catalogue, a product, the message with the pay button."""

import logging
from dataclasses import replace
from datetime import datetime

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message

from bot.context import Turn
from bot.customer import catalog_texts, invoice_texts, keyboards
from bot.dialogue import ASKED_EMAIL
from checkout import limits
from checkout.errors import NotFound, ServiceError
from checkout.model.catalog import Product
from checkout.model.invoice import InvoiceClosed, is_invoice
from checkout.model.outgoing import OutgoingChat

log = logging.getLogger(__name__)


def shop_router() -> Router:
    """A router belongs to one dispatcher, so each dispatcher gets its own."""
    router = Router(name="shop")
    router.message.register(start, F.text, Command("start", "buy", ignore_case=True, ignore_mention=True))
    router.callback_query.register(buy, F.data.startswith(keyboards.BUY))
    return router


async def start(message: Message, command: CommandObject, turn: Turn) -> None:
    payload = (command.args or "").strip()
    if payload:
        shown = await offered(turn, payload)
        if shown is not None:
            await turn.say(catalog_texts.product(turn.speech, shown))
    elif command.command.lower() == "start":
        await show_catalogue(turn, catalog_texts.greeting(turn.speech))
    else:
        await show_catalogue(turn, catalog_texts.choose(turn.speech))


async def buy(query: CallbackQuery, turn: Turn) -> None:
    await turn.hint()
    wanted = await offered(turn, (query.data or "").removeprefix(keyboards.BUY))
    if wanted is None:
        return
    if turn.customer.email:
        await send_pay_message(turn, wanted)
    elif turn.dialogue.waits_for_code and _code_lives(turn):
        await turn.remember(sku=wanted.sku)
        await turn.say(catalog_texts.code_before_link(turn.speech, turn.dialogue.sent_to, wanted))
    else:
        await ask_email(turn, wanted)


async def offered(turn: Turn, sku: str, opening: str = "") -> Product | None:
    """What this customer may buy; otherwise what stands against it is told, under ``opening``."""
    before = [opening] if opening else []
    try:
        return await turn.parts.offers.get(sku, turn.chat_id)
    except InvoiceClosed as closed:
        await turn.say(OutgoingChat("\n\n".join([*before, invoice_texts.closed(turn.speech, closed)])))
    except NotFound:
        if is_invoice(sku):
            await turn.say(OutgoingChat("\n\n".join([*before, invoice_texts.unknown(turn.speech)])))
        else:
            await show_catalogue(turn, "\n\n".join([*before, catalog_texts.not_on_sale(turn.speech)]))
    return None


async def show_catalogue(turn: Turn, opening: str) -> None:
    for message in catalog_texts.catalogue(turn.speech, turn.parts.catalog, opening):
        await turn.say(message)


async def ask_email(turn: Turn, wanted: Product | None) -> None:
    """Asks for an address; ``wanted`` is what the customer gets once it is verified."""
    await turn.remember(waiting=ASKED_EMAIL, sku=wanted.sku if wanted else "", address="", suggestion="")
    await turn.say(catalog_texts.ask_email(turn.speech, wanted))


async def send_pay_message(turn: Turn, wanted: Product, opening: str = "") -> None:
    """One message with the pay button; ``opening`` goes before its text until it is edited for the first time."""
    try:
        payment = await turn.parts.start_payment.start(turn.customer, wanted)
    except InvoiceClosed as closed:  # since it was looked up: somebody else was faster
        said = invoice_texts.closed(turn.speech, closed)
        await turn.say(OutgoingChat(f"{opening}\n\n{said}" if opening else said))
        return
    language, now = turn.customer.language, turn.parts.clock.now()
    message = turn.parts.renderer.pay_message(payment, language, now)
    text = f"{opening}\n\n{message.text}" if opening else message.text
    message_id = await turn.say(replace(message, text=text, edits=None))
    if message_id:  # 0 when Telegram sent it and its answer was lost on the way
        await turn.parts.start_payment.note_chat_message(payment, message_id)
    log.info("update %d: the pay link is sent", turn.update_id, extra={"payment_id": payment.payment_id})
    if payment.chat_message_id not in (None, message_id):
        await _point_below(turn, payment.title, payment.chat_message_id)


async def _point_below(turn: Turn, title: str, message_id: int | None) -> None:
    """Only the newest message is edited as the payment moves: an older one is not to show a stale button."""
    pointer = OutgoingChat(catalog_texts.newer_link_below(turn.speech, title), edits=message_id)
    try:
        await turn.sender.send(turn.chat_id, pointer)
    except ServiceError as error:
        log.info("update %d: an older pay message keeps its button: %s", turn.update_id, error)


def _code_lives(turn: Turn) -> bool:
    asked_at = turn.dialogue.asked_at
    return bool(asked_at) and turn.parts.clock.now() - datetime.fromisoformat(asked_at) < limits.code_lifetime()
