"""Somebody has emptied the metadata in Stripe's dashboard: the row knows its PaymentIntent all the same."""

from datetime import timedelta

import pytest

from checkout.model.payment import Status
from db.engine.connection import Database
from tests.support.reconciled import reconciled


@pytest.mark.parametrize("by", ["events", "objects"])
@pytest.mark.parametrize("emptied", ["before it is paid", "before it is given back"])
async def test_reconciliation_hears_of_it_as_of_any_other(database: Database, emptied: str, by: str) -> None:
    async with reconciled(database) as (shop, session):
        ours, theirs = shop.sell("pay_1"), shop.sell("", shop="")
        await shop.hear("payment_intent.created")
        await (work := shop.reconcile(session)).run_once()
        intent = shop.stripe.store.find("payment_intent", ours)
        if emptied == "before it is given back":
            shop.stripe.pay(ours)
            await work.run_once()
            shop.stripe.events.clear()
        intent["metadata"] = {}
        if emptied == "before it is paid":
            shop.stripe.pay(ours)
        shop.stripe.pay(theirs)
        for one in (ours, theirs):
            shop.stripe.refund(one, 500)
        await work.run_once(since=shop.clock.now() - timedelta(days=1) if by == "objects" else None)
        found = await shop.payment("pay_1")
        assert (found.status, found.amount_refunded) == (Status.PARTIALLY_REFUNDED, 500)
        told = await shop.kinds()
        assert [told.count(one) for one in ("mail payment_paid", "mail payment_refunded")] == [1, 1]
        assert await shop.rows("SELECT payment_id AS found FROM payments") == ["pay_1"]
        assert await shop.rows("SELECT event_id AS found FROM unmatched_events") == []
