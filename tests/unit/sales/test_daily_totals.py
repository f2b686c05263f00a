"""What a day's totals count: attempts, money that was kept, and what Stripe took; never what was only tried out."""

from dataclasses import replace
from typing import Any

import pytest

from checkout.model.daily_totals import DAYS_IN_UTC, Totals
from checkout.model.events import DecisionReport, DisputeReport, ProviderEvent
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import IntentFacts, Settlement
from checkout.model.payment import Payment
from tests.support.clock import NOON
from tests.support.event_samples import OURS, FakeDatabase, dispute, event, failed, intent, refund
from tests.support.payments import a_payment

TWICE = intent("succeeded", "evt_second", intent_id="pi_2")
DELIVER = event("shop.deliver", DecisionReport("pi_1", 9001, OURS, "deliver"), "evt_deliver")


def counted(*events: ProviderEvent, **changes: Any) -> dict[str, int]:
    """All that the events count, of all days and currencies; what is nothing is left out."""
    shop = FakeDatabase(a_payment(**changes))
    for one in events:
        shop.take(one)
    return sums(*(todo.totals for todo in shop.plans))


def sums(*totals: Totals) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in (row for one in totals for row in one.rows()):
        for name in ("tried", "paid", "gross", "refunded", "lost", "fees"):
            found[name] = found.get(name, 0) + getattr(row, name)
    return {name: number for name, number in found.items() if number}


def lost(amount: int, currency: str = "eur", dispute_id: str = "dp_1") -> ProviderEvent:
    report = DisputeReport("pi_1", dispute_id, amount, "lost", "fraudulent", NOON, OURS, currency)
    return event("charge.dispute.closed", report, f"evt_{dispute_id}_lost_{amount}")


SALE = {"tried": 1, "paid": 1, "gross": 1900}
DECLINES = (failed("ch_1"), failed("ch_2", event_id="evt_b"), failed("ch_3", event_id="evt_c"))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (DECLINES, {"tried": 3}),
        ((*DECLINES, intent("succeeded")), {**SALE, "tried": 4}),
        ((intent("succeeded"), *DECLINES), {**SALE, "tried": 4}),
        ((failed("ch_1"), failed("ch_1", event_id="evt_again"), intent("succeeded")), {**SALE, "tried": 2}),
        ((intent("succeeded"), intent("succeeded", "evt_repeat")), SALE),
    ],
)
def test_every_decline_is_an_attempt(events: tuple[ProviderEvent, ...], expected: dict[str, int]) -> None:
    assert counted(*events) == expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((lost(1900),), {"lost": 1900}),
        ((lost(500),), {"lost": 500}),
        ((refund("re_1", 500, "succeeded"), lost(1900)), {"refunded": 500, "lost": 1400}),
        ((lost(1400), refund("re_1", 500, "succeeded")), {"refunded": 500, "lost": 1400}),
        ((refund("re_1", 1900, "succeeded"), lost(1900)), {"refunded": 1900}),
        ((lost(2100, "usd"),), {"lost": 1900}),
        ((lost(1500, "usd"),), {"lost": 1900}),
        ((dispute("needs_response"),), {}),
        ((dispute("lost"), dispute("won")), {"lost": 1900}),
        ((refund("re_1", 500, "succeeded"), refund("re_1", 500, "failed")), {}),
        ((refund("re_1", 500, "pending"),), {}),
        ((TWICE, refund("re_1", 1900, "succeeded", "pi_2")), {}),
        ((TWICE, refund("re_1", 1900, "succeeded", "pi_2"), refund("re_2", 1900, "succeeded")), {"refunded": 1900}),
        ((TWICE, lost(1900)), {}),
        ((TWICE, lost(1900), refund("re_1", 1900, "succeeded", "pi_2")), {"lost": 1900}),
    ],
)
def test_what_is_kept_of_a_sale(events: tuple[ProviderEvent, ...], expected: dict[str, int]) -> None:
    assert counted(intent("succeeded"), *events) == {**SALE, **expected}
    assert counted(*events, intent("succeeded")) == {**SALE, **expected}, "in any order"


def test_a_dispute_that_turns_is_taken_back() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"), dispute("lost"))
    report = DisputeReport("pi_1", "dp_1", 1900, "won", "fraudulent", NOON, OURS, "eur")
    later = replace(event("charge.dispute.updated", report, "evt_later"), created=NOON.replace(hour=13))
    shop.take(later)
    assert sums(*(todo.totals for todo in shop.plans)) == SALE


def test_what_came_in_and_was_accepted_counts_as_what_it_was() -> None:
    odd = intent("succeeded", amount=1500, amount_received=1500)
    assert counted(odd) == {}
    assert counted(odd, DELIVER) == {"tried": 1, "paid": 1, "gross": 1500}
    assert counted(odd, DELIVER, lost(700)) == {"tried": 1, "paid": 1, "gross": 1500, "lost": 700}
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded", currency="usd"), DELIVER)
    assert {row.currency for todo in shop.plans for row in todo.totals.rows()} == {"usd"}


def test_what_was_tried_out_counts_nothing() -> None:
    live, test = intent("succeeded", livemode=True), intent("succeeded")
    assert counted(replace(live, livemode=True), DELIVER) == {}
    assert counted(test, *DECLINES, livemode=True) == {}


@pytest.mark.parametrize("currency", ["eur", "usd"])
def test_fees_count_in_the_currency_that_stripe_settles_in(currency: str) -> None:
    paid = a_payment().with_facts(PaymentFacts(intents={"pi_1": IntentFacts(succeeded_at=NOON)}), NOON, 1)
    known = _settled(paid, Settlement(54, 1846, currency))
    totals = Totals()
    totals.count(paid, known, NOON, DAYS_IN_UTC, livemode=False)
    (row,) = totals.rows()
    assert (row.day, row.currency, row.fees, row.gross) == ("2026-11-22", currency, 54, 0)
    again = Totals()
    again.count(known, _settled(known, Settlement(54, 1846, currency)), NOON, DAYS_IN_UTC, livemode=False)
    assert list(again.rows()) == []


def _settled(payment: Payment, settlement: Settlement) -> Payment:
    return payment.with_facts(payment.facts.with_intent("pi_1", IntentFacts(settlement=settlement)), NOON)
