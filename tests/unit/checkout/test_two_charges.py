"""A payment that was paid twice: what is given back of one of the two is nothing lost of the other."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from tests.support.event_samples import FakeDatabase, charge_refunded, intent, refund
from tests.support.payments import a_payment

PAID = (intent("succeeded"), intent("succeeded", "evt_second", intent_id="pi_2", charge="ch_2"))


def end_of(*groups: tuple[ProviderEvent, ...]) -> FakeDatabase:
    shop = FakeDatabase(a_payment())
    for group in groups:
        shop.take(*group)
    return shop


GIVEN_BACK = [
    ("the duplicate", [refund("re_2", 1900, "succeeded", "pi_2")], Status.PAID, 0),
    ("the first one", [refund("re_1", 1900, "succeeded")], Status.PAID, 0),
    ("the duplicate, by the charge's word", [charge_refunded(1900, "pi_2", "ch_2")], Status.PAID, 0),
    ("a part of the duplicate", [refund("re_2", 900, "succeeded", "pi_2")], Status.PAID, 0),
    ("both", [refund("re_1", 1900, "succeeded"), refund("re_2", 1900, "succeeded", "pi_2")], Status.REFUNDED, 1900),
    (
        "both, told by every event",
        [
            refund("re_1", 1900, "succeeded"),
            charge_refunded(1900),
            refund("re_2", 1900, "succeeded", "pi_2"),
            charge_refunded(1900, "pi_2", "ch_2"),
        ],
        Status.REFUNDED,
        1900,
    ),
    (
        "the duplicate and a part of the other",
        [refund("re_1", 500, "succeeded"), refund("re_2", 1900, "succeeded", "pi_2")],
        Status.PARTIALLY_REFUNDED,
        500,
    ),
    (
        "one that failed after all",
        [refund("re_1", 1900, "succeeded"), refund("re_2", 1900, "failed", "pi_2")],
        Status.PAID,
        0,
    ),
]


@pytest.mark.parametrize(
    ("refunds", "status", "amount"), [row[1:] for row in GIVEN_BACK], ids=[r[0] for r in GIVEN_BACK]
)
@given(data=st.data())
def test_any_order_and_grouping_ends_the_same(
    refunds: list[ProviderEvent], status: Status, amount: int, data: st.DataObject
) -> None:
    events = data.draw(st.permutations([*PAID, *refunds]))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)))) | {0, len(events)})
    shop = end_of(*(tuple(events[a:b]) for a, b in pairwise(cuts)))
    assert (shop.payment.status, shop.payment.amount_refunded) == (status, amount)
    assert shop.payment.amount == 1900


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_which_of_the_two_is_named_does_not_depend_on_their_order(order: tuple[int, ...]) -> None:
    assert end_of(*((PAID[i],) for i in order)).payment.payment_intent_id == "pi_1"
