"""The number of a receipt: the one that Stripe remembers where it is free, else the next."""

from dataclasses import replace

import pytest

from checkout.payments.plan_events import plan
from checkout.payments.rules import Known
from tests.support.clock import NOON
from tests.support.event_samples import OURS, RULES, intent
from tests.support.payments import a_payment

ALL = (1, 2, 3)


@pytest.mark.parametrize(
    ("told", "taken", "numbers"),
    [
        ((0, 0, 0), set(), [8, 9, 10]),
        ((3, 0, 0), set(), [3, 8, 9]),
        ((12, 0, 0), set(), [12, 13, 14]),
        ((3, 0, 0), {3}, [8, 9, 10]),
    ],
    ids=["new", "a lower one", "a higher one", "one that another has"],
)
def test_in_one_group_each_has_its_own(told: tuple[int, ...], taken: set[int], numbers: list[int]) -> None:
    known = Known([a_payment(n) for n in ALL], last_receipt_number=7, receipt_numbers_taken=frozenset(taken))
    events = [
        intent(
            "succeeded",
            f"evt_{n}",
            intent_id=f"pi_{n}",
            metadata=replace(OURS, payment_id=f"pay_{n}", receipt=number),
        )
        for n, number in zip(ALL, told, strict=True)
    ]
    todo = plan(known, events, RULES, NOON)
    assert [todo.changed[f"pay_{n}"].receipt_number for n in ALL] == numbers
    assert todo.last_receipt_number == max(*numbers, 7)
