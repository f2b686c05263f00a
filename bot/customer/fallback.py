"""Everything nobody asked for still gets an answer that says what to do next."""

from aiogram import F, Router
from aiogram.enums import ContentType
from aiogram.types import CallbackQuery, Message

from bot.context import Turn
from bot.customer import account_texts, catalog_texts
from checkout.model.outgoing import OutgoingChat

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


def other_router() -> Router:
    """Comes last: takes what the routers before it left."""
    router = Router(name="other")
    router.message.register(unknown_command, F.text.startswith("/"))
    router.message.register(other_text, F.text)
    router.message.register(other_content, ~F.content_type.in_(NOTES))
    router.edited_message.register(edited, F.text)
    router.callback_query.register(unknown_button)
    return router


async def unknown_command(message: Message, turn: Turn) -> None:
    await turn.say_aside(OutgoingChat(account_texts.unknown_command(turn.speech)))


async def other_text(message: Message, turn: Turn) -> None:
    if not turn.dialogue.waits_for_code:
        await turn.say(OutgoingChat(account_texts.not_understood(turn.speech)))
    elif any(letter.isdigit() for letter in message.text or ""):
        await turn.say(catalog_texts.code_has_six_digits(turn.speech))
    else:
        await _ask_for_code(turn)


async def other_content(message: Message, turn: Turn) -> None:
    if message.media_group_id and message.media_group_id == turn.dialogue.album:
        return  # an album comes as many messages; one answer is enough
    if message.media_group_id:
        await turn.remember(album=message.media_group_id)
    if turn.dialogue.waits_for_code:
        await _ask_for_code(turn)
    elif turn.dialogue.waits_for_email:
        await turn.say(OutgoingChat(account_texts.email_awaited(turn.speech)))
    else:
        await turn.say(OutgoingChat(account_texts.only_text(turn.speech)))


async def _ask_for_code(turn: Turn) -> None:
    await turn.say(catalog_texts.code_awaited(turn.speech, turn.dialogue.sent_to, turn.dialogue.suggestion))


async def edited(message: Message, turn: Turn) -> None:
    await turn.say_aside(OutgoingChat(account_texts.edits_are_not_read(turn.speech)))


async def unknown_button(query: CallbackQuery, turn: Turn) -> None:
    await turn.hint(turn.speech.t("This button does not work any more. /start shows what is on sale."))
