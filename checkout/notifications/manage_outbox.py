"""What has not left: an admin tries it now, or gives it up; a customer who comes back gets it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from checkout import limits
from checkout.errors import NotFound
from checkout.model.audit import Action
from checkout.model.outbox import Unsent
from checkout.model.payment import Fulfilment, Payment
from checkout.notifications.handover import Handover, reaches_nobody, seen_to
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction

# Of a customer who comes back: nobody misses what they have bought before these.
NEWEST = 50


@dataclass(frozen=True, slots=True)
class UnsentPage:
    """The oldest first; ``more`` tells that others follow."""

    messages: Sequence[Unsent]
    more: bool


class ManageOutbox:
    """``handover_of`` tells who hands a product over, by its sku. ``ask_now`` ends every rest that a service has asked
    for: what was the matter an admin may have mended."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wake: Wake,
        handover_of: Callable[[str], Handover],
        ask_now: Callable[[], None] = lambda: None,
    ) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake
        self._handover_of, self._ask_now = handover_of, ask_now

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
        self._ask_now()
        self._wake()

    async def try_missed(self, telegram_user_id: int, *, is_admin: bool = False) -> None:
        """Whoever could not be written to is back, and gets what has become of their payments meanwhile; an admin what
        is still to be seen to in others'. Who only looks around costs a look."""
        now = self._clock.now()
        async with self._storage.read() as tx:
            if not is_admin and not await tx.payments.of_customer(telegram_user_id, 1):
                return
        async with self._storage.begin() as tx:
            lost = await self._lost(tx, await tx.payments.of_customer(telegram_user_id, NEWEST))
            missed = await tx.outbox.try_missed(telegram_user_id, now, is_admin=is_admin)
            await _note_under_way(tx, lost, now)
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
            payment = await tx.payments.get(message.payment_id) if tried and message.payment_id else None
            lost = await self._lost(tx, [payment] if payment else [])
            if not await (tx.outbox.try_now(message_id, now) if tried else tx.outbox.drop(message_id)):
                raise NotFound("it is leaving just now")
            await _note_under_way(tx, lost, now)
            details = {"message_id": str(message_id), "kind": message.kind, "channel": message.channel.value}
            await tx.audit.add(admin_id, action, message.payment_id, details, now)

    async def _lost(self, tx: Transaction, payments: Sequence[Payment]) -> list[Payment]:
        """Those of which neither channel has brought what the program sends, so that it is a person's to do."""
        to_do = [one for one in payments if one.waits_for_a_person]
        sent = [one for one in to_do if self._handover_of(one.sku) is Handover.PROGRAM]
        return [one for one in sent if await reaches_nobody(tx, one.payment_id)]


async def _note_under_way(tx: Transaction, lost: Sequence[Payment], now: datetime) -> None:
    """What was ``lost`` and is tried anew leaves with that: nobody is to send it besides."""
    for payment in lost:
        if not await reaches_nobody(tx, payment.payment_id):
            await seen_to(tx, payment, Fulfilment.DELIVERED, now)


def _there(message: Unsent | None) -> Unsent:
    if message is None:
        raise NotFound("it has left")
    return message
