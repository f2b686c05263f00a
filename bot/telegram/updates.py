"""Takes updates in: each customer's in their order, different customers' at once, each update once.

aiogram's own polling confirms an update before it is handled, and neither of its ways waits for what is in flight.
"""

import asyncio
import contextlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.types import Update

from bot.telegram.account import ALLOWED_UPDATES
from bot.telegram.apologies import Apologies, sender_of
from bot.telegram.customer_queue import CustomerQueue
from bot.telegram.errors import where_it_failed
from bot.telegram.noted_updates import NotedUpdates, StorageDown, down_where_it_fails
from bot.telegram.places import Places
from bot.telegram.reading import read_update
from checkout.errors import (
    DatabaseAway,
    InvalidInput,
    RecipientUnreachable,
    ServiceUnavailable,
    StaleWrite,
)
from checkout.ports.customers import KeptUpdate
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.resilience.backoff import backoff, database_backoff

log = logging.getLogger(__name__)
AT_ONCE = 32  # handlers running at the same time: plenty for people, little for the database
TRIES = 5  # where Telegram does not send an update again
# One customer's that wait at the same time: nobody means to be answered more than a few things at once.
MOST_WAITING = 10
# A webhook that is not answered holds one of Telegram's few connections: what takes longer is kept and goes on.
ANSWER_SECONDS = 1.0
DRAIN_SECONDS = 6.0  # the process has ten seconds to end, and there is more to close
LARGEST_ID = 2**63 - 1  # of the database's integers; Telegram's have 32 bits
Answer = Callable[[Update], Awaitable[None]]


@dataclass(slots=True)
class _InFlight:
    task: "asyncio.Task[None]"
    customer_id: int
    row: KeptUpdate  # as it would be kept
    is_left_out: bool
    is_kept: bool = False
    is_answered: bool = False


