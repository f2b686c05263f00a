"""A refund that a review has decided and that has failed: which request is made next, and when none is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checkout.model import keys
from checkout.model.activity import MessageNoted
from checkout.model.events import DecisionReport, Metadata, ProviderEvent, RefundReport
from checkout.model.message_content import StripeNote, StripeRefund
from checkout.model.message_kind import Kind
from checkout.model.money import Money
from checkout.model.outbox import Channel, State
from checkout.model.payment import Status
from checkout.payments.repeat_refund import next_request
from tests.support.clock import NOON
from tests.support.event_samples import OURS, FakeDatabase, charge_refunded, event, intent, kinds, refund, refunds_told
from tests.support.payments import a_payment

ODD = intent("succeeded", amount=1500, amount_received=1500)
DECIDED = event("shop.refund", DecisionReport("pi_1", 9001, Metadata("night-market", "pay_1"), "refund"), "decision/r")
W, S, P, D = State.WAITING, State.SENT, State.PARKED, State.DROPPED


def decided_to_refund(*events: ProviderEvent) -> FakeDatabase:
    shop = FakeDatabase(a_payment())
    for one in (ODD, DECIDED, *events):
        shop.take(one)
    return shop


def asked(number: int, state: State, at: datetime = NOON) -> MessageNoted:
    content = StripeRefund("pi_1", number)
    return MessageNoted(Channel.STRIPE, content, "pay_1", state, "", "", at, at, None)


def by_review(number: int, status: str) -> ProviderEvent:
    """A refund that this request has made."""
    made = refund(f"re_{number}", 1500, status)
    assert isinstance(made.report, RefundReport)
    return replace(made, report=replace(made.report, request=keys.review_request("pi_1", number), asked_by=9001))


@pytest.mark.parametrize(
    ("events", "rows", "following"),
    [
        ([], [W], None),
        ([], [S], None),
        ([], [P], 1),
        ([], [D], 1),
        ([], [P, W], None),
        ([], [P, P], 2),
        ([by_review(0, "pending")], [S], None),
        ([by_review(0, "failed")], [S], 1),
        ([by_review(0, "canceled")], [S], 1),
        ([by_review(0, "failed")], [S, W], None),
        ([by_review(0, "failed")], [S, S], None),
        ([by_review(0, "failed"), by_review(1, "failed")], [S, S], 2),
        # The database is lost, or older than the requests: Stripe tells of those that have failed.
        ([by_review(0, "failed")], [], 1),
        ([by_review(0, "failed"), by_review(1, "failed")], [S], 2),
        # All was on its way back by Stripe's dashboard when the decision was carried out; then that failed.
        ([refund("re_dashboard", 1500, "failed")], [S], 1),
        ([refund("re_dashboard", 1500, "failed")], [S, W], None),
        ([refund("re_dashboard", 1500, "failed")], [S, S], None),
    ],
)
def test_a_new_request_is_made_only_once_the_former_has_failed(
    events: list[ProviderEvent], rows: list[State], following: int | None
) -> None:
    payment = decided_to_refund(*events).payment
    noted = [asked(number, state) for number, state in enumerate(rows)]
    assert next_request(payment, "pi_1", noted) == following
    assert next_request(payment, "pi_2", noted) == 0, "of another PaymentIntent nothing was asked"


@pytest.mark.parametrize(
    ("events", "may_again"),
    [
        ([], True),
        ([by_review(0, "pending")], False),
        ([by_review(0, "succeeded")], False),
        ([by_review(0, "succeeded"), by_review(0, "failed")], True),
        ([by_review(0, "failed"), by_review(1, "pending")], False),
        ([refund("re_part", 500, "succeeded"), by_review(0, "failed")], True),
        ([charge_refunded(1500)], False),
    ],
)
def test_it_is_offered_while_money_is_neither_back_nor_on_its_way(events: list[ProviderEvent], may_again: bool) -> None:
    assert decided_to_refund(*events).payment.may_refund_again is may_again


def test_what_went_back_otherwise_is_not_asked_for_again() -> None:
    facts = decided_to_refund(refund("re_part", 500, "succeeded"), by_review(0, "failed")).payment.facts
    assert facts.not_given_back == {"pi_1": Money(1000, "eur")}


@pytest.mark.parametrize("order", [1, -1])
def test_a_database_that_has_lost_it_carries_the_decision_out_and_may_repeat_it(order: int) -> None:
    """The first request is made once more under its key: Stripe answers with the refund that has failed."""
    shop = FakeDatabase()
    shop.now = NOON + timedelta(days=1)
    shop.take(*[intent("succeeded", metadata=replace(OURS, review="refund")), by_review(0, "failed")][::order])
    assert [message.content for todo in shop.plans for message in todo.messages] == [
        StripeRefund("pi_1"),
        StripeNote(),
    ]
    assert shop.payment.may_refund_again
    assert next_request(shop.payment, "pi_1", [asked(0, S)]) == 1


@pytest.mark.parametrize("decision", ["deliver", ""])
def test_nothing_is_repeated_that_was_not_decided(decision: str) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(ODD)
    if decision:
        report = DecisionReport("pi_1", 9001, Metadata("night-market", "pay_1"), decision)
        shop.take(event("shop.deliver", report, "decision/d"))
    assert not shop.payment.may_refund_again


def test_whoever_heard_of_money_that_failed_afterwards_hears_that_too() -> None:
    """And of the refund that came in the end, with the total."""
    shop = decided_to_refund(by_review(0, "succeeded"), by_review(0, "failed"))
    shop.take(by_review(1, "succeeded"))
    assert shop.payment.status is Status.REFUNDED
    assert [(one.state, one.amount_refunded) for one in refunds_told(shop)] == [
        ("given_back", 1500),
        ("failed", 0),
        ("given_back", 1500),
    ]


def test_whoever_heard_of_no_refund_does_not_hear_that_it_failed() -> None:
    shop = decided_to_refund(by_review(0, "pending"), by_review(0, "failed"))
    assert refunds_told(shop) == []
    shop.take(by_review(1, "succeeded"))
    assert [one.state for one in refunds_told(shop)] == ["given_back"]


def test_admins_hear_of_each_failure() -> None:
    shop = decided_to_refund()
    first, second = shop.take(by_review(0, "failed")), shop.take(by_review(1, "failed"))
    assert (Channel.CHAT, Kind.ADMIN_REFUND_FAILED) in kinds(first)
    assert (Channel.CHAT, Kind.ADMIN_REFUND_FAILED) in kinds(second)
    assert first.messages[0].dedupe_key != second.messages[0].dedupe_key
