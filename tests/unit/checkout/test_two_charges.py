"""A payment that was paid twice: what is given back of one of the two is nothing lost of the other."""

from dataclasses import replace
from itertools import chain, combinations, pairwise, permutations, product

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, charge_refunded, dispute, intent, refund, refunds_told
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


def groupings(count: int) -> list[list[int]]:
    """Where the groups begin, and in the end the count."""
    within = chain.from_iterable(combinations(range(1, count), cuts) for cuts in range(count))
    return [[0, *cuts, count] for cuts in within]


@pytest.mark.parametrize(
    ("refunds", "status", "amount"), [row[1:] for row in GIVEN_BACK], ids=[r[0] for r in GIVEN_BACK]
)
def test_any_order_and_grouping_ends_the_same(refunds: list[ProviderEvent], status: Status, amount: int) -> None:
    events = [*PAID, *refunds]
    ways = list(product(permutations(events), groupings(len(events))))
    for order, cuts in ways[:: len(ways) // 200 | 1]:  # odd: of six events each grouping is met with many orders
        shop = end_of(*(order[first:beyond] for first, beyond in pairwise(cuts)))
        assert (shop.payment.status, shop.payment.amount_refunded) == (status, amount), (order, cuts)
        assert shop.payment.amount == 1900


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_which_of_the_two_is_named_does_not_depend_on_their_order(order: tuple[int, ...]) -> None:
    assert end_of(*((PAID[i],) for i in order)).payment.payment_intent_id == "pi_1"


BOTH_CHARGES = [charge_refunded(1900), charge_refunded(1900, "pi_2", "ch_2")]
BOTH_REFUNDS = [refund("re_1", 1900, "succeeded"), refund("re_2", 1900, "succeeded", "pi_2")]
DISPUTED = [dispute("lost"), dispute("lost", "pi_2")]
AFTERWARDS = [
    ("as they come", [*BOTH_CHARGES], BOTH_REFUNDS, [(1900, 0), (1900, 1900)]),
    ("in reverse", [*BOTH_CHARGES], BOTH_REFUNDS[::-1], [(1900, 0), (1900, 1900)]),
    ("repeated", [*BOTH_CHARGES], [*BOTH_REFUNDS, *BOTH_REFUNDS], [(1900, 0), (1900, 1900)]),
    ("both disputed", [*DISPUTED, *BOTH_CHARGES], BOTH_REFUNDS, [(1900, 0), (1900, 1900)]),
    (
        "the second one pending first",
        [*BOTH_CHARGES],
        [refund("re_2", 1900, "pending", "pi_2"), *BOTH_REFUNDS],
        [(1900, 0), (1900, 0), (1900, 1900)],
    ),
    (
        "one fails",
        [*BOTH_CHARGES],
        [refund("re_1", 1900, "failed"), BOTH_REFUNDS[1]],
        [(1900, 0), (1900, 0)],
    ),
    (
        "two on one PaymentIntent",
        [charge_refunded(500), charge_refunded(1400, "pi_1", "ch_other")],
        [refund("re_1", 500, "succeeded"), refund("re_2", 1400, "succeeded")],
        [(500, 0), (1400, 0)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("charges", "refunds", "told"), [row[1:] for row in AFTERWARDS], ids=[r[0] for r in AFTERWARDS]
)
@pytest.mark.parametrize("in_one_group", [False, True])
def test_each_refund_is_told_with_what_was_told_up_to_it(
    charges: list[ProviderEvent], refunds: list[ProviderEvent], told: list[tuple[int, int]], in_one_group: bool
) -> None:
    """The charges say what was given back before the refunds are known."""
    groups = [(*PAID, *charges, *refunds)] if in_one_group else [PAID, *((one,) for one in (*charges, *refunds))]
    assert [(one.amount, one.amount_refunded) for one in refunds_told(end_of(*groups))] == told


EVENTS = (*PAID, refund("re_2", 1900, "succeeded", "pi_2"), charge_refunded(1900, "pi_2", "ch_2"))


@pytest.mark.parametrize("order", list(permutations(EVENTS)))
def test_the_refund_of_a_second_payment_is_told_as_such_or_corrected(order: tuple[ProviderEvent, ...]) -> None:
    shop = end_of(*((event,) for event in order))
    told = [(one.amount, one.amount_refunded, one.corrects) for one in refunds_told(shop)]
    told_at = max(order.index(EVENTS[1]), order.index(EVENTS[2]))
    is_known = PAID[0] in order[:told_at]
    assert told == ([(1900, 0, False)] if is_known else [(1900, 1900, False), (1900, 0, True)])


def test_what_was_given_back_is_corrected_and_not_what_is_on_its_way() -> None:
    refunds = [refund("re_1", 500, "succeeded"), refund("re_2", 900, "succeeded"), refund("re_3", 100, "pending")]
    told = refunds_told(end_of(PAID[:1], tuple(refunds), PAID[1:]))
    heard = [(one.amount, one.amount_refunded, one.corrects) for one in told]
    assert heard == [(500, 500, False), (900, 1400, False), (100, 1400, False), (500, 0, True), (900, 0, True)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_it_was_paid_when_the_first_success_came(order: tuple[int, ...]) -> None:
    events = [
        replace(one, event_id=f"evt_{hours}", created=NOON.replace(hour=hours))
        for hours, one in (
            (15, PAID[0]),
            (13, PAID[1]),
            (14, PAID[1]),
        )
    ]
    payment = end_of(*((events[i],) for i in order)).payment
    assert (payment.paid_at, payment.facts.intents["pi_2"].succeeded_at) == (NOON.replace(hour=13),) * 2
