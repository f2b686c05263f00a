"""What the outbox brings to Stripe: what it is to remember with a payment, and refunds that a review has decided."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from checkout.errors import ServiceRefused
from checkout.model import keys
from checkout.model.message_content import StripeNote, StripeRefund
from checkout.model.outbox import OutboxMessage
from checkout.model.payment import Payment
from checkout.notifications.send_message import Sent
from checkout.notifications.send_slot import SendSlot
from checkout.ports.providers import PaymentActions
from checkout.ports.storage import Storage


class StripeActions(PaymentActions, Protocol):
    async def note(self, intent_id: str, metadata: Mapping[str, str]) -> None:
        """The PaymentIntent remembers this too, whatever its status; what else it remembers stays."""
        ...


class StripeDelivery:
    """Stripe is our second memory: a database that was lost, or is older, takes numbers and decisions in from there."""

    def __init__(self, storage: Storage, actions: StripeActions, *, shop_id: str) -> None:
        self._storage, self._actions, self._shop_id = storage, actions, shop_id

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        """Raises ServiceError."""
        async with self._storage.read() as tx:
            payment = await tx.payments.get(message.payment_id)
        if payment is None:
            raise ServiceRefused(f"payment {message.payment_id} is gone")
        await slot.wait()
        match message.content:
            case StripeNote():
                await self._actions.note(payment.payment_intent_id or "", _to_remember(payment))
            case StripeRefund(intent_id, admin_id):
                request = keys.review_request(intent_id)
                metadata = keys.refund_metadata(self._shop_id, payment.payment_id, request, admin_id)
                await self._actions.refund(intent_id, None, keys.refund(payment.payment_id, request), metadata)
            case unknown:
                raise ServiceRefused(f"Stripe is not told {unknown.kind}")
        return Sent("")


def _to_remember(payment: Payment) -> dict[str, str]:
    remembered = {}
    if payment.receipt_number is not None:
        remembered["receipt"] = str(payment.receipt_number)
    if payment.facts.decision:
        remembered["review"] = payment.facts.decision.action
    return remembered
