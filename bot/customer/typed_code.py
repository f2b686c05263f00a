"""The code that was mailed comes back: the address is confirmed, and what it was asked for goes on."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiogram.types import Message

from bot.context import ChatContext
from bot.customer import catalog_texts
from bot.customer import email_address_texts as texts
from bot.customer.catalog import left_behind, offered, open_payments, send_pay_message, show_catalogue
from bot.customer.receipt import send_receipt
from checkout.model.outgoing import OutgoingChat
from checkout.model.payment import SETTLED
from checkout.model.verification import read_code
from checkout.purchase.verify_email import CodeChecked


def is_code(message: Message, chat: ChatContext) -> bool:
    return _code_in(message, chat) is not None


def _code_in(message: Message, chat: ChatContext) -> str | None:
    is_expected = chat.dialogue.waits_for_code or bool(chat.dialogue.let_go)
    return read_code(message.text or "", within=is_expected)


async def check_code(message: Message, chat: ChatContext) -> None:
    code = _code_in(message, chat) or ""
    checked = await _spend_once(chat, lambda: chat.dependencies.verify_email.check(chat.customer, code))
    if checked.reason == "ok" and checked.email:
        await go_on_verified(chat, checked.email)
    elif checked.reason == "wrong":
        await chat.say(texts.code_wrong(chat.translator, checked.attempts_left))
    elif was_verified_by_last_code(chat):
        await go_on_verified(chat, chat.dialogue.sent_to)
    elif chat.dialogue.waits_for_code:
        await chat.say(texts.code_gone(chat.translator))
    else:
        await chat.say_aside(texts.code_not_asked(chat.translator, chat.customer.email))


async def _spend_once(chat: ChatContext, check: Callable[[], Awaitable[CodeChecked]]) -> CodeChecked:
    """An update whose answer did not leave comes again: what was wrong in it costs no second try."""
    if chat.dialogue.wrong_in == chat.update_id:
        return CodeChecked("wrong", None, chat.dialogue.tries_left)
    checked = await check()
    if checked.reason == "wrong":
        await chat.remember(wrong_in=chat.update_id, tries_left=checked.attempts_left)
    return checked


def was_verified_by_last_code(chat: ChatContext) -> bool:
    """The process died between using the code up and saying so: this update comes a second time."""
    dialogue, customer = chat.dialogue, chat.customer
    is_same = bool(dialogue.sent_to) and dialogue.sent_to == customer.email
    return is_same and dialogue.was_asked_before(customer.email_verified_at)


async def go_on_verified(chat: ChatContext, email: str) -> None:
    """Says that the address is confirmed, and goes on with what it was asked for."""
    chat.customer = replace(chat.customer, email=email, email_verified_at=chat.dependencies.clock.now())
    receipt, sku = await send_receipt(chat, email), await _still_wanted(chat)
    opening = "\n\n".join(filter(None, (texts.confirmed(chat.translator, email), receipt)))
    if chat.dialogue.step:
        await chat.say_step(OutgoingChat(opening))
        await _go_on(chat, sku, "", is_said=bool(receipt))
    else:
        await _go_on(chat, sku, opening, is_said=False)
    await chat.end_dialogue()


async def _still_wanted(chat: ChatContext) -> str:
    """The product that the address was verified for; none if it was paid meanwhile by the link that was there."""
    sku, link_of = chat.dialogue.sku or chat.dialogue.let_go, chat.dialogue.link_of
    link = await chat.dependencies.look_up_payments.get(link_of) if link_of else None
    is_paid = link is not None and link.sku == sku and link.status in SETTLED
    return "" if is_paid else sku


async def _go_on(chat: ChatContext, sku: str, opening: str, *, is_said: bool) -> None:
    """With what the address was verified for, or what waits to be paid; ``opening`` goes before it, unless all
    ``is_said``. Links that were made for another address go with the customer."""
    if not sku and not is_said:
        now = chat.dependencies.clock.now()
        sku = next((one.sku for one in await open_payments(chat) if not one.is_under_way_at(now)), "")
    for left in await left_behind(chat, sku):
        await send_pay_message(chat, left, opening)
        opening, is_said = "", True
    if sku:
        wanted = await offered(chat, sku, opening)
        if wanted is not None:
            await send_pay_message(chat, wanted, opening)
    elif not is_said:
        choose = catalog_texts.choose(chat.translator)
        await show_catalogue(chat, f"{opening}\n\n{choose}" if opening else choose, opening)
