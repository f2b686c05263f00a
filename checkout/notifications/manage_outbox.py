"""What has not left: an admin tries it now, or gives it up; a customer who comes back gets it."""

from collections.abc import Sequence
from dataclasses import dataclass

from checkout import limits
from checkout.errors import NotFound
from checkout.model.audit import Action
from checkout.model.outbox import Unsent
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage


@dataclass(frozen=True, slots=True)
class UnsentPage:
    """The oldest first; ``more`` tells that others follow."""

    messages: Sequence[Unsent]
    more: bool


class ManageOutbox:
    def __init__(self, storage: Storage, clock: Clock, wake: Wake) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake

    async def unsent(self, after: int, limit: int) -> UnsentPage:
        """What is parked, has failed at least once, or waits for longer than a minute, behind the id ``after``."""
        waiting_since = self._clock.now() - limits.slow_message()
        async with self._storage.read() as tx:
            found = await tx.outbox.unsent(after, waiting_since, limit + 1)
        return UnsentPage(found[:limit], len(found) > limit)

    async def one(self, message_id: int) -> Unsent:
        """Raises NotFound when it has left."""
        async with self._storage.read() as tx:
            return _there(await tx.outbox.unsent_one(message_id))

    async def try_now(self, message_id: int, admin_id: int) -> None:
        """Raises NotFound when it has left, or is leaving just now."""
        await self._change(message_id, admin_id, Action.OUTBOX_TRIED)
        self._wake()

    async def try_missed(self, telegram_user_id: int) -> None:
        """Whoever had blocked the bot is back, and gets what has become of their payments meanwhile."""
        async with self._storage.begin() as tx:
            missed = await tx.outbox.try_missed(telegram_user_id, self._clock.now())
        if missed:
            self._wake()

    async def drop(self, message_id: int, admin_id: int) -> None:
        """It is never sent. Raises NotFound when it has left, or is leaving just now."""
        await self._change(message_id, admin_id, Action.OUTBOX_DROPPED)

    async def _change(self, message_id: int, admin_id: int, action: Action) -> None:
        now = self._clock.now()
        async with self._storage.begin() as tx:
            message = _there(await tx.outbox.unsent_one(message_id))
            tried = action is Action.OUTBOX_TRIED
            if not await (tx.outbox.try_now(message_id, now) if tried else tx.outbox.drop(message_id)):
                raise NotFound("it is leaving just now")
            details = {"message_id": str(message_id), "kind": message.kind, "channel": message.channel.value}
            await tx.audit.add(admin_id, action, message.payment_id, details, now)


def _there(message: Unsent | None) -> Unsent:
    if message is None:
        raise NotFound("it has left")
    return message
