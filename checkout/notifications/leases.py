"""Leases on messages: a worker that lives keeps what it is sending, however slow its machine or wrong its clock."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import partial

from checkout import limits
from checkout.model.outbox import Channel, Lane, Lease, OutboxMessage
from checkout.notifications.claimed import with_payments
from checkout.ports.outbox import EVERYTHING
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

# A worker that moved none of its leases on between so many looks is dead. Looks are counted, not time by a clock:
# one that stood still itself has not looked.
LOOKS = 4


class Leases:
    """The leases of one ``worker``, and its eyes on those of all others on its channel."""

    def __init__(self, channel: Channel, worker: str, storage: Storage, clock: Clock, lane: Lane = EVERYTHING) -> None:
        self._channel, self._worker, self._lane = channel, worker, lane
        self._storage, self._clock = storage, clock
        self._unmoved: dict[Lease, int] = {}
        self._next_look = 0.0
        # When the next message is or was due (UTC), as the last ``take`` has seen it.
        self.next_due: datetime | None = None
        # Whether the last ``take`` was asked for fewer than it would have found, maybe.
        self.may_have_more = False
        self._is_one_due = False

    def expect_one(self) -> None:
        """A message that is due now was just added: the next ``take`` need not look first."""
        # In a lane it may be the other one's.
        self._is_one_due = self._lane == EVERYTHING

    async def take(
        self, most: int, *, new_first: bool, again: int, answered_at: datetime | None
    ) -> Sequence[OutboxMessage]:
        """What is due and nobody holds: leased to this worker. Where nothing is due the database is only read.

        With ``new_first`` what has failed before is taken only where nothing else is due, and never more than ``again``
        of it. What was put off for long waits no more once the service has ``answered_at`` a later time."""
        now = self._clock.now()
        is_early = False
        if not self._is_one_due:
            async with self._storage.read() as tx:
                self.next_due = due = await tx.outbox.next_due(self._channel)
                is_early = due is None or due > now
                if is_early and not await tx.outbox.is_put_off_too_far(self._channel, now, answered_at):
                    return ()
        async with self._storage.begin() as tx:
            if is_early:
                await tx.outbox.bring_back(self._channel, now, answered_at)
            claim = partial(tx.outbox.claim, self._channel, self._worker, now, lane=self._lane)
            messages = list(await claim(most, only_new=True) if new_first else ())
            if not messages and again:
                messages += await claim(min(most, again))
            if again <= len(messages) < most and not new_first:
                messages += await claim(most - len(messages), only_new=True)
            if not messages and not is_early:  # what is due may stand behind it
                await tx.outbox.bring_back(self._channel, now, answered_at)
            # Not before: what was added meanwhile is taken, too.
            self._is_one_due, self.may_have_more = False, len(messages) == most
            return await with_payments(tx, messages)

    async def look(self, in_flight: Collection[int]) -> None:
        """Moves on the leases of what is in flight here, takes back those of the dead. Come by every few seconds."""
        if time.monotonic() < self._next_look:
            return
        async with self._storage.read() as tx:
            held = await tx.outbox.leases(self._channel)
        self._unmoved = {one: self._unmoved.get(one, 0) + 1 for one in held if one.message_id not in in_flight}
        dead = [one for one, looks in self._unmoved.items() if looks > LOOKS]
        if in_flight or dead:
            async with self._storage.begin() as tx:
                await tx.outbox.renew(list(in_flight), self._worker, self._clock.now())
                await tx.outbox.take_back(dead)
        self._next_look = time.monotonic() + _between_looks().total_seconds()


def _between_looks() -> timedelta:
    return limits.lease() / LOOKS
