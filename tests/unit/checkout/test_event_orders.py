"""Every order of events and any number of repeats: the same end, and nothing told twice."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from checkout.model.events import ProviderEvent
from checkout.model.message_kind import Kind
from checkout.model.payment import SETTLED
from tests.support.event_samples import FakeDatabase, charge_refunded, dispute, failed, intent, refund
from tests.support.payments import TRANSITIONS, a_payment

EVENTS = [
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
    dispute("lost"),
    intent("succeeded", "evt_wrong", amount=5000, amount_received=5000),
    refund("re_wrong", 4200, "succeeded"),
    refund("re_wrong", 4200, "failed"),
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


SOME = st.lists(st.sampled_from(EVENTS), unique_by=lambda one: one.event_id, min_size=1)
SIZES = st.lists(st.integers(1, 4), max_size=8)


# Made once for each length: to make one takes longer than to draw from it.
@cache
def repeats(length: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, length - 1), max_size=6)


@cache
def orders(length: int) -> st.SearchStrategy[list[int]]:
    return st.permutations(range(length))


@settings(max_examples=400)
@given(st.data())
def test_every_order_and_any_number_of_repeats_end_in_the_same_state(data: st.DataObject) -> None:
    told = data.draw(SOME)
    events = told + [told[place] for place in data.draw(repeats(len(told)))]
    shuffled = [events[place] for place in data.draw(orders(len(events)))]
    straight, mixed = end_of(list(told), [1] * len(told)), end_of(shuffled, data.draw(SIZES))
    for name in ("status", "amount_refunded", "paid_at", "payment_intent_id", "failure_code", "facts"):
        assert getattr(straight.payment, name) == getattr(mixed.payment, name), name
    paid = any(one.event_id == "evt_payment_intent.succeeded" for one in told)
    assert (mixed.payment.status in SETTLED) == (paid or mixed.payment.facts.is_given_back)
    assert mixed.payment.receipt_number == (1 if paid else None)
    for channel in ("mail", "chat"):
        assert (f"{channel}/payment_paid/pay_1/" in mixed.dedupe_keys()) == paid


@settings(max_examples=200)
@given(st.permutations(EVENTS), st.integers(1, len(EVENTS)), SIZES)
def test_the_days_statistics_are_what_the_payment_shows(events: list[ProviderEvent], n: int, sizes: list[int]) -> None:
    shop = end_of(events[:n], sizes)
    payment, rows = shop.payment, [row for todo in shop.plans for row in todo.totals.rows()]
    counted = {name: sum(getattr(row, name) for row in rows) for name in ("tried", "paid", "gross", "refunded", "lost")}
    failures = {key for facts in payment.facts.intents.values() for key in facts.failures}
    is_paid = payment.paid_at is not None
    assert counted == {
        "tried": len(failures) + is_paid,
        "paid": int(is_paid),
        "gross": is_paid * 1900,
        "refunded": payment.amount_refunded if is_paid else 0,
        "lost": payment.facts.lost(payment.money) if is_paid else 0,
    }
    assert sum(n for todo in shop.plans for n in todo.totals.declines.values()) == len(failures)
    assert {row.day for row in rows} <= {"2026-11-22"}


REPEATABLE = (Kind.PAY_MESSAGE, Kind.PAYMENT_REFUNDED)  # planned again; the outbox knows their keys


@given(st.permutations(EVENTS))
def test_nothing_is_told_twice_whatever_the_order(events: list[ProviderEvent]) -> None:
    shop = end_of([*events, *events], [1] * 40)
    keys = [m.dedupe_key for todo in shop.plans for m in todo.messages if m.kind not in REPEATABLE]
    assert len(keys) == len(set(keys))