class UpdateIntake:
    """Hands updates to the dispatcher, and notes them as handled."""

    def __init__(self, bot: Bot, dispatcher: Dispatcher, storage: Storage, clock: Clock, queue: CustomerQueue) -> None:
        self._bot, self._dispatcher, self._customer_queue = bot, dispatcher, queue
        self._noted = NotedUpdates(storage, clock)
        self._apologies = Apologies(bot, storage)
        self._places = Places(AT_ONCE)
        self._closing = asyncio.Event()
        self._in_flight: dict[int, _InFlight] = {}
        self._waiting: Counter[int] = Counter()
        self._overwhelmed: set[int] = set()
        self._displaced: dict[int, set[int]] = {}  # by customer, what has lost its place in the queue

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    async def handle(self, update: Mapping[str, Any]) -> None:
        """Returns once the update is handled, or kept where that takes long; a caller that goes away ends nothing.

        Raises InvalidInput for what is no update, and ServiceUnavailable when it has to be sent again.
        """
        task = self.accept(update)
        done, _ = await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if not done:
            await self.keep([update["update_id"]])
        elif task.cancelled():
            raise ServiceUnavailable("the process ends")
        else:
            task.result()

    def accept(self, update: Mapping[str, Any], tries: int = 1, *, is_too_much: bool = False) -> "asyncio.Task[None]":
        """Takes the update in behind those of the same customer; a repeat gets the task of the first.

        With several ``tries`` an outage is waited out; one of the database without end. ``is_too_much`` is true of one
        that is only told of. Raises InvalidInput for what is no update.
        """
        if not is_numbered(update):
            raise InvalidInput("this is not a Telegram update")
        update_id: int = update["update_id"]
        if update_id > LARGEST_ID:
            log.warning("update %d is left out: its number cannot be kept", update_id)
            return asyncio.create_task(asyncio.sleep(0))
        if known := self._in_flight.get(update_id):
            return known.task
        parsed = self._parsed(update_id, update)
        customer = sender_of(parsed) if parsed else None
        customer_id = customer.id if customer else -update_id
        is_too_much |= self._waiting[customer_id] >= MOST_WAITING
        is_left_out = parsed is None or (is_too_much and customer_id in self._overwhelmed)
        # What waits is held as it would be kept: read it takes twenty times the room, and a crowd may wait.
        row = KeptUpdate(update_id, json.dumps(update, ensure_ascii=True), is_too_much)
        if is_left_out:
            task = asyncio.create_task(self._note(update_id))
        elif is_too_much:
            self._overwhelmed.add(customer_id)
            task = asyncio.create_task(self._say_too_many(row, customer_id, tries))
        else:
            task = asyncio.create_task(self._handle_in_order(row, customer_id, tries, self._feed))
        self._in_flight[update_id] = _InFlight(task, customer_id, row, is_left_out)
        self._waiting[customer_id] += 1
        task.add_done_callback(lambda done: self._forget(update_id, done))
        return task

    async def keep(self, update_ids: Iterable[int]) -> None:
        """What is still in flight of these is handled after a restart, too, and need not be sent again.

        Raises StorageDown.
        """
        found = [one for one in map(self._in_flight.get, update_ids) if one and not one.is_kept and not one.is_left_out]
        if not found:
            return
        await self._noted.keep([one.row for one in found])
        for one in found:
            one.is_kept = True
            if one.is_answered or one.task.done():
                # Meanwhile: its note may have looked for the row before it was there, and what failed comes no more.
                one.task.add_done_callback(partial(self._take_up, one.row))

    async def take_up_kept(self, before: timedelta = timedelta(0), most: int = 10_000) -> None:
        """Goes on with what was kept ``before`` now, by this process or one that is gone. Raises StorageDown."""
        for row in await self._noted.kept(before, most):
            self._take_up(row)

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Finishes what is in flight; what is not done in time is left for the next start."""
        self._closing.set()
        tasks = {one.task for one in self._in_flight.values()}
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _take_up(self, row: KeptUpdate, _ended: "asyncio.Task[None] | None" = None) -> None:
        if not self._closing.is_set():  # what is kept then is left for the next start
            self.accept(_read(row), TRIES, is_too_much=row.is_too_much)
            self._in_flight[row.update_id].is_kept = True

    def _parsed(self, update_id: int, update: Mapping[str, Any]) -> Update | None:
        """None for what cannot be read: it would come again for ever, and its customer with it."""
        try:
            read = read_update(update, self._bot)
            if (sender := sender_of(read)) and abs(sender.id) > LARGEST_ID:
                raise InvalidInput("nobody has such an id")
            return read
        except Exception as error:  # noqa: BLE001 -- pydantic's own, and whatever else is too odd for aiogram
            log.warning("update %d cannot be read and is left out (%s)", update_id, type(error).__name__)
            return None

    def _forget(self, update_id: int, task: "asyncio.Task[None]") -> None:
        customer_id = self._in_flight.pop(update_id).customer_id
        self._waiting[customer_id] -= 1
        if not self._waiting[customer_id]:
            del self._waiting[customer_id]
            self._displaced.pop(customer_id, None)
        elif customer_id in self._displaced:
            self._displaced[customer_id].discard(update_id)
        if not task.cancelled():
            task.exception()  # whoever waits is told; that nobody does is no error

    async def _say_too_many(self, row: KeptUpdate, customer_id: int, tries: int) -> None:
        """In its place behind what is answered. What comes meanwhile is left out without another word."""
        try:
            await self._handle_in_order(row, customer_id, tries, self._apologies.too_many)
        finally:
            self._overwhelmed.discard(customer_id)

    async def _handle_in_order(self, row: KeptUpdate, customer_id: int, tries: int, answer: Answer) -> None:
        async with AsyncExitStack() as turn:
            await self._wait_behind_earlier_ones(turn, customer_id, row.update_id, tries)
            await self._until_handled(row, tries, answer)

    async def _wait_behind_earlier_ones(
        self, turn: AsyncExitStack, customer_id: int, update_id: int, tries: int
    ) -> None:
        """Without a database nobody knows what comes first: it is waited for, unless the update comes again.

        What has lost its place goes before those behind it, however soon theirs comes.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                with down_where_it_fails("does not answer"):
                    await turn.enter_async_context(self._customer_queue.in_order(customer_id, update_id))
            except StorageDown:
                if self._closing.is_set() or (tries == 1 and not self._in_flight[update_id].is_kept):
                    raise
                self._displaced.setdefault(customer_id, set()).add(update_id)
                await self._pause(database_backoff(attempt).total_seconds())
            else:
                lost = [self._in_flight[one].task for one in self._displaced.get(customer_id, ()) if one < update_id]
                if not lost:
                    return
                await turn.aclose()
                await asyncio.wait(lost)

    async def _until_handled(self, row: KeptUpdate, tries: int, answer: Answer) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._once(row, answer)
            except ServiceUnavailable as error:
                # Nobody sends again what is kept.
                most = max(tries, TRIES) if self._in_flight[row.update_id].is_kept else tries
                is_ours = isinstance(error, StorageDown)
                is_told = is_ours and self._noted.has_failed
                self._noted.has_failed |= is_ours
                if self._closing.is_set() or (attempt >= most and not (is_ours and most > 1)):
                    await self._give_up(row.update_id, error)
                    return
                if attempt == 1 and not is_told:  # a database may be away for hours, and a crowd wait for it
                    log.warning("update %d: %s; trying again", row.update_id, error)
                pause = database_backoff(attempt) if is_ours else backoff(attempt, error.retry_after)
                await self._pause(pause.total_seconds())
            else:
                return

    async def _give_up(self, update_id: int, error: ServiceUnavailable) -> None:
        """Raises ``error`` where the update comes again: from Telegram, or at the next start."""
        if self._closing.is_set() or not self._in_flight[update_id].is_kept:
            raise error
        log.error("update %d is given up: %s", update_id, where_it_failed(error))
        await self._note(update_id)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _once(self, row: KeptUpdate, answer: Answer) -> None:
        async with self._places.taken():
            await self._noted.prove_writing()
            if not (self._in_flight[row.update_id].is_answered or await self._noted.is_handled(row.update_id)):
                update = read_update(_read(row), self._bot)
                if any(getattr(update, one) for one in ALLOWED_UPDATES):
                    await answer(update)
            await self._note(row.update_id)

    async def _note(self, update_id: int) -> None:
        if one := self._in_flight.get(update_id):
            one.is_answered = True
        await self._noted.note(update_id)

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
            await self._noted.is_handled(update.update_id)  # raises when the database is the cause
            log.error("update %d failed: %s", update.update_id, where_it_failed(error))
            await self._apologies.failed(update)


def _read(row: KeptUpdate) -> dict[str, Any]:
    """One that cannot be read says nothing: noted as handled, it stops no start."""
    with contextlib.suppress(ValueError, TypeError):
        return {**json.loads(row.body), "update_id": row.update_id}
    log.warning("update %d cannot be read and is left out", row.update_id)
    return {"update_id": row.update_id}


def is_numbered(update: Mapping[str, Any]) -> bool:
    """Whether it can be an update at all."""
    update_id = update.get("update_id")
    return isinstance(update_id, int) and not isinstance(update_id, bool) and update_id >= 0
