"""A database that was put back from a copy holds messages that have left since: nobody is told twice of them."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

from checkout import limits
from checkout.errors import DatabaseAway, ServiceError, ServiceRefused, StaleWrite
from checkout.model import keys
from checkout.model.events import IntentReport, ProviderEvent
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import MAYBE_TOLD, OldMessage
from checkout.notifications.compose import Composer
from checkout.payments.last_told import since_last_told
from checkout.payments.reconcile import RECONCILED
from checkout.ports.providers import PaymentHistory
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage, Transaction
from checkout.resilience.backoff import backoff
from checkout.resilience.patience import patience

log = logging.getLogger(__name__)
LOOK_UPS_AT_ONCE = 8
PUT_BACK = "put_back_at"


class OlderCopy:
    """What waits at the start leaves once Stripe was asked what was told; without an answer after a minute.

    Stripe remembers the number of a receipt that was told. The row that brings it there is written in the transaction
    which notes the telling: where it is missing, and Stripe has the number all the same, the database is older.
    """

    def __init__(self, storage: Storage, clock: Clock, history: PaymentHistory, *, shop_id: str) -> None:
        self._storage, self._clock, self._history, self._shop_id = storage, clock, history, shop_id
        self._may_leave, self._is_known = asyncio.Event(), asyncio.Event()
        self._put_back_at: datetime | None = None
        self._numbers_up_to = 0

    def put_back_at(self) -> datetime | None:
        """When this database was found to be an older copy, in UTC; as far as is known yet."""
        return self._put_back_at

    def numbers_up_to(self) -> int:
        """The highest number of a receipt that Stripe remembers, as far as is known yet: 0 where it remembers none."""
        return self._numbers_up_to

    async def until_messages_may_leave(self) -> None:
        """Returns at once where none waits for a customer."""
        await self._may_leave.wait()

    async def until_known(self) -> None:
        """What reconciliation takes in would hide that the database is older."""
        await self._is_known.wait()

    async def run(self) -> None:
        """Tries until it is known, or the patience is over."""
        try:
            async with patience(limits.older_copy_patience().total_seconds()):
                await self._try()
        except TimeoutError:
            log.warning("Stripe does not say what was told already: what waits leaves without knowing")
        finally:
            self._may_leave.set()
            self._is_known.set()

    async def _try(self) -> None:
        failures = 0
        while True:
            try:
                await self.settle()
            except (ServiceError, DatabaseAway, StaleWrite) as error:
                failures += 1
                log.warning("what waits leaves once Stripe has said what was told already: %s", error)
                await asyncio.sleep(backoff(failures).total_seconds())
            else:
                return

    async def settle(self) -> None:
        """Raises ServiceError and DatabaseAway."""
        async with self._storage.read() as tx:
            waiting = await tx.outbox.waiting_for_customers(self._clock.now())
            reconciled = await tx.checkpoints.get(RECONCILED)
            self._put_back_at = await tx.checkpoints.get(PUT_BACK)
        if not waiting:
            self._may_leave.set()
        reports = await self._made_since(reconciled)
        reports += await self._look_up(await self._not_noted(waiting))
        reports = [(at, report) for at, report in reports if report.metadata.receipt]
        async with self._storage.begin() as tx:
            owners = await _owners(tx, [report for _, report in reports])
            told = {owners[report.intent_id]: at for at, report in reports}
            is_older, forgotten = await self._forgotten(tx, told)
            if is_older:
                await self._set_aside(tx, waiting, forgotten)
            self._put_back_at = await tx.checkpoints.get(PUT_BACK)

    async def _not_noted(self, waiting: Sequence[OldMessage]) -> list[str]:
        """PaymentIntents whose receipt waits and was told by neither channel, as far as the database knows."""
        payment_ids = sorted({one.payment_id for one in waiting if _is_first_receipt(one)})
        async with self._storage.read() as tx:
            found = await tx.payments.by_ids([one for one in payment_ids if not await tx.outbox.is_known(_note(one))])
        return [one.payment_intent_id for one in found if one.payment_intent_id]

    async def _look_up(self, intent_ids: Sequence[str]) -> list[tuple[datetime, IntentReport]]:
        at_once = asyncio.Semaphore(LOOK_UPS_AT_ONCE)

        async def look_up(intent_id: str) -> Sequence[ProviderEvent]:
            async with at_once:
                with contextlib.suppress(ServiceRefused):  # Stripe does not know it: then nobody was told either
                    return await self._history.look_up(intent_id)
            return []

        pages = await asyncio.gather(*map(look_up, intent_ids))
        return [report for page in pages for report in self._ours(page)]

    async def _made_since(self, reconciled: datetime | None) -> list[tuple[datetime, IntentReport]]:
        """Payments that a newer database has seen: those of the time since Stripe was asked last.

        A database that has never asked is new, or in the place of one that was lost: one payment that was told tells.
        """
        found: list[tuple[datetime, IntentReport]] = []
        with contextlib.suppress(ServiceRefused):
            if reconciled is None:
                since = await since_last_told(self._history, self._shop_id, self._clock.now())
            else:
                since = reconciled - limits.reconciliation_overlap()
            pages: Any = self._history.objects(since)
            # Closed at once when it is left: what comes after the PaymentIntents is not asked for.
            async with aclosing(pages):
                async for page in pages:
                    if not all(isinstance(one.report, IntentReport) for one in page):
                        break
                    ours = self._ours(page)
                    found += ours
                    # Before the pages behind it, of which any may be slow, or not come at all.
                    await self._note_numbers([report for _, report in ours if report.metadata.receipt])
                    if reconciled is None and any(report.metadata.receipt for _, report in found):
                        break
        return found

    async def _note_numbers(self, told: Sequence[IntentReport]) -> None:
        """Those of payments that have none here. A number that is there already is no news, whatever Stripe says."""
        if not told:
            return
        async with self._storage.read() as tx:
            owners = await _owners(tx, told)
            known = await tx.payments.by_ids(sorted(set(owners.values())))
        numbered = {payment.payment_id for payment in known if payment.receipt_number is not None}
        numbers = (one.metadata.receipt for one in told if owners[one.intent_id] not in numbered)
        self._numbers_up_to = max(self._numbers_up_to, *numbers, 0)

    def _ours(self, events: Sequence[ProviderEvent]) -> list[tuple[datetime, IntentReport]]:
        """With the moment that Stripe names: of those that are paid, when they were."""
        reports = [(one.created, one.report) for one in events if isinstance(one.report, IntentReport)]
        return [(at, report) for at, report in reports if report.metadata.shop == self._shop_id]

    async def _forgotten(self, tx: Transaction, told: Mapping[str, datetime]) -> tuple[bool, set[str]]:
        """Whether the database does not know of everything that was ``told``; and which of its own payments.

        What was paid before it was put back and is not taken in yet has been seen at an earlier start.
        """
        forgotten, is_older = set(), False
        known = {payment.payment_id: payment for payment in await tx.payments.by_ids(sorted(told))}
        for payment_id, paid_at in sorted(told.items()):
            payment = known.get(payment_id)
            if (payment is not None and payment.facts.taken_in_at) or await tx.outbox.is_known(_note(payment_id)):
                continue
            if payment is None and self._put_back_at is not None and paid_at < self._put_back_at:
                continue
            is_older = True
            if payment is not None and payment.receipt_number is not None:
                forgotten.add(payment_id)
        return is_older, forgotten

    async def _set_aside(self, tx: Transaction, waiting: Sequence[OldMessage], forgotten: set[str]) -> None:
        """Receipts that Stripe has no number of leave; of all else only a person can know."""
        now = self._clock.now()
        first = [one for one in waiting if _is_first_receipt(one)]
        receipts = [one for one in first if not await tx.outbox.is_known(_note(one.payment_id))]
        told = [one.message_id for one in receipts if one.payment_id in forgotten]
        unclear = [one for one in waiting if one not in receipts]
        await tx.outbox.release_all()  # those who held something when the copy was made are gone
        await tx.outbox.mark_told_along(told, now)
        await tx.outbox.set_aside(unclear, MAYBE_TOLD)
        await tx.checkpoints.put(PUT_BACK, now, now)
        composer = Composer((), now)
        await tx.outbox.add([composer.stripe_note(one, "receipt") for one in sorted(forgotten)])
        said = "the database is an older copy: %d receipts that waited in it were told, %d other messages are set aside"
        log.warning(said + ", see /outbox", len(told), len(unclear))


async def _owners(tx: Transaction, reports: Sequence[IntentReport]) -> dict[str, str]:
    """The payments' ids, by PaymentIntent.

    Metadata can be written by hand: whose PaymentIntent the shop has made itself it knows better.
    """
    known = await tx.payments.by_known_intents(sorted({report.intent_id for report in reports}))
    return {one.intent_id: known.get(one.intent_id, one.metadata.payment_id or one.intent_id) for one in reports}


def _is_first_receipt(message: OldMessage) -> bool:
    return isinstance(message.content, PaymentPaid) and message.content.again is None


def _note(payment_id: str) -> str:
    return keys.stripe_note(payment_id, "receipt")
