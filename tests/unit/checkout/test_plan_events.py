"""What follows from events: one plan after another, over a database that is played."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.events import ChargeReport, DisputeReport, FraudWarningReport, Metadata, RefundReport
from checkout.model.intent_facts import CardUsed
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from checkout.payments.plan_events import plan
from checkout.payments.rules import Known
from tests.support.clock import NOON
from tests.support.event_samples import (
    RECEIPT_AND_FIRST,
    RULES,
    FakeDatabase,
    charge_refunded,
    dispute,
    event,
    failed,
    intent,
    kinds,
    refund,
)
from tests.support.payments import a_payment

CARD = CardUsed("card", "visa", "4242")


def test_a_success_is_told_in_chat_and_by_mail() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(intent("succeeded"))
    assert shop.payment.status is Status.PAID
    assert shop.payment.receipt_number == 1
    assert shop.payment.paid_at == NOON
    assert kinds(todo) == RECEIPT_AND_FIRST
    assert todo.silenced == set(), "no failure notice was ever queued"


def test_a_repeated_event_changes_nothing() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    again = shop.take(intent("succeeded"))
    assert again.events == []
    assert again.messages == []
    assert again.changed == {}


def test_a_repeat_within_one_group_changes_nothing() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(intent("succeeded"), intent("succeeded"))
    assert len(todo.events) == 1
    assert kinds(todo) == RECEIPT_AND_FIRST


def test_a_failure_may_be_followed_by_success_but_never_the_other_way() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(failed("ch_1"))
    assert (shop.payment.status, shop.payment.failure_code) == (Status.FAILED, "insufficient_funds")
    shop.take(intent("succeeded"))
    assert (shop.payment.status, shop.payment.failure_code) == (Status.PAID, None)
    late = shop.take(failed("ch_0"))
    assert shop.payment.status is Status.PAID
    assert late.messages == []


def test_a_failure_of_an_earlier_attempt_leaves_the_one_under_way_alone() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("processing", charge="py_2"))
    late = shop.take(failed("ch_1"))
    assert shop.payment.status is Status.PROCESSING
    assert late.messages == []


def test_a_new_attempt_that_still_names_the_charge_before_it_is_under_way() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("payment_failed", charge="ch_1", method="pm_1", failure_code="expired_card"))
    shop.take(intent("processing", charge="ch_1", method="pm_2"))
    assert shop.payment.status is Status.PROCESSING


def test_a_failure_of_the_attempt_under_way_is_told_aloud_and_the_link_lives_on() -> None:
    shop = FakeDatabase(a_payment(expires_at=NOON + timedelta(minutes=1)))
    shop.take(intent("processing", charge="py_1"))
    shop.now = NOON + timedelta(days=3)
    todo = shop.take(failed("py_1"))
    assert shop.payment.status is Status.FAILED
    assert (Channel.CHAT, Kind.PAYMENT_FAILED) in kinds(todo)
    assert shop.payment.expires_at == shop.now + timedelta(hours=24)


def test_a_failure_mail_waits_ten_minutes_and_the_next_takes_its_place() -> None:
    shop = FakeDatabase(a_payment())
    first = shop.take(failed("ch_1"))
    shop.now += timedelta(minutes=1)
    second = shop.take(failed("ch_2", event_id="evt_z2"))
    shop.now += timedelta(minutes=1)
    third = shop.take(failed("ch_3", event_id="evt_z3"))
    times = [next(m.not_before for m in todo.messages if m.channel is Channel.MAIL) for todo in (first, second, third)]
    assert times == [NOON + timedelta(minutes=minutes) for minutes in (10, 11, 12)]
    assert third.failures_replaced == {"pay_1"}


def test_one_decline_told_by_two_events_is_told_once() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(failed("ch_1"))
    again = shop.take(failed("ch_1", event_id="evt_of_a_look_up"))
    assert again.messages == []
    assert again.failures_replaced == set()


def test_another_amount_currency_or_mode_is_kept_for_review_and_told_to_admins() -> None:
    for wrong in ({"amount": 100}, {"amount_received": 100}, {"currency": "usd"}, {"livemode": True}):
        shop = FakeDatabase(a_payment())
        todo = shop.take(intent("succeeded", **wrong))
        assert shop.payment.status is Status.REVIEW
        assert kinds(todo) == [(Channel.CHAT, Kind.PAY_MESSAGE), (Channel.CHAT, Kind.ADMIN_REVIEW)]
        assert todo.messages[-1].recipient == "9001"


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("shop_is_live", [True, False], ids=["live shop", "test shop"])
@pytest.mark.parametrize("modes", list(itertools.product([True, False], repeat=3)))
def test_nothing_of_another_mode_than_the_shops_is_ever_delivered(
    modes: tuple[bool, bool, bool], shop_is_live: bool, is_known: bool
) -> None:
    """Whatever secret signed the event, and whatever mode the row is of."""
    of_row, of_event, of_intent = modes
    shop = FakeDatabase(*([a_payment(livemode=of_row)] if is_known else []), livemode=shop_is_live)
    success = replace(intent("succeeded", livemode=of_intent), livemode=of_event)
    todo = shop.take(success)
    matches = {of_event, of_intent, *([of_row] if is_known else [])} == {shop_is_live}
    assert (shop.payment.status is Status.PAID) == matches
    assert (Kind.PAYMENT_PAID in [one.kind for one in todo.messages]) == matches
    if not matches:
        assert shop.payment.status is Status.REVIEW
        assert Kind.ADMIN_REVIEW in [one.kind for one in todo.messages]


def test_what_is_tried_out_in_the_other_mode_beside_the_shop_is_not_taken_in() -> None:
    shop = FakeDatabase(livemode=True)
    for kind in ("created", "processing", "payment_failed", "canceled"):
        todo = shop.take(intent(kind, f"evt_{kind}"))
        assert (todo.inserted, todo.messages, todo.new_orphans) == ({}, [], [])


def test_another_shops_payment_is_left_alone() -> None:
    shop = FakeDatabase(a_payment())
    theirs = Metadata("another-shop", "pay_1", "x@example.com", "guide", 1)
    nobodys = Metadata()
    for metadata in (theirs, nobodys):
        for report in (
            intent("succeeded", f"evt_{metadata.shop}", metadata=metadata, intent_id="pi_x"),
            event("charge.succeeded", ChargeReport("pi_x", "ch_x", 0, metadata, CARD)),
        ):
            todo = shop.take(report)
            assert (todo.changed, todo.inserted, todo.messages, todo.new_orphans) == ({}, {}, [], [])
            assert (todo.events, todo.foreign) == ([], {report.event_id})


def test_of_doctors_probe_is_noted_that_it_has_come_and_no_more() -> None:
    shop = FakeDatabase()
    todo = shop.take(intent("created", metadata=Metadata(probe="7f"), intent_id="pi_probe"))
    assert len(todo.events) == 1
    assert (todo.inserted, todo.messages, todo.new_orphans) == ({}, [], [])


def test_of_a_refund_or_dispute_that_may_be_anybodys_only_ids_and_amounts_are_kept() -> None:
    shop = FakeDatabase()
    theirs = Metadata("", "order 7", "their.customer@example.com", "shoes", 77, 3, "refund")
    todo = shop.take(
        event("refund.created", RefundReport("pi_x", "re_x", 500, "succeeded", theirs, "for Ann", 77)),
        event("charge.dispute.closed", DisputeReport("pi_x", "dp_x", 500, "lost", "fraudulent", None, theirs, "usd")),
        event("radar.warning", FraudWarningReport("pi_x", "issfr_x", "made_with_lost_card", theirs)),
    )
    assert [one.report for one in todo.new_orphans] == [
        RefundReport("pi_x", "re_x", 500, "succeeded", Metadata()),
        DisputeReport("pi_x", "dp_x", 500, "lost", "fraudulent", None, Metadata(), "usd"),
        FraudWarningReport("pi_x", "issfr_x", "made_with_lost_card", Metadata()),
    ]


def test_a_payment_that_was_lost_is_taken_in_from_its_metadata() -> None:
    shop = FakeDatabase()
    shop.take(intent("succeeded", description="City guide"))
    found = shop.payment
    assert found.status is Status.PAID
    assert (found.email, found.sku, found.telegram_user_id) == ("anna@example.com", "guide", 42)
    assert found.pay_token == "token-of-pay_1"
    assert found.receipt_number == 1


@pytest.mark.parametrize("in_one_group", [True, False])
def test_a_refund_before_its_success_waits_for_it_even_when_the_payment_is_unknown(in_one_group: bool) -> None:
    shop = FakeDatabase()
    events = [refund("re_1", 1900, "succeeded"), refund("re_9", 500, "succeeded", "pi_9"), intent("succeeded")]
    for group in [events] if in_one_group else [[one] for one in events]:
        shop.take(*group)
    assert (shop.payment.status, list(shop.payment.facts.refunds)) == (Status.REFUNDED, ["re_1"])
    assert list(shop.orphans) == ["pi_9"], "of this one nobody knows yet"


def test_a_webhook_that_overtakes_our_own_write_is_joined_by_metadata() -> None:
    shop = FakeDatabase(a_payment(payment_intent_id=None))
    shop.take(intent("succeeded"))
    assert (shop.payment.status, shop.payment.payment_intent_id) == (Status.PAID, "pi_1")


def test_a_canceled_intent_gives_way_to_a_fresh_one() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("canceled"))
    assert shop.payment.status is Status.CANCELED
    fresh = shop.payment.with_fresh_intent("pi_2", 2, NOON)
    assert fresh.status is Status.PENDING
    shop.payments["pay_1"] = fresh
    shop.take(intent("canceled", "evt_again"))
    assert shop.payment.status.value == "pending"


@pytest.mark.parametrize("kinds", [("processing", "canceled"), ("canceled", "processing")])
def test_what_was_with_the_bank_and_is_canceled_is_so_in_any_order(kinds: tuple[str, str]) -> None:
    shop = FakeDatabase(a_payment())
    for kind in kinds:
        shop.take(intent(kind, f"evt_{kind}"))
    assert shop.payment.status is Status.CANCELED


def test_a_second_intent_that_is_paid_too_is_told_to_an_admin() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    todo = shop.take(intent("succeeded", "evt_second", intent_id="pi_2"))
    assert kinds(todo) == [(Channel.CHAT, Kind.ADMIN_PAID_TWICE), (Channel.STRIPE, Kind.STRIPE_NOTE)]


def test_refunds_add_up_and_a_failed_one_is_taken_back() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"), refund("re_1", 500, "succeeded"))
    assert (shop.payment.status, shop.payment.amount_refunded) == (Status.PARTIALLY_REFUNDED, 500)
    todo = shop.take(refund("re_2", 1400, "succeeded"), charge_refunded(1900))
    assert (shop.payment.status, shop.payment.amount_refunded) == (Status.REFUNDED, 1900)
    assert kinds(todo).count((Channel.MAIL, Kind.PAYMENT_REFUNDED)) == 1
    todo = shop.take(refund("re_2", 1400, "failed"))
    assert (shop.payment.status, shop.payment.amount_refunded) == (Status.PARTIALLY_REFUNDED, 500)
    assert (Channel.CHAT, Kind.ADMIN_REFUND_FAILED) in kinds(todo)


def test_a_dispute_is_told_to_admins_alone_and_a_won_one_gives_the_payment_back() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    todo = shop.take(dispute("needs_response"))
    assert shop.payment.status is Status.DISPUTED
    assert kinds(todo) == [(Channel.CHAT, Kind.PAY_MESSAGE), (Channel.CHAT, Kind.ADMIN_DISPUTE)]
    shop.take(dispute("won"))
    assert shop.payment.status.value == "paid"


def test_a_type_that_changes_nothing_is_kept_as_seen() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(event("payout.paid", None))
    assert [(one.event_id, payment_id) for one, payment_id in todo.events] == [("evt_payout.paid", None)]


def test_an_intent_made_while_its_link_was_closed_is_to_be_canceled() -> None:
    closed = a_payment(payment_intent_id=None).closed(NOON)
    assert closed.close_intent_at is None, "there is none yet"
    late = closed.with_fresh_intent("pi_late", 1, NOON)
    assert (late.status, late.close_intent_at) == (Status.EXPIRED, NOON)
    assert a_payment().closed(NOON).close_intent_at == NOON


def told_to(todo: object, kind: Kind) -> list[tuple[str, str]]:
    return [(one.recipient, one.dedupe_key) for one in todo.messages if one.kind is kind]  # type: ignore[attr-defined]


def test_the_first_payment_ever_is_told_once_whichever_it_is() -> None:
    first = plan(Known([a_payment()]), [intent("succeeded")], RULES, NOON)
    second = Known([a_payment()], last_receipt_number=1)
    assert told_to(first, Kind.ADMIN_FIRST_PAYMENT) == [("9001", "chat/admin_first_payment/9001")]
    assert told_to(plan(second, [intent("succeeded")], RULES, NOON), Kind.ADMIN_FIRST_PAYMENT) == []


@pytest.mark.parametrize(("maker", "told"), [(9001, ["9001"]), (9002, ["9002"]), (7, ["9001", "9002"])])
def test_who_made_an_invoice_hears_that_it_is_paid_or_all_once_they_left(maker: int, told: list[str]) -> None:
    rules = replace(RULES, admin_ids=(9001, 9002))
    known = Known([a_payment(sku="inv_x")], invoice_makers={"inv_x": maker})
    todo = plan(known, [intent("succeeded")], rules, NOON)
    assert [who for who, _ in told_to(todo, Kind.ADMIN_INVOICE_PAID)] == told, "and that it is the shop's first"
    assert [who for who, _ in told_to(todo, Kind.ADMIN_FIRST_PAYMENT)] == sorted({"9001", "9002"} - set(told))
    again = plan(replace(known, payments=list(todo.changed.values())), [intent("succeeded", "evt_2")], rules, NOON)
    assert told_to(again, Kind.ADMIN_INVOICE_PAID) == []
