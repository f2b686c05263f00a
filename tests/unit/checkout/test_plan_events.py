from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.model.events import DecisionReport, Metadata, ProviderEvent
from checkout.model.message_content import Kind
from checkout.model.money import Money
from checkout.model.outbox import Channel
from checkout.model.payment import SETTLED, TRANSITIONS, Status
from checkout.payments.plan_events import Known, plan
from tests.support.clock import NOON
from tests.support.event_samples import RULES, FakeDatabase, charge_refunded, dispute, event, failed, intent, refund
from tests.support.payments import a_payment

RECEIPT_AND_FIRST = [
    (Channel.CHAT, Kind.PAYMENT_PAID),
    (Channel.MAIL, Kind.PAYMENT_PAID),
    (Channel.CHAT, Kind.ADMIN_FIRST_PAYMENT),
]


def kinds(todo: object) -> list[tuple[Channel, Kind]]:
    return [(message.channel, message.kind) for message in todo.messages]  # type: ignore[attr-defined]


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


def test_the_second_failure_mail_waits_ten_minutes_and_the_third_takes_its_place() -> None:
    shop = FakeDatabase(a_payment())
    first = shop.take(failed("ch_1"))
    shop.now += timedelta(minutes=1)
    second = shop.take(failed("ch_2", event_id="evt_z2"))
    shop.now += timedelta(minutes=1)
    third = shop.take(failed("ch_3", event_id="evt_z3"))
    times = [next(m.not_before for m in todo.messages if m.channel is Channel.MAIL) for todo in (first, second, third)]
    assert times == [NOON, NOON + timedelta(minutes=10), NOON + timedelta(minutes=10)]
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


def test_another_shops_payment_is_left_alone() -> None:
    shop = FakeDatabase(a_payment())
    theirs = Metadata("another-shop", "pay_1", "x@example.com", "guide", 1)
    nobodys = Metadata()
    for metadata in (theirs, nobodys):
        todo = shop.take(intent("succeeded", f"evt_{metadata.shop}", metadata=metadata, intent_id="pi_x"))
        assert (todo.changed, todo.inserted, todo.messages, todo.new_orphans) == ({}, {}, [], [])
        assert len(todo.events) == 1


def test_a_payment_that_was_lost_is_taken_in_from_its_metadata() -> None:
    shop = FakeDatabase()
    shop.take(intent("succeeded", description="City guide"))
    found = shop.payment
    assert found.status is Status.PAID
    assert (found.email, found.sku, found.telegram_user_id) == ("anna@example.com", "guide", 42)
    assert found.pay_token == "token-of-pay_1"
    assert found.receipt_number == 1


def test_a_refund_before_its_success_waits_for_it_even_when_the_payment_is_unknown() -> None:
    shop = FakeDatabase()
    shop.take(refund("re_1", 1900, "succeeded"))
    shop.take(intent("succeeded"))
    assert shop.payment.status is Status.REFUNDED
    assert shop.orphans == {}


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


def test_a_second_intent_that_is_paid_too_is_told_to_an_admin() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    todo = shop.take(intent("succeeded", "evt_second", intent_id="pi_2"))
    assert kinds(todo) == [(Channel.CHAT, Kind.ADMIN_PAID_TWICE)]


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


STORY = [
    intent("created"),
    intent("requires_action", method="pm_1"),
    failed("ch_1"),
    intent("processing", charge="py_2"),
    failed("py_2", "generic_decline"),
    intent("succeeded", charge="ch_ok"),
    intent("canceled"),
    refund("re_1", 500, "pending"),
    refund("re_1", 500, "succeeded"),
    refund("re_2", 300, "succeeded"),
    refund("re_2", 300, "failed"),
    charge_refunded(500),
    dispute("needs_response"),
    dispute("won"),
    intent("succeeded", "evt_wrong", amount=5000, amount_received=5000),
]


def end_of(events: list[ProviderEvent], sizes: list[int]) -> FakeDatabase:
    """The shop after the events came in groups of these sizes; each status on the way is one that is allowed."""
    shop = FakeDatabase(a_payment())
    sizes = [*sizes, len(events)]
    while events:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        before = shop.payment.status
        shop.take(*events[:size])
        events = events[size:]
        assert shop.payment.status is before or shop.payment.status in TRANSITIONS[before]
    return shop


@settings(max_examples=400)
@given(st.data())
def test_every_order_and_any_number_of_repeats_end_in_the_same_state(data: st.DataObject) -> None:
    told = data.draw(st.lists(st.sampled_from(STORY), unique_by=lambda one: one.event_id, min_size=1))
    shuffled = data.draw(st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=6))))
    sizes = data.draw(st.lists(st.integers(1, 4), max_size=8))
    straight, mixed = end_of(list(told), [1] * len(told)), end_of(list(shuffled), sizes)
    for name in ("status", "amount_refunded", "paid_at", "payment_intent_id", "failure_code", "facts"):
        assert getattr(straight.payment, name) == getattr(mixed.payment, name), name
    paid = any(one.event_id == "evt_payment_intent.succeeded" for one in told)
    assert (mixed.payment.status in SETTLED) == paid
    assert mixed.payment.receipt_number == (1 if paid else None)
    for channel in ("mail", "chat"):
        assert (f"{channel}/payment_paid/pay_1/" in mixed.dedupe_keys()) == paid


