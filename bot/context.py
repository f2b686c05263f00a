"""One update of one customer: who it is, what was said before, and how to answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message, TelegramObject, Update, User

from bot import dialogue_texts
from bot.dependencies import BotDependencies
from bot.dialogue import Dialogue, load, save
from bot.telegram.apologies import is_private
from bot.telegram.errors import CALL_ERRORS, translate
from bot.telegram.places import given_back
from bot.telegram.sender import TelegramChatSender, keyboard_without
from bot.telegram.typed_command import as_meant
from checkout.errors import ServiceUnavailable
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingChat
from checkout.model.text import visible
from checkout.resilience.backoff import backoff, is_short
from messages.language.translator import Translator

log = logging.getLogger(__name__)
# An answer is repeated by itself before the whole update is: what the handler has done is then not done twice.
ANSWER_TRIES = 6
LONGEST_HINT = 200  # Telegram's limit for the answer to a button


@dataclass(slots=True)
class ChatContext:
    """``query`` is there when a button was pressed."""

    dependencies: BotDependencies
    customer: Customer
    dialogue: Dialogue
    sender: TelegramChatSender
    state: FSMContext
    update_id: int
    query: CallbackQuery | None = None
    answered: bool = False

    @property
    def translator(self) -> Translator:
        return Translator(self.customer.language, self.dependencies.catalog.shop, catalog=self.dependencies.catalog)

    @property
    def chat_id(self) -> int:
        """A private chat has its customer's id."""
        return self.customer.telegram_user_id

    @property
    def is_admin(self) -> bool:
        return self.chat_id in self.dependencies.admin_ids

    @property
    def pressed_message_id(self) -> int | None:
        return self.query.message.message_id if self.query and self.query.message else None

    async def catch_up(self) -> None:
        """Whoever says anything is back: what could not be written to them meanwhile they get now."""
        await self.dependencies.manage_outbox.try_missed(self.chat_id, is_admin=self.is_admin)

    async def say(self, message: OutgoingChat) -> int:
        """Sends or edits a message; its id. Waits for Telegram a while.

        Raises ServiceUnavailable, ServiceRefused or RecipientUnreachable.
        """
        if message.edits is None and self.dialogue.step:
            await self.remember(step=0)  # what is edited above other messages is not seen
        for attempt in range(1, ANSWER_TRIES):
            try:
                return await self.sender.send(self.chat_id, message)
            except ServiceUnavailable as error:
                if not is_short(error.retry_after):
                    raise
                async with given_back():
                    await asyncio.sleep(backoff(attempt, error.retry_after).total_seconds())
        return await self.sender.send(self.chat_id, message)

    async def say_step(self, message: OutgoingChat) -> None:
        """The next step of proving an address: one message, which goes from *asked* to *sent* to *confirmed*."""
        step = await self.say(replace(message, edits=self.dialogue.step or None))
        await self.remember(step=step)

    def is_pressed_twice(self, **about: str) -> bool:
        """Whether a button asks for an address that is asked for below it already, at the end of the chat."""
        asked = self.dialogue
        is_asked = asked.waits_for_email and asked.step > (self.pressed_message_id or asked.step)
        return is_asked and not asked.suggestion and all(getattr(asked, one) == about[one] for one in about)

    async def say_aside(self, message: OutgoingChat) -> int:
        """Answers something else in the middle of a dialogue, which goes on."""
        return await self.say(self.with_reminder(message))

    def with_reminder(self, message: OutgoingChat) -> OutgoingChat:
        """The message and, under it, what is still awaited."""
        reminder = dialogue_texts.reminder(self.translator, self.dialogue)
        return replace(message, text=f"{message.text}\n\n{reminder}") if reminder else message

    async def say_in_place(self, message: OutgoingChat) -> int:
        """Puts ``message`` in the place of the one whose button was pressed."""
        return await self.say(replace(message, edits=self.pressed_message_id))

    async def take_pressed_button(self) -> None:
        """What the button was for goes on in another message: it is not to be begun a second time from here."""
        if self.query is None or not isinstance(self.query.message, Message) or not self.query.message.reply_markup:
            return
        left = keyboard_without(self.query.message.reply_markup, self.query.data or "")
        await self.sender.show_buttons(self.chat_id, self.query.message.message_id, left)

    async def hint(self, text: str = "", *, stays: bool = True) -> None:
        """Answers the pressed button once; a text is shown in a window of its own, or passes by unless it ``stays``."""
        if self.query is None or self.answered:
            return
        self.answered = True
        try:
            await self.query.answer(text[:LONGEST_HINT] or None, show_alert=(bool(text) and stays) or None)
        except CALL_ERRORS as error:
            # The button's wait is over or Telegram is away: the message itself is what counts.
            log.debug("update %d: the button was not answered: %s", self.update_id, translate(error))

    async def remember(self, **changes: Any) -> None:
        """Changes what is remembered of the conversation, and keeps it."""
        changed = replace(self.dialogue, **changes)
        if changed != self.dialogue:
            await save(self.state, changed)
            self.dialogue = changed

    async def end_dialogue(self) -> None:
        """Nothing is awaited any more; a question asked beside it stays open."""
        kept = {name: getattr(self.dialogue, name) for name in ("nonce", "question", "question_at")}
        await self.remember(**asdict(Dialogue(**kept)))

    async def cancel_dialogue(self) -> None:
        """Nothing is awaited any more; the last code may still come."""
        was = self.dialogue
        last_code = Dialogue(
            let_go=was.sku or was.let_go,
            link_of=was.link_of,
            sent_to=was.sent_to,
            asked_at=was.asked_at,
            asked_by=was.asked_by,
        )
        await self.remember(**asdict(last_code))

    async def forget_dialogue(self) -> None:
        await save(self.state, Dialogue())
        self.dialogue = Dialogue()


