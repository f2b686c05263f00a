"""Two refunds of one payment, in every order in which Stripe's events may come."""

from itertools import permutations

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.message_content import PaymentRefunded
from checkout.model.outbox import Channel
from tests.support.event_samples import FakeDatabase, charge_refunded, intent, refund
from tests.support.payments import a_payment

EVENTS = (
    charge_refunded(500),
    refund("re_1", 500, "succeeded"),
    charge_refunded(1900),
    refund("re_2", 1400, "succeeded"),
)


def totals_told(shop: FakeDatabase) -> list[int]:
    """As the outbox keeps them: once for each dedupe key."""
    told = {
        message.dedupe_key: message.content.amount_refunded
        for todo in shop.plans
        for message in todo.messages
        if isinstance(message.content, PaymentRefunded) and message.channel is Channel.MAIL
    }
    return list(told.values())


@pytest.mark.parametrize("order", list(permutations(EVENTS)))
def test_two_refunds_are_told_at_most_twice_and_the_whole_at_last(order: tuple[ProviderEvent, ...]) -> None:
    shop = FakeDatabase(a_payment())
    for event in (intent("succeeded"), *order):
        shop.take(event)
    told = totals_told(shop)
    assert len(told) <= 2
    assert told[-1] == 1900


def test_a_second_refund_that_overtakes_the_charge_is_not_told_as_the_total() -> None:
    shop = FakeDatabase(a_payment())
    for event in (intent("succeeded"), EVENTS[0], EVENTS[3], EVENTS[2], EVENTS[1]):
        shop.take(event)
    assert totals_told(shop) == [500, 1900]
