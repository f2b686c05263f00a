"""The PaymentIntent of a closed link is canceled at Stripe; if it was paid meanwhile, it is paid."""

import asyncio
import logging
from datetime import datetime

from checkout import limits
from checkout.errors import DatabaseAway, ServiceRefused, ServiceUnavailable
from checkout.model.events import IntentReport, ProviderEvent
from checkout.model.payment import Payment
from checkout.ports.payments import EventRecorder
from checkout.ports.providers import PaymentActions, PaymentHistory
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.resilience.backoff import backoff

log = logging.getLogger(__name__)
BATCH = 20
# A closed link is no new decline to tell of; these are what a webhook would say.
SETTLING = frozenset({"succeeded", "processing", "canceled"})


class CancelIntents:
    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        actions: PaymentActions,
        history: PaymentHistory,
        recorder: EventRecorder,
    ) -> None:
        self._storage, self._clock = storage, clock
        self._actions, self._history, self._recorder = actions, history, recorder

    async def run_once(self) -> int:
        """Closes up to twenty; returns how many.

        Raises ServiceUnavailable and DatabaseAway: they stay and are tried again later.
        """
        now = self._clock.now()
        async with self._storage.read() as tx:
            due = await tx.payments.to_close(now, BATCH)
        for payment in due:
            try:
                if not await self._goes_on(payment):
                    await self._close(payment)
            except ServiceUnavailable as error:
                await self._put_off(payment, now + max(limits.longest_backoff(), backoff(1, error.retry_after)))
                raise
            except ServiceRefused as error:  # a wrong key, say: somebody mends that, and nobody waits for us
                log.warning("Stripe refuses: %s", error, extra={"payment_id": payment.payment_id})
                # Of another account's nothing can be canceled, however often it is tried.
                await self._put_off(payment, None if error.is_missing else now + limits.pause_after_refusal())
            except DatabaseAway:
                raise
            except Exception:  # what is odd about one must not hold up those behind it
                log.exception("the PaymentIntent is not closed", extra={"payment_id": payment.payment_id})
                await self._put_off(payment, now + limits.pause_after_refusal())
        return len(due)

    async def _goes_on(self, payment: Payment) -> bool:
        """Whether somebody is about to pay, by Stripe's word: what the customer has begun no webhook may have told."""
        now = self._clock.now()
        found = await self._history.look_up(payment.payment_intent_id or "")
        await asyncio.gather(*(self._recorder.record(event) for event in found if _is_waiting(event)))
        async with self._storage.read() as tx:
            current = await tx.payments.get(payment.payment_id)
        if current is None or current.close_intent_at is None:
            return True
        # Before its time it is due where another link has paid for the same. A voucher may be paid all the same.
        is_paid_for = payment.close_intent_at is not None and payment.close_intent_at > now and not current.voucher
        ends_at = now if is_paid_for else current.intent_ends_at(now)
        if ends_at > now:
            await self._put_off(current, ends_at)
        return ends_at > now

    async def _put_off(self, payment: Payment, until: datetime | None) -> None:
        async with self._storage.begin() as tx:
            await tx.payments.put_off_closing(payment.payment_id, until)

    async def _close(self, payment: Payment) -> None:
        intent_id, about, again_at = payment.payment_intent_id or "", {"payment_id": payment.payment_id}, None
        try:
            await self._actions.cancel_intent(intent_id)
        except ServiceRefused as error:
            again_at = self._clock.now() + limits.pause_after_refusal()
            log.info("the PaymentIntent cannot be canceled, looking why: %s", error, extra=about)
        found = await self._history.look_up(intent_id)
        told = [event for event in found if isinstance(event.report, IntentReport) and event.report.kind in SETTLING]
        await asyncio.gather(*map(self._recorder.record, told))
        # Whoever still has its page open could pay what was refused for another reason than what has become of it.
        await self._put_off(payment, None if told else again_at)


def _is_waiting(event: ProviderEvent) -> bool:
    return isinstance(event.report, IntentReport) and event.report.status == "requires_action"
