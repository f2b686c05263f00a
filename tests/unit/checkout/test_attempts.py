"""Which attempt a decline ends, and what Stripe says of the PaymentIntent when it is asked."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, intent
from tests.support.payments import a_payment


def at(seconds: int, event: ProviderEvent) -> ProviderEvent:
    return replace(event, created=NOON + timedelta(seconds=seconds))


def seen(seconds: int, status: str, kind: str = "created", **changes: str) -> ProviderEvent:
    """A look-up: ``seconds`` after NOON by Stripe's clock."""
    asked_at = NOON + timedelta(seconds=seconds)
    return replace(intent(kind, f"found/{status}/{seconds}", status=status, **changes), asked_at=asked_at)


def after(*events: ProviderEvent) -> Status:
    shop = FakeDatabase(a_payment())
    for event in events:
        shop.take(event)
    return shop.payment.status


DECLINED_UNDER_OTHER_IDS = [
    ("a generated method", {"charge": "py_1", "method": "pm_1"}, {"charge": "py_1", "method": "pm_generated"}),
    ("a wallet's method and no charge", {"method": "pm_1"}, {"method": "pm_other"}),
    ("a charge that came later", {"charge": "ch_old", "method": "pm_1"}, {"charge": "ch_new", "method": "pm_1"}),
    ("nothing alike", {"charge": "ch_1", "method": "pm_1"}, {"charge": "ch_2", "method": "pm_2"}),
]


@pytest.mark.parametrize(("begun", "declined"), [row[1:] for row in DECLINED_UNDER_OTHER_IDS])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_later_decline_ends_what_was_under_way_by_whatever_ids(
    begun: dict[str, str], declined: dict[str, str], order: tuple[int, int]
) -> None:
    events = (at(0, intent("processing", **begun)), at(5, intent("payment_failed", **declined)))
    assert after(*(events[i] for i in order)) is Status.FAILED


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_earlier_decline_that_comes_late_ends_nothing(order: tuple[int, ...]) -> None:
    """The PaymentIntent still names the declined charge while the new attempt has none."""
    events = (
        at(0, intent("processing", "evt_first", charge="ch_1", method="pm_1")),
        at(5, intent("payment_failed", charge="ch_1", method="pm_1")),
        at(9, intent("processing", "evt_second", charge="ch_1", method="pm_1")),
    )
    assert after(*(events[i] for i in order)) is Status.PROCESSING


@pytest.mark.parametrize(("begun", "declined"), [row[1:] for row in DECLINED_UNDER_OTHER_IDS])
def test_within_one_second_the_look_up_decides(begun: dict[str, str], declined: dict[str, str]) -> None:
    same_second = (intent("processing", **begun), intent("payment_failed", **declined))
    ends = [after(*same_second, seen(60, status)) for status in ("requires_payment_method", "processing")]
    assert ends == [Status.FAILED, Status.PROCESSING]


@pytest.mark.parametrize(
    ("status", "then"),
    [
        ("requires_payment_method", Status.PENDING),
        ("requires_action", Status.PENDING),
        ("processing", Status.PROCESSING),
    ],
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_what_stripe_says_when_asked_is_the_last_word_on_all_before(
    status: str, then: Status, order: tuple[int, int]
) -> None:
    events = (at(0, intent("processing", charge="ch_1")), seen(60, status))
    assert after(*(events[i] for i in order)) is then


def test_events_after_the_look_up_go_on() -> None:
    shop, ways = FakeDatabase(a_payment()), []
    for event in (
        at(0, intent("processing", charge="ch_1")),
        seen(60, "processing"),
        at(90, intent("payment_failed", charge="ch_7", method="pm_7")),
        at(120, intent("processing", "evt_again", charge="ch_8")),
        at(180, intent("succeeded")),
    ):
        shop.take(event)
        ways.append(shop.payment.status)
    assert ways == [Status.PROCESSING, Status.PROCESSING, Status.FAILED, Status.PROCESSING, Status.PAID]


def test_paid_stays_paid_whatever_a_look_up_says() -> None:
    assert after(intent("succeeded"), seen(60, "requires_payment_method")) is Status.PAID


def test_a_look_up_that_tells_nothing_new_writes_nothing() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(at(0, intent("processing", charge="ch_1")))
    todo = shop.take(seen(60, "processing"), seen(70, "processing"))
    assert (todo.events, todo.changed, todo.messages) == ([], {}, [])
    shop.take(at(65, intent("payment_failed", charge="ch_1")))
    assert shop.payment.status is Status.FAILED
