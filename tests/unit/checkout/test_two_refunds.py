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


def told(shop: FakeDatabase) -> list[tuple[int, int]]:
    """This refund and all so far, as the outbox keeps them: once for each dedupe key."""
    mails = {
        message.dedupe_key: (message.content.amount, message.content.amount_refunded)
        for todo in shop.plans
        for message in todo.messages
        if isinstance(message.content, PaymentRefunded) and message.channel is Channel.MAIL
    }
    return list(mails.values())


@pytest.mark.parametrize("order", list(permutations(EVENTS)))
def test_each_refund_is_told_once_and_the_whole_at_last(order: tuple[ProviderEvent, ...]) -> None:
    shop = FakeDatabase(a_payment())
    for event in (intent("succeeded"), *order):
        shop.take(event)
    assert sorted(amount for amount, _ in told(shop)) == [500, 1400]
    assert told(shop)[-1][1] == 1900


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
    mails = {
        message.dedupe_key: message.content.state
        for todo in shop.plans
        for message in todo.messages
        if isinstance(message.content, PaymentRefunded) and message.channel is Channel.MAIL
    }
    assert list(mails.values()) == states
