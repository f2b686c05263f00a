"""Which answered request shows that a refusal is over."""

import pytest

from checkout.errors import RefusalArea
from checkout.model.money import Money
from checkout.purchase.refusal import Asked, Operation, Refusal

CHEAP, DEAR, YEN = Money(30, "eur"), Money(1900, "eur"), Money(1900, "jpy")
CREATED = {money: Asked(Operation.CREATE, money) for money in (CHEAP, DEAR, YEN)}
RETRIEVED = Asked(Operation.RETRIEVE)


@pytest.mark.parametrize(
    ("area", "refused", "over"),
    [
        (RefusalArea.KEY, CREATED[CHEAP], {*CREATED.values(), RETRIEVED}),
        (RefusalArea.KEY, RETRIEVED, {*CREATED.values(), RETRIEVED}),
        (RefusalArea.ACCOUNT, CREATED[CHEAP], set(CREATED.values())),
        (RefusalArea.ACCOUNT, RETRIEVED, {RETRIEVED}),
        (RefusalArea.AMOUNT, CREATED[CHEAP], {CREATED[CHEAP]}),
        (RefusalArea.METHODS, CREATED[CHEAP], {CREATED[CHEAP], CREATED[DEAR]}),
        (RefusalArea.REQUEST, CREATED[YEN], {CREATED[YEN]}),
    ],
)
def test_a_refusal_is_over_once_the_like_of_it_is_answered(area: RefusalArea, refused: Asked, over: set[Asked]) -> None:
    refusal = Refusal(area, refused.subject(area), "some/code")
    assert {asked for asked in (*CREATED.values(), RETRIEVED) if refusal.is_over(asked)} == over
    assert Refusal.named(refusal.name) == refusal
