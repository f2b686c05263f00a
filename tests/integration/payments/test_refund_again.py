"""What a review has decided to give back fails, and an admin asks for it again: once, whoever presses."""

import asyncio
from dataclasses import replace

import pytest

from checkout.errors import StaleWrite
from checkout.model.audit import Action
from checkout.model.facts import Decision, Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.message_content import StripeRefund
from checkout.model.payment import Payment
from checkout.payments.decide_review import DecideReview
from checkout.payments.repeat_refund import RepeatRefund
from db.engine.connection import Database
from db.storage import DatabaseStorage
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import BEN, MIRA
from tests.support.clock import NOON, MovedClock
from tests.support.payments import a_payment, keep
from tests.support.shop import Shop, running_shop, until


def refund_failed(request: str = "review-pi_1") -> Payment:
    facts = PaymentFacts(
        mismatches={"odd": Mismatch("pi_1")},
        received={"pi_1": Received(1500, "eur", False, NOON)},
        decision=Decision("refund", 9001, NOON),
        refunds={"re_1": RefundFact(1500, "failed", request, "pi_1")},
    )
    return a_payment().with_facts(facts, NOON)


async def test_of_two_admins_on_two_replicas_one_asks(database: Database) -> None:
    storage = DatabaseStorage(database)
    await keep(storage, refund_failed())
    repeats = [RepeatRefund(storage, MovedClock(NOON)) for _ in range(2)]
    done = await asyncio.gather(*(one.ask("pay_1", 9001) for one in repeats), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["NoneType", "StaleWrite"]
    async with storage.read() as tx:
        rows = await tx.outbox.of_payment("pay_1")
        entries = await tx.audit.of_payment("pay_1")
    assert [row.content for row in rows] == [StripeRefund("pi_1", 1)]
    assert [entry.action for entry in entries] == [Action.REFUND_REPEATED]


async def under_review(shop: Shop, card: str) -> tuple[str, str, DecideReview]:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.payment_intents[intent_id]["amount"] = 1500
    shop.stripe.pay(intent_id, card)
    await shop.until_status(token, "review")
    payment_id = shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"]
    services, shop_id = shop.services, shop.services.catalog.shop.shop_id
    return payment_id, token, DecideReview(services.storage, shop.clock, shop.recording.writer, shop_id=shop_id)


def refunds_go_well(shop: Shop) -> None:
    for method, known in shop.stripe.store.cards.items():
        shop.stripe.store.cards[method] = replace(known, card=replace(known.card, refund="at_once"))


@pytest.mark.parametrize("heard", ["by webhook", "by asking"])
async def test_a_refund_that_failed_is_asked_for_again_in_the_chat(heard: str) -> None:
    async with running_shop() as shop:
        await shop.ask(MIRA, "/start")
        payment_id, token, review = await under_review(shop, "4000000000005126")
        if heard == "by asking":
            shop.stripe.switches.delivery = Delivery.NONE
        await review.refund(payment_id, MIRA.id)

        async def has_failed() -> bool:
            return any(one["status"] == "failed" for one in shop.stripe.refunds.values())

        await until(has_failed, "the refund to fail")
        await shop.periodic_tasks.reconcile.run_once(since=shop.clock.now().replace(year=2020))
        alert = await shop.telegram.wait_for(MIRA, lambda one: "A refund failed" in one.text)
        refunds_go_well(shop)
        shop.stripe.switches.delivery = Delivery.NORMAL
        shop.telegram.press(MIRA, alert.message_id, f"review:refund:{payment_id}")
        question = await shop.telegram.wait_for(MIRA, lambda one: any("yes:" in data for data in one.callbacks))
        shop.telegram.press(MIRA, question.message_id, next(one for one in question.callbacks if "yes:" in one))
        await shop.until_status(token, "refunded")
        assert [one["status"] for one in shop.stripe.refunds.values()] == ["failed", "succeeded"]
        with pytest.raises(StaleWrite):
            await review.refund(payment_id, MIRA.id)


@pytest.mark.parametrize("won", [True, False])
async def test_a_refund_that_stripe_refuses_says_why_and_may_be_asked_for_again_unless_all_is_gone(won: bool) -> None:
    async with running_shop() as shop:
        await shop.ask(MIRA, "/start")
        payment_id, token, review = await under_review(shop, "4242424242424242")
        charge = next(iter(shop.stripe.store.charges.values()))
        dispute = shop.stripe.dispute(charge["payment_intent"])
        await review.refund(payment_id, MIRA.id)
        alert = await shop.telegram.wait_for(MIRA, lambda one: "A refund failed" in one.text)
        assert "has taken the money back already, by a dispute" in alert.text
        assert shop.stripe.refunds == {}
        shop.stripe.close_dispute(dispute["id"], won=won)
        if not won:
            await shop.until_status(token, "refunded")
            card = await shop.ask(MIRA, f"/payment {payment_id}")
            assert not any(data.startswith("review:") for data in card.callbacks)
            return
        shop.telegram.press(MIRA, alert.message_id, f"review:refund:{payment_id}")
        question = await shop.telegram.wait_for(MIRA, lambda one: any("yes:" in data for data in one.callbacks))
        shop.telegram.press(MIRA, question.message_id, next(one for one in question.callbacks if "yes:" in one))
        await shop.until_status(token, "refunded")
        assert len(shop.stripe.refunds) == 1
