"""A bank refused after the backup was made: whether that was told the older copy cannot know, so a person decides."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.payments.reconcile import RECONCILED
from db.engine.connection import Database
from tests.support.event_samples import RULES
from tests.support.reconciled import Reconciled, reconciled

STATES = "SELECT channel || ' ' || state AS found FROM outbox WHERE kind = 'payment_failed' ORDER BY 1"


def refuse(shop: Reconciled, by: str) -> str:
    """The PaymentIntent that a bank has refused after its customer had left the page."""
    intent_id = shop.sell("pay_1")
    if by == "a voucher":
        shop.stripe.hand_out_voucher(intent_id)
        shop.stripe.expire_voucher(intent_id)
    else:
        shop.stripe.switches.processing_seconds = math.inf
        shop.stripe.pay(intent_id)
        shop.stripe.release_processing(intent_id, succeed=False)
    return intent_id


@pytest.mark.parametrize("by", ["a debit", "a voucher"])
async def test_it_waits_for_a_person_until_it_is_paid_after_all(database: Database, by: str) -> None:
    found_at = datetime.now(UTC) + timedelta(minutes=1)
    async with reconciled(database, replace(RULES, put_back_at=lambda: found_at)) as (shop, session):
        async with shop.storage.begin() as tx:
            await tx.checkpoints.put(RECONCILED, shop.clock.now(), shop.clock.now())
        intent_id = refuse(shop, by)
        await shop.reconcile(session).run_once()
        assert await shop.rows(STATES) == ["chat parked", "mail parked"]
        shop.stripe.switches.processing_seconds = 0
        shop.stripe.pay(intent_id)
        await shop.reconcile(session).run_once()
        assert await shop.rows(STATES) == ["chat superseded", "mail superseded"]
        assert "mail payment_paid" in await shop.kinds()
