"""What `reconcile --since` finds is told as it would have been by webhook."""

import math
from datetime import timedelta

import pytest

from checkout.payments.reconcile import RECONCILED
from db.engine.connection import Database
from providers.fields import Fields
from providers.stripe_events import parse_event
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_stripe.objects import Wire
from tests.support.databases import by_turns
from tests.support.payments import a_payment, keep
from tests.support.reconciled import reconciled

TOLD = """SELECT channel || ' ' || kind AS found FROM outbox WHERE payment_id = '{}' AND state <> 'superseded'
    AND kind <> 'pay_message' AND kind NOT LIKE 'admin%' ORDER BY 1"""
WAYS = [
    "declined",
    "at the bank",
    "at the bank, refused",
    "at the bank, refused, declined",
    "at the bank, arrived, refund",
    "voucher",
    "voucher, ended",
    "voucher, ended, canceled",
    "voucher, ended, voucher",
    "voucher, ended, declined",
    "declined, voucher, ended",
    "declined, at the bank, refused",
    "declined, canceled",
]
BY_WEBHOOK, BY_ASKING = "pay_1", "pay_2"


def go(stripe: StripeStandIn, intent_id: str, way: str) -> None:
    for step in way.split(", "):
        match step:
            case "declined":
                stripe.pay(intent_id, "4000000000009995")
            case "at the bank":
                stripe.switches.processing_seconds = math.inf
                stripe.pay(intent_id)
                stripe.switches.processing_seconds = 0
            case "refused" | "arrived":
                stripe.release_processing(intent_id, succeed=step == "arrived")
            case "voucher":
                stripe.hand_out_voucher(intent_id)
            case "ended":
                stripe.expire_voucher(intent_id)
            case "canceled":
                stripe.cancel(intent_id)
            case "refund":
                stripe.refund(intent_id, 500)


def spread(events: list[Wire], seconds: int) -> None:
    """Dates them ``seconds`` apart, the last one now: Stripe's times are as fine as a second."""
    for ago, event in enumerate(reversed(events)):
        event["created"] -= ago * seconds


@pytest.mark.parametrize(
    ("database_url", "way", "seconds", "is_expired"), by_turns(WAYS, [0, 600], [False, True]), indirect=["database_url"]
)
async def test_the_same_is_told(database: Database, way: str, seconds: int, is_expired: bool) -> None:
    async with reconciled(database) as (shop, session):
        since = shop.clock.now() - timedelta(days=3)
        for number, payment_id in enumerate((BY_WEBHOOK, BY_ASKING), 1):
            intent_id = shop.sell(payment_id)
            payment = a_payment(
                number, at=shop.clock.now() - timedelta(hours=30 if is_expired else 1), payment_intent_id=intent_id
            )
            await keep(shop.storage, payment.closed(payment.expires_at) if is_expired else payment)
            told_before = len(shop.stripe.events)
            go(shop.stripe, intent_id, way)
            spread(shop.stripe.events[told_before:], seconds)
            if payment_id == BY_WEBHOOK:
                for event in shop.stripe.events:
                    await shop.writer.record(parse_event(Fields(event)))
        async with shop.storage.begin() as tx:
            await tx.checkpoints.put(RECONCILED, since, since)
        await shop.reconcile(session).run_once(since=since)
        heard, asked = [await shop.payment(one) for one in (BY_WEBHOOK, BY_ASKING)]
        assert asked.status == heard.status
        assert await shop.rows(TOLD.format(BY_ASKING)) == await shop.rows(TOLD.format(BY_WEBHOOK))
