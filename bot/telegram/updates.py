"""Takes updates in: each customer's in their order, different customers' at once, each update once.

aiogram's own polling confirms an update before it is handled, and neither of its ways waits for what is in flight.
"""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Update, User
from pydantic import ValidationError

from bot.telegram.customer_queue import CustomerQueue
from bot.telegram.errors import CALL_ERRORS, translate
from bot.telegram.sender import TelegramChatSender
from checkout.errors import (
    DatabaseAway,
    InvalidInput,
    RecipientUnreachable,
    ServiceError,
    ServiceUnavailable,
    StaleWrite,
)
from checkout.model.language import spoken
from checkout.model.outgoing import OutgoingChat
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.resilience.backoff import backoff
from messages.language.i18n import texts

log = logging.getLogger(__name__)
ALLOWED_UPDATES = ("message", "edited_message", "callback_query")
AT_ONCE = 32  # handlers running at the same time: plenty for people, little for the database
DRAIN_SECONDS = 6.0  # the process has ten seconds to end, and there is more to close


class StorageDown(ServiceUnavailable):
    """The database did not answer: nothing can be handled until it does."""


class UpdateIntake:
    """Hands updates to the dispatcher, and notes them as handled."""

    def __init__(self, bot: Bot, dispatcher: Dispatcher, storage: Storage, clock: Clock, queue: CustomerQueue) -> None:
        self._bot, self._dispatcher, self._storage, self._clock = bot, dispatcher, storage, clock
        self._customer_queue = queue
        self._sender = TelegramChatSender(bot)
        self._places = asyncio.Semaphore(AT_ONCE)
        self._closing = asyncio.Event()
        self._in_flight: dict[int, asyncio.Task[None]] = {}

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    async def handle(self, update: Update | Mapping[str, Any]) -> None:
        """Returns once the update is handled; a caller that goes away does not end the handling.

        Raises InvalidInput for what is no update, and ServiceUnavailable when it has to be sent again.
        """
        await asyncio.shield(self.accept(update))

    def accept(self, update: Update | Mapping[str, Any], tries: int = 1) -> "asyncio.Task[None]":
        """Takes the update in behind those of the same customer; a repeat gets the task of the first.

        Raises InvalidInput. With several ``tries`` an outage is waited out; one of the database without end.
        """
        parsed = self._parse(update)
        known = self._in_flight.get(parsed.update_id)
        if known is not None:
            return known
        task = asyncio.create_task(self._handle_in_order(parsed, tries))
        self._in_flight[parsed.update_id] = task
        task.add_done_callback(lambda done: self._forget(parsed.update_id, done))
        return task

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Finishes what is in flight; what is not done in time is left for the next start."""
        self._closing.set()
        tasks = set(self._in_flight.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _parse(self, update: Update | Mapping[str, Any]) -> Update:
        if isinstance(update, Update):
            return update
        try:
            return Update.model_validate(update, context={"bot": self._bot})
        except ValidationError:
            raise InvalidInput("this is not a Telegram update") from None

    def _forget(self, update_id: int, task: "asyncio.Task[None]") -> None:
        self._in_flight.pop(update_id, None)
        if not task.cancelled():
            task.exception()  # whoever waits is told; that nobody does is no error

    async def _handle_in_order(self, update: Update, tries: int) -> None:
        async with self._behind_earlier_ones(update):
            await self._until_handled(update, tries)

    @asynccontextmanager
    async def _behind_earlier_ones(self, update: Update) -> AsyncIterator[None]:
        customer_id = customer.id if (customer := sender_of(update)) else -update.update_id
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._customer_queue.in_order(customer_id, update.update_id))
            except Exception as error:  # noqa: BLE001 -- as below: whatever the database raises, nobody knows what comes first
                raise StorageDown(f"the database does not answer ({type(error).__name__})") from None
            yield

    async def _until_handled(self, update: Update, tries: int) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._once(update)
            except ServiceUnavailable as error:
                waits_on = tries > 1 and isinstance(error, StorageDown)
                if self._closing.is_set() or (attempt >= tries and not waits_on):
                    raise
                log.warning("update %d: %s; trying again", update.update_id, error)
                await self._pause(backoff(attempt, error.retry_after).total_seconds())
            else:
                return

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _once(self, update: Update) -> None:
        async with self._places:
            if await self._is_handled(update.update_id):
                return
            if any(getattr(update, kind) for kind in ALLOWED_UPDATES):
                await self._feed(update)
            await self._note(update.update_id)

    async def _is_handled(self, update_id: int) -> bool:
        try:
            async with self._storage.read() as tx:
                return await tx.updates.seen(update_id)
        except Exception as error:  # noqa: BLE001 -- whatever the database raises, it cannot be asked now
            raise StorageDown(f"the database does not answer ({type(error).__name__})") from None

    async def _note(self, update_id: int) -> None:
        try:
            async with self._storage.begin() as tx:
                await tx.updates.note(update_id, self._clock.now())
        except Exception as error:  # noqa: BLE001 -- as above; the update comes again and is handled again
            raise StorageDown(f"the database does not write ({type(error).__name__})") from None

    async def _feed(self, update: Update) -> None:
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except ServiceUnavailable:
            raise
        except DatabaseAway as error:
            raise StorageDown(str(error)) from None
        except StaleWrite:
            raise ServiceUnavailable("somebody else moved the row first") from None
        except RecipientUnreachable:
            log.info("update %d: the customer has gone, there is nobody to answer", update.update_id)
        except Exception as error:  # noqa: BLE001 -- one customer's trouble must not stop the others
            await self._is_handled(update.update_id)  # raises when the database is the cause
            log.error("update %d failed: %s", update.update_id, where_it_failed(error))
            await self._apologise(update)

    async def _apologise(self, update: Update) -> None:
        """Raises ServiceUnavailable when the customer could not be told."""
        person = sender_of(update)
        if person is None or not _is_private(update):
            return
        text = texts("chat", await self._language_of(person)).gettext(
            "Something went wrong here. Nothing was lost: please try again in a minute. /help tells whom to ask."
        )
        try:
            await self._sender.send(person.id, OutgoingChat(text))
            if update.callback_query is not None:
                await self._bot.answer_callback_query(update.callback_query.id)
        except ServiceUnavailable:
            raise
        except (ServiceError, *CALL_ERRORS) as error:
            log.info("update %d: could not say that it failed: %s", update.update_id, translate(error))

    async def _language_of(self, person: User) -> str:
        """The chosen one, or Telegram's where the database does not tell."""
        try:
            async with self._storage.read() as tx:
                known = await tx.customers.get(person.id)
        except Exception:  # noqa: BLE001 -- the apology matters more than its language
            known = None
        return known.language if known else spoken(person.language_code)


def sender_of(update: Update) -> User | None:
    """Whose update it is, as far as this bot talks to people."""
    event = update.message or update.edited_message or update.callback_query
    return event.from_user if event else None


def _is_private(update: Update) -> bool:
    query = update.callback_query
    message = update.message or update.edited_message or (query.message if query else None)
    return message is not None and message.chat.type == "private"


def where_it_failed(error: BaseException) -> str:
    """Kind and place of an error; its message, which may hold what a customer wrote, only where a service gave it."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
    said = f" ({error})" if isinstance(error, ServiceError) else ""
    return f"{type(error).__name__}{said} at {places}"
