"""Payments, as the tests begin with them: the facts say what Stripe would have said."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from checkout.model.facts import Decision, Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import Attempt, CardUsed, IntentFacts, NextAction
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import PAYABLE, SETTLED, Fulfilment, Payment, Status
from checkout.ports.storage import Storage
from sandbox.fake_telegram.chats import ANNA
from tests.support.clock import NOON
from tests.support.project import CATALOG

VISA = CardUsed("card", "visa", "4242")

_OPEN = PAYABLE | {Status.PROCESSING, Status.EXPIRED, Status.REVIEW}

# Where a status may go. Money that was taken is never untaken: from SETTLED nothing leads back out, but that
# what was to be given back under review is there again when its refund fails.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: SETTLED | _OPEN,
    Status.PROCESSING: SETTLED | {Status.PENDING, Status.FAILED, Status.CANCELED, Status.EXPIRED, Status.REVIEW},
    Status.FAILED: SETTLED | _OPEN,
    Status.CANCELED: SETTLED | _OPEN,
    Status.EXPIRED: SETTLED | {Status.PROCESSING, Status.FAILED, Status.PENDING, Status.REVIEW},
    Status.REVIEW: SETTLED | _OPEN,
    Status.PAID: SETTLED,
    Status.PARTIALLY_REFUNDED: SETTLED,
    Status.REFUNDED: SETTLED | {Status.REVIEW},
    Status.DISPUTED: SETTLED,
}


def a_payment(
    number: int = 1, *, at: datetime = NOON, sku: str = "guide", language: str = "en", **changes: Any
) -> Payment:
    """A pending payment, made at ``at`` for a product of the catalogue; ``number`` makes its ids."""
    product = CATALOG.products.get(sku, CATALOG.products["guide"])
    payment = Payment(
        payment_id=f"pay_{number}",
        pay_token=f"token-{number}",
        payment_intent_id=f"pi_{number}",
        telegram_user_id=42,
        email="anna@example.com",
        sku=sku,
        title=product.title.in_(language),
        amount=product.price.amount,
        currency=product.price.currency,
        livemode=False,
        language=language,
        created_at=at,
        updated_at=at,
        expires_at=at + timedelta(hours=24),
    )
    return replace(payment, **changes)


def a_paid_payment(number: int = 1, *, at: datetime = NOON, **changes: Any) -> Payment:
    """Paid with a card as soon as it was made; ``number`` is that of its receipt too."""
    unpaid = a_payment(number, at=at, **changes)
    assert unpaid.payment_intent_id is not None
    facts = PaymentFacts(intents={unpaid.payment_intent_id: IntentFacts(succeeded_at=at, card=VISA)})
    paid = replace(unpaid.with_facts(facts, at, number), fulfilment=Fulfilment.DELIVERED)
    return replace(paid, **changes)


def one_of_many(number: int, *, at: datetime = NOON, **changes: Any) -> Payment:
    """Its ids sort as the numbers do."""
    ids = {"payment_id": f"pay_{number:012}", "payment_intent_id": f"pi_{number:024}"}
    return a_payment(number, at=at, **{**ids, **changes})


async def keep(storage: Storage, *payments: Payment) -> None:
    async with storage.begin() as tx:
        for payment in payments:
            await tx.payments.add(payment)


async def keep_paid(storage: Storage, number: int = 1, **changes: Any) -> Payment:
    """A paid payment of Anna's in the database."""
    payment = a_paid_payment(number, **{"telegram_user_id": ANNA.id, **changes})
    await keep(storage, payment)
    return payment


async def report_refund(storage: Storage, payment_id: str, refund_id: str, refund: RefundFact) -> None:
    """As if Stripe's event had come."""
    async with storage.begin() as tx:
        payment = await tx.payments.get(payment_id)
        assert payment is not None
        await tx.payments.update(payment.with_facts(payment.facts.with_refund(refund_id, refund), NOON))


async def park_receipt(storage: Storage, payment: Payment, reason: str) -> int:
    """A receipt by mail that could not be sent; its id."""
    key = f"mail/payment_paid/{payment.payment_id}/"
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage(key, Channel.MAIL, PaymentPaid(), payment.email, payment.payment_id, NOON)])
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", NOON, 1)
        await tx.outbox.park(mail, "w", reason)
    return mail.message_id


def processing(payment: Payment) -> Payment:
    """With the bank, for days perhaps."""
    attempt = IntentFacts(processing={Attempt(charge="py_1"): payment.created_at})
    return payment.with_facts(payment.facts.with_intent(payment.payment_intent_id or "", attempt), payment.created_at)


def under_review(payment: Payment) -> Payment:
    """Less came in than was agreed, and nobody has decided yet."""
    intent_id = payment.payment_intent_id or ""
    received = Received(payment.amount - 400, payment.currency, payment.livemode, payment.created_at)
    facts = payment.facts.with_mismatch(f"{intent_id}: odd", Mismatch(intent_id)).with_received(intent_id, received)
    return payment.with_facts(facts, payment.created_at)


def with_voucher(payment: Payment, url: str = "https://payments.stripe.com/voucher/1") -> Payment:
    """As after the customer has chosen to pay at a till; it ends three days after it was handed out."""
    action = NextAction(payment.created_at, payment.created_at + timedelta(days=3), url)
    waiting = IntentFacts(actions={Attempt(method="pm_1"): action})
    facts = payment.facts.with_intent(payment.payment_intent_id or "", waiting)
    return payment.with_facts(facts, payment.created_at)


def delivered_for(payment: Payment, amount: int, currency: str) -> Payment:
    """Something else than agreed came in, and an admin has let it be delivered all the same."""
    intent_id = payment.payment_intent_id or ""
    received = Received(amount, currency, payment.livemode, payment.created_at)
    facts = PaymentFacts(mismatches={"odd": Mismatch(intent_id)}, received={intent_id: received})
    facts = facts.with_decision(Decision("deliver", 9001, payment.created_at))
    return replace(payment.with_facts(facts, payment.created_at, 1), fulfilment=Fulfilment.DELIVERED)
