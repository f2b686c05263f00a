"""A payment that cannot be right waits for a person; an admin's decision ends the review."""

from checkout.errors import NotFound, StaleWrite
from checkout.model import keys
from checkout.model.audit import Action
from checkout.model.events import DecisionReport, Metadata, ProviderEvent
from checkout.model.payment import Payment, Status
from checkout.ports.payments import EventRecorder
from checkout.ports.providers import PaymentActions
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


class DecideReview:
    def __init__(
        self, storage: Storage, clock: Clock, actions: PaymentActions, recorder: EventRecorder, *, shop_id: str
    ) -> None:
        self._storage, self._clock = storage, clock
        self._actions, self._recorder, self._shop_id = actions, recorder, shop_id

    async def under_review(self, payment_id: str) -> Payment:
        """Raises NotFound when there is none, StaleWrite when its review has ended."""
        async with self._storage.read() as tx:
            payment = await tx.payments.get(payment_id)
        if payment is None:
            raise NotFound(f"there is no payment {payment_id}")
        if payment.status is not Status.REVIEW:
            raise StaleWrite(f"payment {payment_id} is {payment.status}, not under review")
        return payment

    async def deliver(self, payment_id: str, admin_id: int) -> None:
        """Recorded like an event of Stripe's: numbered, delivered and told in the same way. Raises as under_review."""
        payment = await self.under_review(payment_id)
        await self._audit(payment, Action.REVIEW_DELIVERED, admin_id)
        metadata = Metadata(self._shop_id, payment_id, payment.email, payment.sku, payment.telegram_user_id)
        report = DecisionReport(payment.payment_intent_id or "", admin_id, metadata)
        event_id, now = keys.decision_event(payment_id), self._clock.now()
        await self._recorder.record(ProviderEvent(event_id, "shop.delivered", now, payment.livemode, report))

    async def refund(self, payment_id: str, admin_id: int) -> None:
        """Asks Stripe to give back what came in; its event ends the review. Raises as under_review, ServiceError."""
        payment = await self.under_review(payment_id)
        # Whoever decides it, it is one decision: the first admin's, so that the same key carries the same metadata.
        first = await self._audit(payment, Action.REVIEW_REFUNDED, admin_id)
        for intent_id in payment.facts.odd_intents:
            request = keys.review_request(intent_id)
            metadata = keys.refund_metadata(self._shop_id, payment_id, request, first)
            await self._actions.refund(intent_id, None, keys.refund(payment_id, request), metadata)

    async def _audit(self, payment: Payment, action: Action, admin_id: int) -> int:
        """Written before it is done, once for each admin; returns who decided this first."""
        async with self._storage.begin() as tx:
            done = await tx.audit.get_for_update(payment.payment_id)
            deciders = [entry.admin_id for entry in done if entry.action == action]
            if admin_id not in deciders:
                await tx.audit.add(admin_id, action, payment.payment_id, {}, self._clock.now())
        return (*deciders, admin_id)[0]
