"""More payments are open than one round of reconciliation asks Stripe for."""

from datetime import timedelta

import pytest

from checkout.payments import look_up_open
from checkout.payments.reconcile import RECONCILED
from db.engine.connection import Database
from tests.support.payments import a_payment, keep
from tests.support.reconciled import Reconciled, reconciled

UNPAID = "SELECT payment_id AS found FROM payments WHERE status <> 'paid' ORDER BY 1"


async def forgotten(shop: Reconciled, reviews: int, quiet: int) -> None:
    """So many reviews that an admin has decided, and debits that have come in: no event tells of either."""
    made_at = shop.clock.now() - timedelta(hours=2)
    for number in range(reviews + quiet):
        amount = 500 if number < reviews else 1900
        intent_id = shop.sell(f"pay_{number}", amount=amount)
        await keep(shop.storage, a_payment(number, at=made_at + timedelta(seconds=number), payment_intent_id=intent_id))
        shop.stripe.pay(intent_id)
        if number < reviews:
            await shop.hear("payment_intent.succeeded")
            shop.stripe.payment_intents[intent_id]["metadata"].update(review="deliver", receipt=str(number + 1))
        shop.stripe.events.clear()
    async with shop.storage.begin() as tx:
        await tx.checkpoints.put(RECONCILED, shop.clock.now(), shop.clock.now())


@pytest.mark.parametrize(("reviews", "quiet"), [(5, 0), (0, 5), (5, 3), (2, 4)])
async def test_each_has_its_turn(database: Database, monkeypatch: pytest.MonkeyPatch, reviews: int, quiet: int) -> None:
    monkeypatch.setattr(look_up_open, "LOOK_UPS", 2)
    async with reconciled(database) as (shop, session):
        await forgotten(shop, reviews, quiet)
        work, before = shop.reconcile(session), len(await shop.rows(UNPAID))
        await work.run_once()
        assert len(await shop.rows(UNPAID)) == before - min(reviews, 2) - min(quiet, 2), "a round has its budget"
        for _ in range(2):
            await work.run_once()
        assert await shop.rows(UNPAID) == []


@pytest.mark.parametrize(("reviews", "quiet"), [(5, 0), (0, 5), (5, 3), (2, 4)])
async def test_the_command_asks_for_all(
    database: Database, monkeypatch: pytest.MonkeyPatch, reviews: int, quiet: int
) -> None:
    monkeypatch.setattr(look_up_open, "LOOK_UPS", 2)
    async with reconciled(database) as (shop, session):
        await forgotten(shop, reviews, quiet)
        done = await shop.reconcile(session).run_through()
        assert await shop.rows(UNPAID) == []
        assert done.applied == reviews + quiet


async def test_reviews_that_nobody_has_decided_keep_no_other_from_its_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_up_open, "LOOK_UPS", 2)
    async with reconciled(database) as (shop, session):
        await forgotten(shop, reviews=5, quiet=0)
        for number, intent in enumerate(shop.stripe.payment_intents.values()):
            if number:  # the newest come first
                del intent["metadata"]["review"], intent["metadata"]["receipt"]
        work = shop.reconcile(session)
        for _ in range(3):
            await work.run_once()
        assert await shop.rows(UNPAID) == ["pay_1", "pay_2", "pay_3", "pay_4"]