@settings(max_examples=200)
@given(st.permutations(STORY), st.integers(1, len(STORY)), st.lists(st.integers(1, 4), max_size=8))
def test_the_days_figures_are_what_the_payment_shows(events: list[ProviderEvent], n: int, sizes: list[int]) -> None:
    shop = end_of(events[:n], sizes)
    payment, rows = shop.payment, [row for todo in shop.plans for row in todo.totals.rows()]
    tried, paid, gross, refunded = (
        (sum(one) for one in zip(*(row[1:] for row in rows), strict=True)) if rows else [0] * 4
    )
    failures = {key for facts in payment.facts.intents.values() for key in facts.failures}
    is_paid = payment.paid_at is not None
    assert (paid, gross, tried) == (int(is_paid), is_paid * 1900, int(is_paid or bool(failures)))
    assert refunded == (payment.amount_refunded if is_paid else 0)
    assert sum(n for todo in shop.plans for n in todo.totals.declines.values()) == len(failures)
    assert {row[0].day for row in rows} <= {"2026-11-22"}


REPEATABLE = (Kind.PAY_MESSAGE, Kind.PAYMENT_REFUNDED)  # planned again; the outbox knows their keys


@given(st.permutations(STORY))
def test_nothing_is_told_twice_whatever_the_order(events: list[ProviderEvent]) -> None:
    shop = end_of([*events, *events], [1] * 40)
    keys = [m.dedupe_key for todo in shop.plans for m in todo.messages if m.kind not in REPEATABLE]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("status", sorted(SETTLED))
def test_money_that_was_taken_is_never_untaken(status: Status) -> None:
    assert TRANSITIONS[status] == SETTLED


def odd(intent_id: str = "pi_1") -> ProviderEvent:
    return intent("succeeded", f"evt_odd_{intent_id}", intent_id=intent_id, amount=1500, amount_received=1500)


def decided() -> ProviderEvent:
    report = DecisionReport("pi_1", 9001, Metadata("night-market", "pay_1"))
    return event("shop.delivered", report, "decision/pay_1/deliver")


def test_a_decision_to_deliver_ends_the_review_with_what_was_received() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd())
    assert (shop.payment.status, shop.payment.amount) == (Status.REVIEW, 1900)
    todo = shop.take(decided())
    assert (shop.payment.status, shop.payment.amount, shop.payment.receipt_number) == (Status.PAID, 1900, 1)
    assert shop.payment.taken == Money(1500, "eur")
    assert kinds(todo) == RECEIPT_AND_FIRST
    assert shop.take(decided()).changed == {}


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


def test_the_agreed_payment_wins_over_what_was_received_otherwise() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(odd("pi_other"), intent("succeeded"))
    assert (shop.payment.status, shop.payment.amount, shop.payment.payment_intent_id) == (Status.PAID, 1900, "pi_1")


def test_an_intent_made_while_its_link_was_closed_is_to_be_canceled() -> None:
    closed = a_payment(payment_intent_id=None).closed(NOON)
    assert closed.close_intent_at is None, "there is none yet"
    late = closed.with_fresh_intent("pi_late", 1, NOON)
    assert (late.status, late.close_intent_at) == (Status.EXPIRED, NOON)
    assert a_payment().closed(NOON).close_intent_at == NOON


def told_to(todo: object, kind: Kind) -> list[tuple[str, str]]:
    return [(one.recipient, one.dedupe_key) for one in todo.messages if one.kind is kind]  # type: ignore[attr-defined]


def test_the_first_payment_ever_is_told_once_whichever_it_is() -> None:
    first, second = (
        plan(Known([a_payment()]), [intent("succeeded")], RULES, NOON),
        Known([a_payment()], last_receipt_number=1),
    )
    assert told_to(first, Kind.ADMIN_FIRST_PAYMENT) == [("9001", "chat/admin_first_payment/9001")]
    assert told_to(plan(second, [intent("succeeded")], RULES, NOON), Kind.ADMIN_FIRST_PAYMENT) == []


@pytest.mark.parametrize(("maker", "told"), [(9001, ["9001"]), (9002, ["9002"]), (7, ["9001", "9002"])])
def test_who_made_an_invoice_hears_that_it_is_paid_or_all_once_they_left(maker: int, told: list[str]) -> None:
    rules = replace(RULES, admin_ids=(9001, 9002))
    known = Known([a_payment(sku="inv_x")], last_receipt_number=1, invoice_makers={"inv_x": maker})
    todo = plan(known, [intent("succeeded")], rules, NOON)
    assert [who for who, _ in told_to(todo, Kind.ADMIN_INVOICE_PAID)] == told
    again = plan(replace(known, payments=list(todo.changed.values())), [intent("succeeded", "evt_2")], rules, NOON)
    assert told_to(again, Kind.ADMIN_INVOICE_PAID) == []
