"""Two refunds of one payment, in every order in which Stripe's events may come."""

from itertools import permutations

import pytest

from checkout.model.events import ProviderEvent
from db.repositories.facts_json import load_facts
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, charge_refunded, intent, refund, refunds_told
from tests.support.payments import a_payment

EVENTS = (
    charge_refunded(500),
    refund("re_1", 500, "succeeded"),
    charge_refunded(1900),
    refund("re_2", 1400, "succeeded"),
)


@pytest.mark.parametrize("order", list(permutations(EVENTS)))
def test_each_refund_is_told_once_and_the_whole_at_last(order: tuple[ProviderEvent, ...]) -> None:
    shop = FakeDatabase(a_payment())
    for event in (intent("succeeded"), *order):
        shop.take(event)
    told = [(one.amount, one.amount_refunded) for one in refunds_told(shop)]
    assert told in ([(500, 500), (1400, 1900)], [(1400, 1400), (500, 1900)])


IN_ITS_PLACE = (
    refund("re_1", 1900, "succeeded"),
    refund("re_1", 1900, "failed"),
    refund("re_2", 500, "succeeded"),
    refund("re_3", 1400, "succeeded"),
    charge_refunded(1900),
)


@pytest.mark.parametrize("order", list(permutations(IN_ITS_PLACE)))
@pytest.mark.parametrize("paid_at", [0, 2, 5])
def test_no_more_is_called_refunded_than_came_in(order: tuple[ProviderEvent, ...], paid_at: int) -> None:
    """That the first has failed may be heard of after those that took its place."""
    shop = FakeDatabase(a_payment())
    for event in (*order[:paid_at], intent("succeeded"), *order[paid_at:]):
        shop.take(event)
        assert shop.payments["pay_1"].amount_refunded <= 1900
    assert shop.payments["pay_1"].amount_refunded == 1900
    assert max(one.amount_refunded for one in refunds_told(shop)) == 1900


# As it was kept before charges were told apart: one sum, of whichever.
OF_BEFORE = """{"intents": {"pi_1": {"succeeded_at": "2026-11-22T12:00:00+00:00"}}, "charge_refunded": 500,
    "refunds": {"re_1": [500, "succeeded"]}}"""
SINCE = (refund("re_2", 400, "succeeded"), charge_refunded(900), charge_refunded(500))


@pytest.mark.parametrize("order", list(permutations(SINCE)))
def test_what_a_row_of_an_older_release_counts_is_not_counted_again(order: tuple[ProviderEvent, ...]) -> None:
    shop = FakeDatabase(a_payment(payment_intent_id="pi_1").with_facts(load_facts(OF_BEFORE), NOON))
    assert shop.payments["pay_1"].amount_refunded == 500
    for event in order:
        shop.take(event)
    assert shop.payments["pay_1"].amount_refunded == 900
    assert [(one.amount, one.amount_refunded) for one in refunds_told(shop)] == [(400, 900)]


HEARD = [
    (["re_1 succeeded", "re_2 succeeded"], [(500, 500), (1400, 1900)]),
    (["re_2 succeeded", "re_1 succeeded"], [(1400, 1400), (500, 1900)]),
    (["re_1 failed", "re_2 succeeded"], [(500, 0), (1400, 1400)]),
    (["re_2 succeeded", "re_1 pending", "re_1 succeeded"], [(1400, 1400), (500, 1400), (500, 1900)]),
    (["re_1 succeeded", "re_2 succeeded", "re_1 failed"], [(500, 500), (1400, 1900), (500, 1400)]),
    (["re_1 succeeded", "re_1 succeeded", "re_2 succeeded"], [(500, 500), (1400, 1900)]),
    (["re_3 succeeded", "re_3 failed", "re_2 succeeded"], [(1900, 1900), (1900, 0), (1400, 1400)]),
    (["re_3 succeeded", "re_2 succeeded", "re_3 failed"], [(1900, 1900), (1400, 1900), (1900, 1400)]),
]


@pytest.mark.parametrize(("events", "heard"), HEARD, ids=[", ".join(row[0]) for row in HEARD])
@pytest.mark.parametrize("grouping", ["one by one", "one group", "before the money"])
def test_what_the_charge_has_told_already_is_in_no_total_before_its_refund(
    events: list[str], heard: list[tuple[int, int]], grouping: str
) -> None:
    """As after webhooks that came late, or when reconciliation is the first to see them."""
    amounts = {"re_1": 500, "re_2": 1400, "re_3": 1900}
    refunds = [refund(refund_id, amounts[refund_id], status) for refund_id, status in map(str.split, events)]
    shop = FakeDatabase(a_payment())
    paid, charged = intent("succeeded"), charge_refunded(1900)
    for group in {
        "one by one": [[paid], [charged], *([one] for one in refunds), refunds],
        "one group": [[paid], [charged, *refunds]],
        "before the money": [[charged], *([one] for one in refunds), [paid], refunds],
    }[grouping]:
        shop.take(*group)
    told = [(one.amount, one.amount_refunded) for one in refunds_told(shop)]
    if grouping == "before the money":
        # What has not become a payment yet is told with it, each as it is by then.
        assert sorted(amount for amount, _ in told) == sorted({amount for amount, _ in heard})
        assert told[-1][1] == heard[-1][1]
    else:
        assert told == heard


STATES = [
    (["pending"], ["on_its_way"]),
    (["pending", "succeeded"], ["on_its_way", "given_back"]),
    (["succeeded"], ["given_back"]),
    (["pending", "failed"], ["on_its_way", "failed"]),
    (["succeeded", "failed"], ["given_back", "failed"]),
    (["failed", "pending", "succeeded"], ["failed"]),
    (["requires_action", "pending", "canceled"], ["on_its_way", "failed"]),
]


@pytest.mark.parametrize(("statuses", "states"), STATES)
@pytest.mark.parametrize("charge_first", [True, False])
def test_nothing_is_called_given_back_that_is_on_its_way_or_has_failed(
    statuses: list[str], states: list[str], charge_first: bool
) -> None:
    """The charge counts a refund from its beginning, and may be the first to tell of it."""
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    events = [refund("re_1", 500, status) for status in statuses]
    for event in [charge_refunded(500), *events] if charge_first else [*events, charge_refunded(500)]:
        shop.take(event)
    assert [one.state for one in refunds_told(shop)] == states


@pytest.mark.parametrize(("second", "given_back"), [("", 1900), ("succeeded", 1900), ("pending", 500), ("failed", 500)])
def test_what_the_charge_has_given_back_counts_without_what_has_not_arrived(second: str, given_back: int) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"), refund("re_1", 500, "succeeded"), charge_refunded(1900))
    if second:
        shop.take(refund("re_2", 1400, second))
    assert shop.payment.amount_refunded == given_back
