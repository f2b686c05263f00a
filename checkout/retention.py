"""Nothing grows for ever: what nobody asks for any more goes, in steps so small that nobody waits for one."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum

from checkout import limits
from checkout.ports.retention import Key
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)
# A step reads so many rows and deletes those that are old; a round is so many steps of each kind.
ROWS, STEPS, PAUSE = 500, 40, 0.02


class Kept(StrEnum):
    """What is kept for a while. Payments, the numbers of receipts and what admins did stay."""

    ACTIVITY = "activity"  # of no payment
    CODES = "codes"
    CODE_SENDS = "code_sends"
    CONVERSATIONS = "conversations"
    HANDLED_UPDATES = "handled_updates"
    LEAVING_CODES = "leaving_codes"
    PAY_MESSAGES = "pay_messages"  # that the message with the button was edited
    PROVIDER_EVENTS = "provider_events"
    RENDERED = "rendered"  # the bytes of messages that have left; what they said stays
    UNMATCHED_EVENTS = "unmatched_events"


LIFETIMES: Mapping[Kept, Callable[[], timedelta]] = {
    Kept.ACTIVITY: limits.sent_messages_kept,
    Kept.CODES: limits.unfinished_kept,
    Kept.CODE_SENDS: limits.code_sends_kept,
    Kept.CONVERSATIONS: limits.unfinished_kept,
    Kept.HANDLED_UPDATES: limits.handled_updates_kept,
    Kept.LEAVING_CODES: limits.unfinished_kept,
    Kept.PAY_MESSAGES: limits.sent_messages_kept,
    Kept.PROVIDER_EVENTS: limits.provider_events_kept,
    Kept.RENDERED: limits.sent_messages_kept,
    Kept.UNMATCHED_EVENTS: limits.provider_events_kept,
}


class DropOld:
    """Walks through the tables page by page, from where the last round ended, and begins again at the end."""

    def __init__(self, storage: Storage, clock: Clock, pause: float = PAUSE) -> None:
        self._storage, self._clock, self._pause = storage, clock, pause
        self._reached: dict[Kept, Key] = {}

    async def run_once(self) -> int:
        """One round; returns how many rows it has dropped or emptied."""
        dropped = 0
        for kept in Kept:
            for _ in range(STEPS):
                dropped += await self._step(kept)
                await asyncio.sleep(self._pause)
                if kept not in self._reached:
                    break
        if dropped:
            log.info("old rows dropped or emptied: %d", dropped)
        return dropped

    async def _step(self, kept: Kept) -> int:
        before = self._clock.now() - LIFETIMES[kept]()
        async with self._storage.read() as tx:
            page = await tx.retention.page(kept, self._reached.get(kept), before, ROWS)
        dropped = 0
        if page.old:
            # Only now, and for these rows alone, somebody else would have to wait.
            async with self._storage.begin() as tx:
                dropped = await tx.retention.drop(kept, self._reached.get(kept), page, before)
        if page.is_end or page.last is None:
            self._reached.pop(kept, None)
        else:
            self._reached[kept] = page.last
        return dropped
