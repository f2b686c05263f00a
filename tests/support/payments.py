"""Payments that are paid, for tests that begin there: the ledger says what Stripe would have said."""

import itertools
from dataclasses import replace
from datetime import datetime

from checkout.model.facts import IntentFacts, RefundFact
from checkout.model.outbox import Channel, Kind, NewMessage
from checkout.model.payment import Payment
from checkout.ports.storage import Storage
from tests.support.fakes import NOON

RECEIPTS = itertools.count(1)
INTENT = "pi_3TestPaymentOfAnna"


def new_payment(payment_id: str = "pay_23456789abcd", telegram_user_id: int = 1001, **changes: object) -> Payment:
    payment = Payment(
        payment_id=payment_id,
        pay_token=f"token-{payment_id}",
        telegram_user_id=telegram_user_id,
        email="anna.sokolova@example.org",
        sku="guide",
        title="City guide",
        amount=1900,
        currency="eur",
        livemode=False,
        language="en",
        created_at=NOON,
        expires_at=NOON,
        updated_at=NOON,
    )
    return replace(payment, **changes)  # type: ignore[arg-type]


def paid(payment: Payment, intent_id: str = INTENT, at: datetime = NOON) -> Payment:
    facts = payment.facts.with_intent(intent_id, IntentFacts(succeeded_at=at))
    return replace(payment, payment_intent_id=intent_id).with_facts(facts, at, next(RECEIPTS))


async def add_paid(storage: Storage, intent_id: str = INTENT, **changes: object) -> Payment:
    """A paid payment in the database."""
    payment = paid(new_payment(**changes), intent_id)  # type: ignore[arg-type]
    async with storage.begin() as tx:
        await tx.payments.add(payment)
    return payment


async def told_of_refund(storage: Storage, payment_id: str, refund_id: str, refund: RefundFact) -> None:
    """As if Stripe's event had come."""
    async with storage.begin() as tx:
        payment = await tx.payments.get(payment_id)
        assert payment is not None
        await tx.payments.update(payment.with_facts(payment.facts.with_refund(refund_id, refund), NOON))


async def park_receipt(storage: Storage, payment: Payment, reason: str) -> int:
    """A receipt by mail that could not be sent; its id."""
    key = f"mail/payment_paid/{payment.payment_id}/"
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage(key, Channel.MAIL, Kind.PAYMENT_PAID, payment.email, payment.payment_id, NOON)])
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", NOON, 1)
        await tx.outbox.park(mail, "w", NOON, reason)
    return mail.message_id
