"""Choosing and buying: the catalogue, a product, the message with the pay button."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.customer import catalog_texts, email_address_texts, invoice_texts
from bot.dialogue import ASKED_EMAIL
from bot.dialogue_texts import reminder
from bot.routing import on_button, on_command
from checkout import limits
from checkout.errors import DatabaseAway, NotFound, NotOnSale, ServiceError, StaleWrite
from checkout.model.catalog import Product
from checkout.model.invoice import InvoiceClosed, is_invoice
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import PAYABLE, Payment
from checkout.purchase.close_shop import ShopClosed
from checkout.purchase.named_product import begun, titled
from messages import callbacks
from messages.links import SETUP_START

log = logging.getLogger(__name__)
RECENT_PAYMENTS = 20  # among these those are looked for that wait to be paid


def catalog_router() -> Router:
    """A router belongs to one dispatcher, so each dispatcher gets its own."""
    router = Router(name="catalog")
    on_command(router, start, "start", "buy")
    on_button(router, buy, callbacks.BUY)
    on_button(router, turn_page, callbacks.CATALOGUE_PAGE)
    return router


async def start(message: Message, command: CommandObject, chat: ChatContext) -> None:
    payload, is_start = (command.args or "").strip(), command.command.lower() == "start"
    if not payload and is_start:
        await welcome(chat)
    elif not payload:
        await show_catalogue(chat, catalog_texts.choose(chat.translator))
    elif is_start or not await lead_to_begun(chat, payload):
        product = titled(chat.dependencies.catalog, payload)
        await lead_to(chat, product.sku if product else payload)


async def lead_to(chat: ChatContext, sku: str, opening: str = "") -> None:
    """``opening`` goes before what stands against it, if anything does."""
    shown = await offered(chat, sku, opening)
    if shown is not None:
        await lead_to_pay_link(chat, shown)


async def lead_to_begun(chat: ChatContext, typed: str, opening: str = "") -> bool:
    """To what a part of a title may mean: the customer chooses. False where it means nothing, or is a whole title."""
    catalog = chat.dependencies.catalog
    meant = [] if titled(catalog, typed) else begun(catalog, typed)
    if meant:
        is_clear = len(meant) <= catalog_texts.PRODUCTS_A_PAGE
        ask = (catalog_texts.is_it_meant if is_clear else catalog_texts.choose)(chat.translator)
        await show_catalogue(chat, f"{opening} {ask}" if opening else ask, opening, only=meant)
    return bool(meant)


async def welcome(chat: ChatContext) -> None:
    """What waits to be paid goes first, and is not offered a second time below; who was mailed a code is in the middle
    of buying."""
    open_links = await chat.dependencies.find_offer.open_links(chat.chat_id)
    if not open_links:
        awaited = reminder(chat.translator, chat.dialogue) if chat.dialogue.waits_for_code else ""
        await show_catalogue(chat, "\n\n".join(filter(None, [catalog_texts.greeting(chat.translator), awaited])))
        return
    waiting = open_links[0]
    await show_pay_message(chat, waiting, catalog_texts.waits_for_payment(chat.translator, waiting))
    if _products_but(chat, waiting.sku):
        without = waiting.sku if waiting.sku in chat.dependencies.catalog.products else ""  # not an invoice's
        await show_catalogue(chat, catalog_texts.choose(chat.translator), without=without)


def _products_but(chat: ChatContext, sku: str) -> tuple[Product, ...]:
    return tuple(one for one in chat.dependencies.catalog.products.values() if one.sku != sku)


async def turn_page(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint()
    if (text := await chat.dependencies.close_shop.closed_text()) is not None:
        await chat.say_in_place(OutgoingChat(catalog_texts.shop_closed(chat.translator, text)))
        return
    page, without = callbacks.read_catalogue_page(query.data)
    opening = catalog_texts.choose(chat.translator)
    await chat.say_in_place(
        catalog_texts.catalogue(chat.translator, _products_but(chat, without), opening, page, without=without)
    )


async def buy(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint()
    wanted = await offered(chat, callbacks.BUY.about(query.data))
    if wanted is None:
        return
    await chat.take_pressed_button()
    if chat.customer.email:
        await send_pay_message(chat, wanted)
    elif chat.dialogue.waits_for_code and _code_lives(chat):
        await chat.remember(sku=wanted.sku)
        await chat.say(email_address_texts.code_before_link(chat.translator, chat.dialogue.sent_to, wanted))
    elif chat.dialogue.waits_for_email and chat.dialogue.step == chat.pressed_message_id:
        await ask_email(chat, wanted)  # it is described where the button is
    else:
        await _ask(chat, wanted, catalog_texts.described_question(chat.translator, wanted))


async def lead_to_pay_link(chat: ChatContext, shown: Product) -> None:
    """From a deep link: at once, or with the question that is left on the way."""
    if chat.customer.email:
        await send_pay_message(chat, shown)
    elif chat.dialogue.waits_for_code and _code_lives(chat):
        await chat.remember(sku=shown.sku)
        await chat.say(catalog_texts.product_and_code(chat.translator, shown, chat.dialogue.sent_to))
    else:
        await _ask(chat, shown, catalog_texts.product_and_question(chat.translator, shown))


async def offered(chat: ChatContext, sku: str, opening: str = "") -> Product | None:
    """What this customer may buy; otherwise what stands against it is told, under ``opening``."""
    before = [opening] if opening else []
    try:
        return await chat.dependencies.find_offer.get(sku, chat.chat_id)
    except InvoiceClosed as closed:
        await chat.say(OutgoingChat("\n\n".join([*before, invoice_texts.closed(chat.translator, closed)])))
    except ShopClosed as closed:
        await say_closed(chat, closed.text, opening)
    except NotOnSale:
        product = chat.dependencies.catalog.products[sku]
        await show_catalogue(chat, "\n\n".join([*before, catalog_texts.sold_out(chat.translator, product)]))
    except NotFound:
        if is_invoice(sku):
            await chat.say(OutgoingChat("\n\n".join([*before, invoice_texts.unknown(chat.translator)])))
        elif sku.startswith(SETUP_START):
            await welcome(chat)
        else:
            await show_catalogue(chat, "\n\n".join([*before, catalog_texts.not_on_sale(chat.translator)]))
    return None


async def say_closed(chat: ChatContext, text: str, opening: str) -> None:
    said = catalog_texts.shop_closed(chat.translator, text)
    await chat.say(OutgoingChat(f"{opening}\n\n{said}" if opening else said))


async def show_catalogue(
    chat: ChatContext, opening: str, opening_closed: str = "", without: str = "", only: Sequence[Product] = ()
) -> None:
    """While the shop is closed, what the admin says about that takes its place, under ``opening_closed``.

    The product ``without`` is left out. All are shown where ``only`` does not fit on a page.
    """
    if (text := await chat.dependencies.close_shop.closed_text()) is not None:
        await say_closed(chat, text, opening_closed)
        return
    products = only if 0 < len(only) <= catalog_texts.PRODUCTS_A_PAGE else _products_but(chat, without)
    await chat.say(catalog_texts.catalogue(chat.translator, products, opening, without=without))


async def ask_email(chat: ChatContext, wanted: Product | None) -> None:
    """Asks for an address; ``wanted`` is what the customer gets once it is verified."""
    await _ask(chat, wanted, catalog_texts.ask_email(chat.translator, wanted))


async def _ask(chat: ChatContext, wanted: Product | None, question: OutgoingChat) -> None:
    sku = wanted.sku if wanted else ""
    if chat.is_pressed_twice(sku=sku, receipt_for=""):
        return
    await chat.remember(waiting=ASKED_EMAIL, sku=sku, link_of="", address="", suggestion="", step=0)
    await chat.say_step(question)


async def send_pay_message(chat: ChatContext, wanted: Product, opening: str = "") -> None:
    """One message with the pay button; ``opening`` goes before its text until it is edited for the first time."""
    try:
        payment = await chat.dependencies.start_payment.start(chat.customer, wanted)
    except ShopClosed as closed:  # since it was looked up
        await say_closed(chat, closed.text, opening)
        return
    except InvoiceClosed as closed:  # since it was looked up: somebody else was faster
        said = invoice_texts.closed(chat.translator, closed)
        await chat.say(OutgoingChat(f"{opening}\n\n{said}" if opening else said))
        return
    if payment.is_under_way_at(chat.dependencies.clock.now()):
        why = catalog_texts.no_second_payment(chat.translator, payment)
    else:
        why = await _bought_before(chat, payment)
    await show_pay_message(chat, payment, "\n\n".join(filter(None, [opening, why])))


async def open_payments(chat: ChatContext) -> list[Payment]:
    now = chat.dependencies.clock.now()
    payments = await chat.dependencies.look_up_payments.orders(chat.chat_id, RECENT_PAYMENTS)
    return [one for one in payments if one.status_at(now) in PAYABLE]


async def left_behind(chat: ChatContext, but: str) -> list[Product]:
    """What else waits to be paid by a link that was made for another address, or that stands in no message: the update
    comes again where that could not be sent. The newest last."""
    links, now = await chat.dependencies.find_offer.open_links(chat.chat_id), chat.dependencies.clock.now()
    open_ = [one for one in reversed(links) if not one.is_under_way_at(now)]
    left = [one.sku for one in open_ if one.email != chat.customer.email or one.chat_message_id is None]
    found = [await chat.dependencies.find_offer.find(sku, chat.chat_id) for sku in dict.fromkeys(left) if sku != but]
    return [one for one in found if one is not None]


async def _bought_before(chat: ChatContext, asked: Payment) -> str:
    """Whoever follows the same link again may look for what they have, and is not to pay for it twice."""
    earlier = await chat.dependencies.look_up_payments.orders(chat.chat_id)
    bought = next((one for one in earlier if one.is_bought and one.sku == asked.sku), None)
    return catalog_texts.bought_before(chat.translator, bought) if bought else ""


async def show_pay_message(chat: ChatContext, payment: Payment, opening: str = "") -> None:
    """The payment's message moves to the end of the chat, and the one before goes."""
    language, now = chat.customer.language, chat.dependencies.clock.now()
    message = chat.dependencies.renderer.pay_message(payment, language, now)
    text = f"{opening}\n\n{message.text}" if opening else message.text
    message_id = await chat.say(replace(message, text=text, edits=None))
    if message_id:  # 0 when Telegram sent it and its answer was lost on the way
        await _note(chat, payment, message_id)
    log.info("update %d: the pay link is sent", chat.update_id, extra={"payment_id": payment.payment_id})


async def _note(chat: ChatContext, payment: Payment, message_id: int) -> None:
    """What cannot be noted goes: the update is handled once more, and with it another message sent."""
    try:
        await chat.dependencies.start_payment.note_chat_message(payment, message_id)
    except (DatabaseAway, StaleWrite):
        moved = chat.dependencies.renderer.moved_message(payment, chat.customer.language, message_id)
        with suppress(ServiceError):
            await chat.sender.remove(chat.chat_id, moved)
        raise


def _code_lives(chat: ChatContext) -> bool:
    asked_at = chat.dialogue.asked_at
    return bool(asked_at) and chat.dependencies.clock.now() - datetime.fromisoformat(asked_at) < limits.code_lifetime()
