"""A payment that cannot be right waits for a person; an admin's first decision ends the review, and is the only one."""

from checkout.errors import NotFound, StaleWrite
from checkout.model import keys
from checkout.model.events import DecisionReport, Metadata, ProviderEvent
from checkout.model.payment import Payment
from checkout.payments.repeat_refund import RepeatRefund
from checkout.ports.payments import EventRecorder
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


class DecideReview:
    """Recorded like an event of Stripe's: audited, told and carried out by the transaction that takes it."""

    def __init__(self, storage: Storage, clock: Clock, recorder: EventRecorder, *, shop_id: str) -> None:
        self._storage, self._clock, self._recorder, self._shop_id = storage, clock, recorder, shop_id
        self._repeating = RepeatRefund(storage, clock)

    async def under_review(self, payment_id: str) -> Payment:
        """Raises NotFound when there is none, StaleWrite when its review has ended or is decided."""
        payment = await self._payment(payment_id)
        if not payment.waits_for_a_decision:
            raise StaleWrite(f"payment {payment_id} is {payment.status}, and nobody is to decide about it")
        return payment

    async def to_refund(self, payment_id: str) -> Payment:
        """As under_review, but that one whose refund was decided and has failed may be refunded again."""
        payment = await self._payment(payment_id)
        if payment.may_refund_again:
            await self._repeating.due(payment)
            return payment
        return await self.under_review(payment_id)

    async def _payment(self, payment_id: str) -> Payment:
        async with self._storage.read() as tx:
            payment = await tx.payments.get(payment_id)
        if payment is None:
            raise NotFound(f"there is no payment {payment_id}")
        return payment

    async def deliver(self, payment_id: str, admin_id: int) -> None:
        """It is numbered, delivered and told as if it were right. Raises as under_review, and DatabaseAway."""
        await self._decide(payment_id, admin_id, "deliver")

    async def refund(self, payment_id: str, admin_id: int) -> None:
        """What came in goes back; Stripe's event ends the review. Raises as to_refund, and DatabaseAway.

        Where that was decided before and has failed, it is the same decision that is carried out again.
        """
        if (await self._payment(payment_id)).may_refund_again:
            await self._repeating.ask(payment_id, admin_id)
        else:
            await self._decide(payment_id, admin_id, "refund")

    async def _decide(self, payment_id: str, admin_id: int, action: str) -> None:
        payment = await self.under_review(payment_id)
        metadata = Metadata(self._shop_id, payment_id, payment.email, payment.sku, payment.telegram_user_id)
        report = DecisionReport(payment.payment_intent_id or "", admin_id, metadata, action)
        event_id, now = keys.decision_event(payment_id, action), self._clock.now()
        decided = await self._recorder.record(ProviderEvent(event_id, f"shop.{action}", now, payment.livemode, report))
        if not decided:
            raise StaleWrite(f"somebody else has decided about payment {payment_id}")
