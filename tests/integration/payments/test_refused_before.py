"""A bank refused after the backup was made: whether that was told the older copy cannot know, so a person decides."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checkout.model.payment import Status
from checkout.payments.older_copy import OlderCopy
from checkout.payments.reconcile import RECONCILED
from db.engine.connection import Database
from providers.stripe_history import StripeHistory
from tests.support.event_samples import RULES
from tests.support.reconciled import Reconciled, reconciled

STATES_OF = """SELECT channel || ' ' || state AS found FROM outbox
    WHERE kind = 'payment_failed' AND payment_id = 'pay_{}' ORDER BY 1"""
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


@pytest.mark.parametrize("is_told", [True, False], ids=["lost", "new"])
async def test_a_decline_of_before_a_database_was_lost_is_not_told_again(database: Database, is_told: bool) -> None:
    """Nor is a new shop taken for one whose database was lost."""
    found: list[OlderCopy] = []
    rules = replace(RULES, put_back_at=lambda: found[0].put_back_at())
    async with reconciled(database, rules) as (shop, session):
        history = StripeHistory(shop.stripe.secret_key, session, shop.stripe.url)
        found.append(OlderCopy(shop.storage, shop.clock, history, shop_id=RULES.shop_id))
        paid, declined, refused = (shop.sell(f"pay_{number}") for number in (1, 2, 3))
        shop.stripe.pay(paid)
        shop.stripe.payment_intents[paid]["metadata"].update({"receipt": "1"} if is_told else {})
        shop.stripe.pay(declined, "4000000000009995")
        shop.stripe.switches.processing_seconds = math.inf
        shop.stripe.pay(refused)
        shop.stripe.release_processing(refused, succeed=False)
        shop.clock.forward(minutes=20)
        await found[0].settle()
        await shop.reconcile(session).run_once()
        failures = [await shop.rows(STATES_OF.format(number)) for number in (2, 3)]
        state = "parked" if is_told else "waiting"
        assert failures == [
            [] if is_told else ["mail waiting"],
            [f"chat {state}", f"mail {state}"],
        ]


@pytest.mark.parametrize("days", [0, 20])
@pytest.mark.parametrize("how", ["declined at the page", "refused later", "under way"])
async def test_what_a_lost_database_has_shown_comes_in_no_message_of_its_own(
    database: Database, how: str, days: int
) -> None:
    found: list[OlderCopy] = []
    rules = replace(RULES, put_back_at=lambda: found[0].put_back_at())
    async with reconciled(database, rules) as (shop, session):
        history = StripeHistory(shop.stripe.secret_key, session, shop.stripe.url)
        found.append(OlderCopy(shop.storage, shop.clock, history, shop_id=RULES.shop_id))
        told, other = shop.sell("pay_1"), shop.sell("pay_2")
        shop.stripe.pay(told)
        shop.stripe.payment_intents[told]["metadata"]["receipt"] = "1"
        shop.stripe.switches.processing_seconds = None if how == "declined at the page" else math.inf
        shop.stripe.pay(other, "4242424242424242" if shop.stripe.switches.processing_seconds else "4000000000009995")
        if how == "refused later":
            shop.stripe.release_processing(other, succeed=False)
        for thing in (*shop.stripe.payment_intents.values(), *shop.stripe.charges.values(), *shop.stripe.events):
            thing["created"] -= days * 86_400
        shop.clock.forward(minutes=20)
        await found[0].settle()
        await shop.reconcile(session).run_once()
        assert (await shop.payment("pay_2")).status in (Status.FAILED, Status.PROCESSING)
        assert "chat pay_message" not in await shop.kinds()
