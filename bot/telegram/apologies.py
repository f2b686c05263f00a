"""What a customer is told who cannot be answered as usual."""

import logging

from aiogram import Bot
from aiogram.types import CallbackQuery, Message, Update, User

from bot.telegram.errors import CALL_ERRORS, translate
from bot.telegram.sender import TelegramChatSender
from checkout.errors import ServiceError, ServiceUnavailable
from checkout.language import spoken
from checkout.model.outgoing import OutgoingChat
from checkout.ports.storage import Storage
from messages.language.i18n import texts

log = logging.getLogger(__name__)


class Apologies:
    def __init__(self, bot: Bot, storage: Storage) -> None:
        self._bot, self._storage = bot, storage
        self._sender = TelegramChatSender(bot)

    async def failed(self, update: Update) -> None:
        """Raises ServiceUnavailable when the customer could not be told."""
        _ = texts("chat", await self._language_of(update)).gettext
        await self._tell(
            update,
            _("Something went wrong here. Nothing was lost: please try again in a minute. /help tells whom to ask."),
        )

    async def too_many(self, update: Update) -> None:
        """For all that is left out behind this update. Raises ServiceUnavailable."""
        _ = texts("chat", await self._language_of(update)).gettext
        await self._tell(
            update,
            _(
                "That was a lot at once: I have answered the first messages and left out the rest. "
                "Please send again what still matters. /help tells what I can do."
            ),
        )

    async def _tell(self, update: Update, text: str) -> None:
        event, person = said_in(update), sender_of(update)
        if event is None or person is None or not is_private(event):
            return
        try:
            await self._sender.send(person.id, OutgoingChat(text))
            if update.callback_query is not None:
                await self._bot.answer_callback_query(update.callback_query.id)
        except ServiceUnavailable:
            raise
        except (ServiceError, *CALL_ERRORS) as error:
            log.info("update %d: the customer could not be told: %s", update.update_id, translate(error))

    async def _language_of(self, update: Update) -> str:
        """The chosen one, or Telegram's where the database does not tell."""
        person = sender_of(update)
        if person is None:
            return spoken(None)
        try:
            async with self._storage.read() as tx:
                known = await tx.customers.get(person.id)
        except Exception:  # noqa: BLE001 -- the apology matters more than its language
            known = None
        return known.language if known else spoken(person.language_code)


def said_in(update: Update) -> Message | CallbackQuery | None:
    """What there is in it that this bot answers."""
    return update.message or update.edited_message or update.callback_query


def sender_of(update: Update) -> User | None:
    """Whose update it is, as far as this bot talks to people."""
    event = said_in(update)
    return event.from_user if event else None


def is_private(event: Message | CallbackQuery) -> bool:
    """Servers of the Bot API before 7.0 do not tell where a button is that is too old; this bot has them in private
    chats alone."""
    message = event.message if isinstance(event, CallbackQuery) else event
    if message is None:
        return isinstance(event, CallbackQuery) and not event.inline_message_id
    return message.chat.type == "private"
