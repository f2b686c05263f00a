"""Long polling that confirms an update to Telegram only once it has been handled."""

import asyncio
import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.methods import TelegramMethod

from bot.telegram.errors import CALL_ERRORS, translate
from bot.telegram.updates import ALLOWED_UPDATES, UpdateIntake, where_it_failed
from checkout.errors import InvalidInput
from checkout.resilience.backoff import backoff
from checkout.resilience.service_health import ServiceHealth

log = logging.getLogger(__name__)
POLLING = "polling"  # the way in which Telegram is used here
POLL_SECONDS = 25
ANSWER_SECONDS = 10  # how much longer than asked Telegram may take to answer a poll
TRIES = 5
# While an unconfirmed update makes every poll return at once: how soon others' new updates are looked for.
LOOK_AGAIN_SECONDS = 0.25
LAST_POLL_SECONDS = 1


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without aiogram's parsing: one update that it cannot read is not to stop all the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Poller:
    """The offset sent to Telegram is the lowest update that is not handled yet."""

    def __init__(self, bot: Bot, intake: UpdateIntake, health: ServiceHealth) -> None:
        self._bot, self._intake, self._health = bot, intake, health
        self._unhandled: dict[int, asyncio.Task[None]] = {}
        self._handled: set[int] = set()
        self._highest: int | None = None
        self._failures = 0
        self._trouble = ""

    async def run(self, stop: asyncio.Event) -> None:
        """Polls until ``stop`` is set; then finishes what is in flight and confirms it."""
        stopped = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                await self._round(stopped)
        finally:
            stopped.cancel()
        await self._intake.drain()
        await self._confirm()

    @property
    def offset(self) -> int | None:
        """Everything below is handled; None while nothing has come."""
        if self._unhandled:
            return min(self._unhandled)
        return None if self._highest is None else self._highest + 1

    async def _round(self, stopped: "asyncio.Task[Any]") -> None:
        # A Telegram that was away is not asked to wait for news: that it answers is news enough.
        seconds = 0 if self._failures and not self._trouble else POLL_SECONDS
        poll = asyncio.create_task(self._poll(seconds, seconds + ANSWER_SECONDS))
        try:
            await asyncio.wait({poll, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not poll.done():
                poll.cancel()
        if stopped.done():
            await asyncio.gather(poll, return_exceptions=True)
            return
        try:
            updates = poll.result()
        except CALL_ERRORS as error:
            await self._after_failure(error, stopped)
            return
        self._after_success()
        for update in updates:
            self._take(update)
        if self._unhandled:
            watched = {*self._unhandled.values(), stopped}
            await asyncio.wait(watched, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)

    async def _poll(self, seconds: int, longest: int, limit: int | None = None) -> list[dict[str, Any]]:
        offset = self.offset
        method = GetRawUpdates(offset=offset, limit=limit, timeout=seconds, allowed_updates=list(ALLOWED_UPDATES))
        updates = await self._bot(method, request_timeout=longest)
        self._handled = {one for one in self._handled if offset is None or one >= offset}
        return updates

    def _take(self, update: dict[str, Any]) -> None:
        update_id = update.get("update_id")
        if not isinstance(update_id, int) or update_id in self._unhandled or update_id in self._handled:
            return
        self._highest = update_id if self._highest is None else max(self._highest, update_id)
        try:
            task = self._intake.accept(update, TRIES)
        except InvalidInput:
            log.warning("update %d cannot be read and is left out", update_id)
            self._handled.add(update_id)
            return
        self._unhandled[update_id] = task
        task.add_done_callback(lambda done: self._finish(update_id, done))

    def _finish(self, update_id: int, task: "asyncio.Task[None]") -> None:
        """What was cut short by the end of the process stays unconfirmed, and comes again."""
        if task.cancelled() or (task.exception() and self._intake.is_closing):
            return
        if error := task.exception():
            log.error("update %d is given up: %s", update_id, where_it_failed(error))
        del self._unhandled[update_id]
        self._handled.add(update_id)

    async def _after_failure(self, error: Exception, stopped: "asyncio.Task[Any]") -> None:
        """Says once what is wrong, and waits."""
        self._failures += 1
        trouble = _in_plain_words(error)
        if trouble is None:
            self._health.failed(POLLING, f"updates cannot be fetched: {translate(error)}")
        elif trouble != self._trouble:
            log.warning("%s; trying again until it works", trouble)
            self._trouble = trouble
        pause = backoff(self._failures, translate(error).retry_after).total_seconds()
        await asyncio.wait({stopped}, timeout=pause)

    def _after_success(self) -> None:
        self._health.answered(POLLING)
        if self._trouble:
            log.info("Updates can be fetched again")
        self._failures, self._trouble = 0, ""

    async def _confirm(self) -> None:
        """A last poll tells Telegram what is handled; without it that would come again, and be ignored."""
        if self._highest is None:
            return
        try:
            async with asyncio.timeout(LAST_POLL_SECONDS):
                await self._poll(0, LAST_POLL_SECONDS, limit=1)
        except CALL_ERRORS as error:
            log.info("the last updates could not be confirmed: %s", translate(error))


def _in_plain_words(error: Exception) -> str | None:
    """What somebody has to mend; None for an outage, which ends by itself."""
    if isinstance(error, TelegramConflictError):
        if "webhook" in error.message.lower():
            return "Telegram sends this bot's updates to a webhook, so they cannot be polled"
        return "Another program polls with this bot's token: only one of the two gets each update. Stop the other"
    if isinstance(error, TelegramUnauthorizedError | TelegramNotFound):
        return "Telegram does not know this bot token: check BOT_TOKEN"
    return None
