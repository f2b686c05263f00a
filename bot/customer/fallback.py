"""Everything nobody asked for still gets an answer that says what to do next."""

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, Message

from bot.context import ChatContext
from bot.customer import account_texts, email_address_texts
from bot.customer.account import unfinished
from bot.customer.catalog import lead_to, lead_to_begun
from bot.customer.company_invoice import asks_for_invoice
from bot.routing import is_passed_on
from bot.telegram.typed_command import NAMES
from checkout.model.outgoing import OutgoingChat
from checkout.purchase.named_product import is_only_around, titled

# Telegram's own notes in a chat: nobody said anything.
NOTES = frozenset(
    {
        ContentType.PINNED_MESSAGE,
        ContentType.MESSAGE_AUTO_DELETE_TIMER_CHANGED,
        ContentType.WRITE_ACCESS_ALLOWED,
        ContentType.CHAT_BACKGROUND_SET,
        ContentType.CONNECTED_WEBSITE,
    }
)


def fallback_router() -> Router:
    """Comes last: takes what the routers before it left."""
    router = Router(name="fallback")
    router.message.register(passed_on, F.text.startswith("/"), is_passed_on)
    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(other_text, F.text)
    router.message.register(other_content, ~F.content_type.in_(NOTES))
    router.edited_message.register(edited, F.text)
    router.callback_query.register(unknown_button)
    return router


async def passed_on(message: Message, chat: ChatContext) -> None:
    await chat.say_aside(OutgoingChat(account_texts.not_typed(chat.translator)))


async def unknown_command(message: Message, chat: ChatContext) -> None:
    """Some shops' products are commands: /guide."""
    if named := titled(chat.dependencies.catalog, (message.text or "")[1:]):
        await lead_to(chat, named.sku, await _where_bought(chat))
        return
    await chat.say_aside(OutgoingChat(_with_desk(chat, account_texts.unknown_command(chat.translator))))


async def other_text(message: Message, chat: ChatContext) -> None:
    typed = message.text or ""
    is_own = not chat.dialogue.waiting and not is_passed_on(message)
    if chat.is_admin and typed.partition(" ")[0].lower() in NAMES and not chat.dialogue.waiting:
        await chat.say(OutgoingChat(account_texts.with_a_slash(chat.translator, typed)))
    elif is_own and (named := titled(chat.dependencies.catalog, typed)):
        await lead_to(chat, named.sku, await _where_bought(chat))
    elif asks_for_invoice(typed):
        await chat.say_aside(account_texts.company_invoice(chat.translator))
    elif not chat.dialogue.waits_for_code:
        await _in_words(chat, typed if is_own else "")
    elif any(letter.isdigit() for letter in typed):
        await chat.say(email_address_texts.code_has_six_digits(chat.translator))
    else:
        await _ask_for_code(chat)


async def _in_words(chat: ChatContext, typed: str) -> None:
    bought = await _where_bought(chat)
    if not is_only_around(typed) and await lead_to_begun(chat, typed, bought):
        return
    said, points_to = account_texts.not_understood(chat.translator), bought
    if not bought and (payment := await unfinished(chat)):
        points_to = account_texts.stands(chat.translator, payment)
    await chat.say(OutgoingChat(_with_desk(chat, f"{said} {points_to}".rstrip())))


async def _where_bought(chat: ChatContext) -> str:
    has_paid = any(one.is_bought for one in await chat.dependencies.look_up_payments.orders(chat.chat_id))
    return account_texts.in_orders(chat.translator) if has_paid else ""


def _with_desk(chat: ChatContext, said: str) -> str:
    return f"{said}\n{account_texts.admins_own(chat.translator)}" if chat.is_admin else said


async def other_content(message: Message, chat: ChatContext) -> None:
    if message.media_group_id and message.media_group_id == chat.dialogue.album:
        return  # an album comes as many messages; one answer is enough
    if message.media_group_id:
        await chat.remember(album=message.media_group_id)
    if chat.dialogue.waits_for_code:
        await _ask_for_code(chat)
    elif chat.dialogue.waits_for_email:
        await chat.say(OutgoingChat(email_address_texts.email_awaited(chat.translator)))
    else:
        await chat.say(OutgoingChat(account_texts.only_text(chat.translator)))


async def _ask_for_code(chat: ChatContext) -> None:
    await chat.say(email_address_texts.code_awaited(chat.translator, chat.dialogue.sent_to))


async def edited(message: Message, chat: ChatContext) -> None:
    await chat.say_aside(OutgoingChat(account_texts.edits_are_not_read(chat.translator)))


async def unknown_button(query: CallbackQuery, chat: ChatContext) -> None:
    await chat.hint(chat.translator.t("This button does not work any more. /start shows what is on sale."))