class ChatContextMiddleware(BaseMiddleware):
    """Meets the customer and hands ``chat`` to the handler. Groups, channels and bots are not talked to."""

    def __init__(self, dependencies: BotDependencies) -> None:
        self._dependencies = dependencies

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        user = _customer_of(event)
        if user is None:
            if isinstance(event, CallbackQuery):
                await _dismiss(event)
            return None
        event = _without_unseen(event)
        data["chat"] = chat = await self._context(event, user, data)
        await chat.catch_up()
        result = await handler(event, data)
        await chat.hint()
        return result

    async def _context(self, event: TelegramObject, user: User, data: dict[str, Any]) -> ChatContext:
        bot: Bot = data["bot"]
        state: FSMContext = data["state"]
        update: Update = data["event_update"]
        met = await self._dependencies.customers.meet(user.id, user.language_code, user.full_name, user.username or "")
        return ChatContext(
            dependencies=self._dependencies,
            customer=met,
            dialogue=await load(state),
            sender=TelegramChatSender(bot),
            state=state,
            update_id=update.update_id,
            query=event if isinstance(event, CallbackQuery) else None,
        )


def _customer_of(event: TelegramObject) -> User | None:
    """Whom to talk to: a person, in their private chat with the bot."""
    if not isinstance(event, CallbackQuery | Message) or event.from_user is None or event.from_user.is_bot:
        return None
    return event.from_user if is_private(event) else None


def _without_unseen(event: TelegramObject) -> TelegramObject:
    """Codes, addresses and ids are pasted with marks around them that nobody sees; the data of a button anybody can
    write who has a client of their own."""
    name = "data" if isinstance(event, CallbackQuery) else "text"
    said: str = getattr(event, name, None) or ""
    shown = visible(said) if name == "data" else as_meant(visible(said))
    return event if said == shown else event.model_copy(update={name: shown})


async def _dismiss(query: CallbackQuery) -> None:
    """A button pressed where no customer is: its waiting mark goes, nothing else happens."""
    try:
        await query.answer()
    except CALL_ERRORS as error:
        log.debug("a button outside a private chat was not answered: %s", translate(error))
