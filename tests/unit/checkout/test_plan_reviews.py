"""A payment that cannot be right is kept for review; what ends the review."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from checkout.model.events import ChargeReport, DecisionReport, Metadata, ProviderEvent
from checkout.model.intent_facts import CardUsed
from checkout.model.message_content import Review
from checkout.model.message_kind import Kind
from checkout.model.money import Money
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from tests.support.clock import NOON
from tests.support.event_samples import (
    OURS,
    RECEIPT_AND_FIRST,
    FakeDatabase,
    charge_refunded,
    dispute,
    event,
    intent,
    kinds,
    refund,
    refunds_told,
)
from tests.support.payments import TRANSITIONS, a_payment


def odd(intent_id: str = "pi_1") -> ProviderEvent:
    return intent("succeeded", f"evt_odd_{intent_id}", intent_id=intent_id, amount=1500, amount_received=1500)


def decided() -> ProviderEvent:
    report = DecisionReport("pi_1", 9001, Metadata("night-market", "pay_1"))
    return event("shop.delivered", report, "decision/pay_1/deliver")


def test_a_decision_to_deliver_ends_the_review_with_what_was_received() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd())
    assert (shop.payment.status, shop.payment.amount) == (Status.REVIEW, 1900)
    assert shop.payment.taken == Money(1900, "eur"), "until somebody has decided"
    todo = shop.take(decided())
    assert (shop.payment.status, shop.payment.amount, shop.payment.receipt_number) == (Status.PAID, 1900, 1)
    assert shop.payment.taken == Money(1500, "eur")
    assert kinds(todo) == [*RECEIPT_AND_FIRST, (Channel.CHAT, Kind.ADMIN_REVIEW)]
    assert todo.messages[-1].content == Review("pi_1: amount 1500 instead of 1900", edits=0)
    assert shop.take(decided()).changed == {}


@pytest.mark.parametrize(("given_back", "status"), [(1900, Status.PARTIALLY_REFUNDED), (2500, Status.REFUNDED)])
def test_the_whole_of_what_was_delivered_is_what_came_in(given_back: int, status: Status) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded", amount=2500, amount_received=2500), decided())
    shop.take(refund("re_1", given_back, "succeeded"))
    assert (shop.payment.status, shop.payment.kept) == (status, Money(2500 - given_back, "eur"))


@pytest.mark.parametrize(("amount", "received"), [(1500, 1500), (1900, 1500), (1500, 0)])
def test_under_review_is_what_has_come_and_not_what_was_asked_for(amount: int, received: int) -> None:
    """Of older PaymentIntents Stripe may name no sum that was received."""
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded", amount=amount, amount_received=received))
    assert (shop.payment.status, shop.payment.came_in) == (Status.REVIEW, Money(1500, "eur"))


def test_its_alert_is_brought_up_to_date_whenever_it_ends_or_begins_anew() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd())
    turned = []
    for status, then in (("succeeded", Status.REFUNDED), ("failed", Status.REVIEW)):
        todo = shop.take(refund("re_all", 1500, status))
        assert shop.payment.status is then
        turned += [
            one.dedupe_key for one in todo.messages if isinstance(one.content, Review) and one.content.edits == 0
        ]
    assert len(set(turned)) == 2


def test_how_it_was_paid_is_known_of_a_payment_that_cannot_be_right_too() -> None:
    """An admin compares it with Stripe; on the receipt of what is delivered all the same it stands as on any other."""
    shop, card = FakeDatabase(a_payment()), CardUsed("card", "visa", "4242")
    charge = event("charge.succeeded", ChargeReport("pi_1", "ch_1", 0, OURS, card=card))
    shop.take(odd(), charge)
    assert (shop.payment.status, shop.payment.facts.card) == (Status.REVIEW, card)
    shop.take(decided())
    assert (shop.payment.status, shop.payment.facts.card) == (Status.PAID, card)
    for order in permutations((intent("succeeded"), charge)):
        right = FakeDatabase(a_payment())
        right.take(*order)
        assert right.payment.facts.card == card


def test_a_decision_about_a_payment_that_is_not_under_review_changes_nothing() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(decided())
    assert shop.payment.status is Status.PENDING
    assert todo.messages == []


def test_a_refund_of_what_was_received_ends_the_review_and_is_told_once() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd("pi_other"))
    assert shop.payment.payment_intent_id == "pi_other", "the one that holds the money"
    shop.take(refund("re_1", 700, "succeeded", "pi_other"))
    assert shop.payment.status is Status.REVIEW
    todo = shop.take(refund("re_2", 800, "succeeded", "pi_other"))
    assert (shop.payment.status, shop.payment.amount, shop.payment.amount_refunded) == (Status.REFUNDED, 1900, 1500)
    assert (Channel.MAIL, Kind.PAYMENT_REFUNDED) in kinds(todo)
    assert shop.payment.receipt_number is None, "nothing was delivered"
    again = shop.take(charge_refunded(1500))
    assert kinds(again) == []


def to_give_back() -> ProviderEvent:
    return event("shop.refund", DecisionReport("pi_1", 9001, OURS, "refund"), "decision/pay_1/refund")


@pytest.mark.parametrize(
    ("events", "status", "gone", "waits"),
    [
        ([dispute("needs_response")], Status.REVIEW, 0, True),
        ([dispute("lost")], Status.REFUNDED, 1500, False),
        ([to_give_back(), dispute("lost")], Status.REFUNDED, 1500, False),
        ([to_give_back(), dispute("lost"), refund("re_1", 1500, "pending")], Status.REFUNDED, 1500, False),
        ([dispute("lost"), refund("re_1", 1500, "succeeded")], Status.REFUNDED, 1500, False),
        ([dispute("lost", amount=700)], Status.REVIEW, 700, True),
        ([dispute("lost", amount=700), refund("re_1", 800, "succeeded")], Status.REFUNDED, 1500, False),
        ([dispute("lost", amount=1600, currency="usd")], Status.REFUNDED, 1500, False),
        ([dispute("lost", "pi_other"), odd("pi_other")], Status.REVIEW, 0, True),
        ([decided(), dispute("lost")], Status.DISPUTED, 0, False),
    ],
)
def test_what_a_bank_has_taken_under_review_has_gone_back(
    events: list[ProviderEvent], status: Status, gone: int, waits: bool
) -> None:
    for order in (events, events[::-1]) if decided() not in events else (events,):
        shop = FakeDatabase(a_payment())
        shop.take(odd())
        for one in order:
            shop.take(one)
        payment = shop.payment
        assert (payment.status, payment.amount_refunded, payment.waits_for_a_decision) == (status, gone, waits)
        assert not payment.may_refund_again
        done = [one.amount for one in payment.facts.refunds.values() if one.status == "succeeded"]
        assert [one.amount_refunded for one in refunds_told(shop) if one.state == "given_back"] == done


def test_what_a_bank_has_taken_is_under_review_again_where_the_dispute_is_won_after_all() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd(), to_give_back(), dispute("lost"))
    won = dispute("won")
    todo = shop.take(replace(won, created=won.created + timedelta(days=1)))
    assert (shop.payment.status, shop.payment.may_refund_again) == (Status.REVIEW, True)
    assert (Channel.CHAT, Kind.PAY_MESSAGE) in kinds(todo)


def test_one_that_an_older_program_left_under_review_ends_at_the_next_look_up() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd(), dispute("lost"))
    shop.payments["pay_1"] = replace(shop.payment, status=Status.REVIEW, amount_refunded=0)
    shop.take(replace(odd(), event_id="found/1", asked_at=NOON))
    assert (shop.payment.status, shop.payment.amount_refunded) == (Status.REFUNDED, 1500)


def test_a_refund_under_review_that_fails_leaves_it_to_a_person_again() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd(), refund("re_1", 1500, "succeeded"))
    assert shop.payment.status.value == "refunded"
    todo = shop.take(refund("re_1", 1500, "failed"))
    assert shop.payment.status is Status.REVIEW
    assert (Channel.CHAT, Kind.ADMIN_REFUND_FAILED) in kinds(todo)
    assert (Channel.CHAT, Kind.PAY_MESSAGE) in kinds(todo)


def test_the_agreed_payment_wins_over_what_was_received_otherwise() -> None:
    for order in permutations((odd("pi_other"), intent("succeeded"))):
        shop = FakeDatabase(a_payment())
        shop.take(*order)
        assert (shop.payment.status, shop.payment.amount, shop.payment.payment_intent_id) == (Status.PAID, 1900, "pi_1")
        assert shop.payment.taken == shop.payment.came_in == Money(1900, "eur")
        shop.take(refund("re_1", 1500, "succeeded", "pi_other"))
        assert (shop.payment.status, shop.payment.kept) == (Status.PAID, Money(1900, "eur"))
        assert [(one.amount, one.amount_refunded) for one in refunds_told(shop)] == [(1500, 0)]


def test_what_was_refunded_under_review_is_no_sale_for_a_database_that_has_lost_it() -> None:
    shop = FakeDatabase()
    shop.now = NOON + timedelta(days=1)
    todo = shop.take(intent("succeeded", metadata=replace(OURS, review="refund")))
    assert (shop.payment.status, shop.payment.paid_at, shop.payment.receipt_number) == (Status.REVIEW, None, None)
    assert (Channel.MAIL, Kind.PAYMENT_PAID) not in kinds(todo)
    shop.take(refund("re_1", 1900, "succeeded"))
    assert (shop.payment.status, shop.payment.amount_refunded) == (Status.REFUNDED, 1900)


def test_a_refund_that_was_decided_is_carried_out_by_a_database_that_has_lost_it() -> None:
    shop = FakeDatabase()
    shop.now = NOON + timedelta(days=1)
    todo = shop.take(intent("succeeded", metadata=replace(OURS, review="refund")))
    assert kinds(todo) == [(Channel.STRIPE, Kind.STRIPE_REFUND), (Channel.STRIPE, Kind.STRIPE_NOTE)]
    told = shop.take(refund("re_1", 1900, "succeeded"))
    assert kinds(told) == [], "the customer has heard of it before"


def test_a_sale_that_once_had_something_given_back_stays_a_sale() -> None:
    shop = FakeDatabase()
    shop.take(intent("succeeded", metadata=replace(OURS, review="refund", receipt=4)))
    assert (shop.payment.status, shop.payment.receipt_number) == (Status.PAID, 4)


def unpaid(kind: str, **changes: Any) -> ProviderEvent:
    return intent(kind, f"evt_unpaid_{kind}", **{"amount": 1500, **changes})


@pytest.mark.parametrize("kind", ["created", "requires_action", "processing", "payment_failed"])
def test_without_money_there_is_nothing_to_decide(kind: str) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(unpaid(kind))
    assert (shop.payment.status, shop.payment.waits_for_a_decision) == (Status.REVIEW, False)
    assert shop.take(decided()).changed == {}
    assert shop.payment.status is Status.REVIEW


def test_that_money_has_come_in_by_it_is_news_to_decide_about() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(unpaid("payment_failed"))
    todo = shop.take(odd())
    assert shop.payment.waits_for_a_decision
    assert [one.content for one in todo.messages if isinstance(one.content, Review)] == [
        Review("pi_1: amount 1500 instead of 1900")
    ]
    shop.take(decided())
    assert (shop.payment.status, shop.payment.taken) == (Status.PAID, Money(1500, "eur"))


@pytest.mark.parametrize("order", list(permutations(("payment_failed", "processing", "canceled"))))
def test_one_that_was_canceled_without_money_is_over_and_the_link_goes_on(order: tuple[str, ...]) -> None:
    shop = FakeDatabase(a_payment())
    for kind in order:
        shop.take(unpaid(kind))
    assert shop.payment.status is Status.CANCELED
    alerts = [one.content for todo in shop.plans for one in todo.messages if isinstance(one.content, Review)]
    assert {one.edits for one in alerts[1:]} <= {0}, "the one that was sent says how it ended"
    assert (len(alerts) > 1) is (order[0] != "canceled")
    fresh = shop.payment.with_fresh_intent("pi_2", 2, NOON)
    assert fresh.status is Status.PENDING
    again = FakeDatabase(fresh)
    again.take(intent("succeeded", intent_id="pi_2"))
    assert (again.payment.status, again.payment.facts.odd_money) == (Status.PAID, None)


def test_a_link_whose_own_intent_is_open_goes_on_by_that() -> None:
    shop = FakeDatabase(a_payment())
    for kind in ("processing", "canceled"):
        shop.take(unpaid(kind, intent_id="pi_beside"))
    assert (shop.payment.status, shop.payment.payment_intent_id) == (Status.PENDING, "pi_1")
    assert shop.payment.status in TRANSITIONS[Status.REVIEW]
