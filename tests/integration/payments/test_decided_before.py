"""A review was decided after the backup was made: Stripe remembers how, and no event tells the older copy."""

import pytest

from checkout.payments.reconcile import RECONCILED
from db.engine.connection import Database
from tests.support.payments import a_payment, keep
from tests.support.reconciled import Reconciled, reconciled


async def under_review(shop: Reconciled) -> str:
    """The PaymentIntent that has brought less than was agreed; nothing has happened at Stripe since it was heard of."""
    intent_id = shop.sell("pay_1", amount=500)
    await keep(shop.storage, a_payment(1, payment_intent_id=intent_id))
    shop.stripe.pay(intent_id)
    await shop.hear(*{event["type"] for event in shop.stripe.events})
    assert (await shop.payment("pay_1")).status == "review"
    async with shop.storage.begin() as tx:
        await tx.checkpoints.put(RECONCILED, shop.clock.now(), shop.clock.now())
    return intent_id


@pytest.mark.parametrize(
    ("noted", "status", "number"),
    [
        ({"review": "deliver", "receipt": "7"}, "paid", 7),
        ({"review": "deliver"}, "paid", 1),  # decided, and not told yet
        ({"review": "refund"}, "review", None),  # until Stripe says that the money went back
        ({}, "review", None),
    ],
)
async def test_what_stripe_remembers_of_it_counts(
    database: Database, noted: dict[str, str], status: str, number: int | None
) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = await under_review(shop)
        shop.stripe.payment_intents[intent_id]["metadata"].update(noted)
        for _ in range(2):
            await shop.reconcile(session).run_once()
        payment = await shop.payment("pay_1")
        assert (payment.status, payment.receipt_number) == (status, number)
        told = sum(one.endswith("payment_paid") for one in await shop.kinds())
        assert told == (2 if number == 1 else 0), "in the chat and by mail, unless Stripe has a number"
        decision = payment.facts.decision
        assert (decision.action if decision else None) == noted.get("review")
