"""Long polling that confirms an update to Telegram only once it has been handled."""

import asyncio
import contextlib
import logging
from datetime import timedelta
from functools import partial
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import TelegramMethod

from bot.telegram.account import ALLOWED_UPDATES
from bot.telegram.errors import CALL_ERRORS, UNKNOWN_TOKEN, is_unknown_token, translate, where_it_failed
from bot.telegram.updates import TRIES, UpdateIntake, is_numbered
from checkout.errors import DatabaseAway, ServiceUnavailable, StaleWrite
from checkout.resilience.backoff import backoff
from checkout.resilience.other_poller import OtherPoller
from checkout.resilience.service_health import ServiceHealth

log = logging.getLogger(__name__)
ANOTHER_POLLS = "Another program polls with this bot's token: only one of the two gets each update. Stop the other"
POLLING = "polling"  # the way in which Telegram is used here
POLL_SECONDS = 25
ANSWER_SECONDS = 10  # how much longer than asked Telegram may take to answer a poll
SHOWN_AT_ONCE = 100  # updates that are not confirmed; those behind them nobody sees
# Whatever takes so long is kept by ourselves, so that the offset goes on; less, while many are shown.
LONGEST_SECONDS, CROWDED_SECONDS = 10.0, 0.2
# How soon others' new updates are looked for while polls return at once without any: because something is unconfirmed,
# because Telegram goes on showing what it was told is handled, or because a proxy on the way does not wait.
LOOK_AGAIN_SECONDS = 0.25
LAST_POLL_SECONDS = 1
# Whoever handles an update is asked for it by the database's queue: few at a time, each of them waits there.
TAKE_OVER_SECONDS, TAKEN_OVER_AFTER, TAKEN_OVER_AT_ONCE = 60, timedelta(minutes=5), 10


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """getUpdates without aiogram's parsing: one update that it cannot read is not to stop all the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    limit: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Poller:
    """The offset sent to Telegram is the lowest update that is neither handled nor kept."""

    def __init__(self, bot: Bot, intake: UpdateIntake, health: ServiceHealth, other: OtherPoller) -> None:
        self._bot, self._intake, self._health, self._other = bot, intake, health, other
        self._unhandled: dict[int, tuple[asyncio.Task[None], float]] = {}
        self._handled: set[int] = set()
        self._shown: frozenset[int] = frozenset()  # by the last poll
        self._newest: int | None = None
        self._failures = 0
        self._trouble = ""
        self._is_held_up = False  # by what cannot be kept

    async def run(self, stop: asyncio.Event) -> None:
        """Polls until ``stop`` is set; then finishes what is in flight and confirms it."""
        stopped = asyncio.create_task(stop.wait())
        await take_up_kept(self._intake, stop)
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
        return None if self._newest is None else self._newest + 1

    async def _round(self, stopped: "asyncio.Task[Any]") -> None:
        # A Telegram that was away is not asked to wait for news: that it answers is news enough.
        seconds = 0 if self._failures and not self._trouble else POLL_SECONDS
        asked_at = asyncio.get_running_loop().time()
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
        is_news = self._take(updates)
        await self._keep_what_takes_long(is_crowded=len(updates) > SHOWN_AT_ONCE / 2)
        if self._unhandled:
            watched = {*(task for task, _ in self._unhandled.values()), stopped}
            await asyncio.wait(watched, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        rest = asked_at + LOOK_AGAIN_SECONDS - asyncio.get_running_loop().time()
        if not is_news and rest > 0:
            await asyncio.wait({stopped}, timeout=rest)

    async def _poll(self, seconds: int, longest: int, limit: int | None = None) -> list[dict[str, Any]]:
        offset = self.offset
        method = GetRawUpdates(offset=offset, limit=limit, timeout=seconds, allowed_updates=list(ALLOWED_UPDATES))
        updates = await self._bot(method, request_timeout=longest)
        self._handled = {one for one in self._handled if offset is None or one >= offset}
        return updates

    def _take(self, updates: list[dict[str, Any]]) -> bool:
        """Whether there was one that the last poll did not show.

        One that is confirmed and comes again is no news, but taken in: the database knows whether it was handled, or
        is another one with an old number. After a week without updates Telegram numbers them anew, lower perhaps: the
        newest is the last it shows.
        """
        by_id = {update["update_id"]: update for update in updates if is_numbered(update)}
        self._newest = next(reversed(by_id), self._newest)
        now = asyncio.get_running_loop().time()
        new = [update_id for update_id in by_id if update_id not in self._unhandled and update_id not in self._handled]
        for update_id in new:
            task = self._intake.accept(by_id[update_id], TRIES)
            self._unhandled[update_id] = task, now
            task.add_done_callback(partial(self._finish, update_id))
        shown_before, self._shown = self._shown, frozenset(by_id)
        return bool(self._shown - shown_before)

    async def _keep_what_takes_long(self, *, is_crowded: bool) -> None:
        since = asyncio.get_running_loop().time() - (CROWDED_SECONDS if is_crowded else LONGEST_SECONDS)
        late = [update_id for update_id, (_, taken_at) in self._unhandled.items() if taken_at <= since]
        if not late:
            return
        try:
            await self._intake.keep(late)
        except ServiceUnavailable as error:
            if not self._is_held_up:  # four times a second it is asked
                log.warning("the offset cannot go on yet: %s", error)
            self._is_held_up = True
            return
        self._is_held_up = False
        for update_id in late:
            self._unhandled.pop(update_id, None)
            self._handled.add(update_id)

    def _finish(self, update_id: int, task: "asyncio.Task[None]") -> None:
        """What was cut short by the end of the process stays unconfirmed, and comes again."""
        if task.cancelled() or (task.exception() and self._intake.is_closing):
            return
        if error := task.exception():
            log.error("update %d is given up: %s", update_id, where_it_failed(error))
        self._unhandled.pop(update_id, None)
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
        if trouble == ANOTHER_POLLS:
            with contextlib.suppress(DatabaseAway, StaleWrite):  # the next clash notes it
                await self._other.met()
        pause = backoff(self._failures, translate(error).retry_after).total_seconds()
        await asyncio.wait({stopped}, timeout=pause)

    def _after_success(self) -> None:
        self._health.answered(POLLING)
        if self._trouble:
            log.info("Updates can be fetched again")
        self._failures, self._trouble = 0, ""

    async def _confirm(self) -> None:
        """A last poll tells Telegram what is handled; without it that would come again, and be ignored."""
        if self._newest is None:
            return
        try:
            async with asyncio.timeout(LAST_POLL_SECONDS):
                await self._poll(0, LAST_POLL_SECONDS, limit=1)
        except CALL_ERRORS as error:
            log.info("the last updates could not be confirmed: %s", translate(error))


async def take_up_kept(intake: UpdateIntake, stop: asyncio.Event) -> None:
    """Goes on with what a process before this one kept, as soon as the database answers."""
    attempt = 0
    while not stop.is_set():
        attempt += 1
        try:
            await intake.take_up_kept()
        except ServiceUnavailable as error:
            log.warning("what was kept cannot be taken up yet: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), backoff(attempt).total_seconds())
        else:
            return


async def take_over_kept(intake: UpdateIntake, stop: asyncio.Event) -> None:
    """With a webhook: what was kept at the start, and then, every minute, what a replica kept that may have died."""
    await take_up_kept(intake, stop)
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), TAKE_OVER_SECONDS)
        with contextlib.suppress(ServiceUnavailable):
            await intake.take_up_kept(TAKEN_OVER_AFTER, most=TAKEN_OVER_AT_ONCE)


def _in_plain_words(error: Exception) -> str | None:
    """What somebody has to mend; None for an outage, which ends by itself."""
    if isinstance(error, TelegramConflictError):
        if "webhook" in error.message.lower():
            return "Telegram sends this bot's updates to a webhook, so they cannot be polled"
        return ANOTHER_POLLS
    return UNKNOWN_TOKEN if is_unknown_token(error) else None
