"""One try to send one message, by whichever channel: what comes of it, and what it needs of the payment."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from checkout import limits
from checkout.errors import ServiceError, ServiceRefused, StaleWrite
from checkout.model.intent_facts import CardUsed, IntentFacts
from checkout.model.message_content import PaymentFile, PaymentPaid
from checkout.model.outbox import NewMessage, OutboxMessage
from checkout.model.payment import Payment
from checkout.notifications.claimed import with_payments
from checkout.notifications.compose import Composer
from checkout.notifications.send_slot import SendSlot
from checkout.ports.storage import Storage
from checkout.resilience.patience import patience


class LookAgain(Protocol):
    async def look_again(self, payment: Payment) -> Payment:
        """The payment as it is once it was looked whether the program can still hand over what was bought."""
        ...


class CardLookUp(Protocol):
    async def card_of(self, intent_id: str) -> CardUsed | None:
        """How the intent was paid; None when the provider does not tell. Raises ServiceError."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """``provider_id`` is the provider's id of what was sent; ``follow_ups`` are to be said after it.

    ``along`` are other messages whose words it has brought too. ``moved`` is where the payment's chat message was and
    where it is, when that is another one now; None where nobody knows.
    """

    provider_id: str
    follow_ups: Sequence[NewMessage] = ()
    along: Sequence[int] = ()
    moved: tuple[int | None, int | None] | None = None


class Delivery(Protocol):
    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        """Waits for ``slot`` right before each request that says something. Raises ServiceError and NotNow."""
        ...


async def payment_and_language(
    storage: Storage, cards: CardLookUp, goods: LookAgain, message: OutboxMessage, now: datetime
) -> tuple[Payment, str]:
    payment = message.payment
    if payment is None:
        async with storage.read() as tx:
            (message,) = await with_payments(tx, [message])
            # One that is there and cannot be read says so.
            payment = message.payment or await tx.payments.get(message.payment_id)
    if payment is None:
        raise ServiceRefused(f"payment {message.payment_id} is gone")
    if isinstance(message.content, PaymentPaid | PaymentFile):
        payment = await goods.look_again(payment)
    if isinstance(message.content, PaymentPaid) and payment.facts.card is None:
        payment = await _with_card(storage, cards, payment, now)
    return payment, message.language


async def _with_card(storage: Storage, cards: CardLookUp, payment: Payment, now: datetime) -> Payment:
    """How it was paid stands on the receipt when Stripe tells; the receipt does not wait for it."""
    intent_id = payment.payment_intent_id or ""
    try:
        async with patience(limits.card_timeout().total_seconds()):
            card = await cards.card_of(intent_id)
    except (ServiceError, TimeoutError):
        return payment
    if card is None:
        return payment
    known = payment.with_facts(payment.facts.with_intent(intent_id, IntentFacts(card=card)), now)
    with contextlib.suppress(StaleWrite):  # whoever was first has noted the same
        async with storage.begin() as tx:
            await tx.payments.update(known)
    return known


def to_remember(message: OutboxMessage, now: datetime) -> list[NewMessage]:
    """Once the first channel has told of the receipt, Stripe keeps its number: nobody is told anew after that."""
    is_first = isinstance(message.content, PaymentPaid) and message.content.again is None
    return [Composer((), now).stripe_note(message.payment_id, "receipt")] if is_first else []
