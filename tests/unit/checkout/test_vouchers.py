"""What is paid elsewhere and days later: its link lives as long, and nobody in the middle of paying is cut off."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from checkout import limits
from checkout.model.events import ProviderEvent
from checkout.model.intent_facts import TAKEN_BACK, CardUsed
from checkout.model.message_content import PaymentFailed
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from db.repositories.facts_json import dump_facts, load_facts
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, failed, intent, kinds
from tests.support.payments import a_payment

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PAGE = "https://payments.stripe.com/boleto/voucher/test"


def at(after: timedelta, event: ProviderEvent) -> ProviderEvent:
    return replace(event, created=NOON + after)


def voucher(event_id: str = "", until: datetime | None = NOON + 3 * DAY, url: str = PAGE) -> ProviderEvent:
    return intent(
        "requires_action", event_id, status="requires_action", method="pm_1", voucher_url=url, voucher_until=until
    )


CHECK = intent("requires_action", "evt_3ds", status="requires_action", method="pm_3ds")
EXPIRED = at(3 * DAY, intent("payment_failed", "evt_expired", method="pm_1", failure_code="attempt_expired"))


def test_the_link_of_a_voucher_lives_as_long_as_the_voucher() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(voucher())
    assert (shop.payment.status, shop.payment.expires_at) == (Status.PENDING, NOON + 3 * DAY)
    assert shop.payment.voucher is not None
    assert shop.payment.voucher.url == PAGE
    assert kinds(todo) == [(Channel.CHAT, Kind.PAY_MESSAGE)]
    assert shop.take(voucher("evt_again")).messages == []


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_vouchers_the_newer_one_is_shown(order: int) -> None:
    """Whoever goes back and takes another method is not to pay by the first."""
    other = intent(
        "requires_action", "evt_2", method="pm_2", voucher_url=f"{PAGE}/2", voucher_until=NOON + 2 * DAY
    )  # fmt: skip
    shop = FakeDatabase(a_payment())
    shop.take(*[voucher(), at(HOUR, other)][::order])
    assert shop.payment.voucher is not None
    assert shop.payment.voucher.url == f"{PAGE}/2"


def test_a_link_that_lives_longer_is_not_cut_short() -> None:
    shop = FakeDatabase(a_payment(expires_at=NOON + 9 * DAY))
    shop.take(voucher())
    assert shop.payment.expires_at == NOON + 9 * DAY


def test_a_transfer_without_an_end_lives_for_days() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(voucher(until=None))
    assert shop.payment.expires_at == NOON + limits.transfer_lifetime()


def test_after_a_decline_a_voucher_is_no_failure() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(failed("ch_1"))
    shop.take(at(timedelta(seconds=9), voucher()))
    assert (shop.payment.status, shop.payment.failure_code) == (Status.PENDING, None)


DEBIT = at(timedelta(seconds=9), intent("processing", method="pm_1"))


@pytest.mark.parametrize(
    ("events", "is_silenced"),
    [
        ([failed("ch_1"), at(timedelta(seconds=9), voucher())], True),
        ([failed("ch_1"), DEBIT], True),
        ([failed("ch_1"), intent("succeeded", amount=1500, amount_received=1500)], True),  # an admin looks into it
        ([failed("ch_1"), DEBIT, at(DAY, failed("ch_2"))], False),
        ([failed("ch_1"), CHECK], False),
        ([voucher()], False),
    ],
)
def test_nobody_is_mailed_a_decline_who_has_paid_another_way_since(
    events: list[ProviderEvent], is_silenced: bool
) -> None:
    """How that ends is heard of; a group of events may hold it all."""
    shop = FakeDatabase(a_payment())
    assert (shop.take(*events).silenced == {"pay_1"}) is is_silenced


ENDS = [
    ("paid", [voucher(), at(DAY, intent("succeeded"))], Status.PAID),
    ("not paid in time", [voucher(), EXPIRED], Status.FAILED),
    ("on its way", [voucher(), at(DAY, intent("processing", method="pm_1"))], Status.PROCESSING),
    ("taken back", [voucher(), at(DAY, intent("canceled"))], Status.CANCELED),
    ("another one after it", [voucher(), EXPIRED, at(4 * DAY, voucher("evt_2", NOON + 9 * DAY))], Status.PENDING),
    ("a card instead", [voucher(), at(DAY, failed("ch_1"))], Status.FAILED),
]


@pytest.mark.parametrize(("events", "status"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_every_order_ends_the_same(events: list[ProviderEvent], status: Status) -> None:
    for order in permutations(events):
        shop = FakeDatabase(a_payment())
        for event in order:
            shop.take(event)
        assert shop.payment.status is status
        assert (shop.payment.voucher is not None) == (status is Status.PENDING)
        assert load_facts(dump_facts(shop.payment.facts)) == shop.payment.facts


def test_that_it_was_not_paid_in_time_is_told_on_both_channels_and_the_link_leads_somewhere() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(voucher())
    shop.now = NOON + 3 * DAY + timedelta(hours=1)
    shop.payments["pay_1"] = shop.payment.closed(shop.now)
    assert shop.payment.close_intent_at == NOON + 3 * DAY + limits.voucher_settling()
    todo = shop.take(EXPIRED)
    assert shop.payment.status is Status.FAILED
    assert shop.payment.expires_at == shop.now + DAY
    assert shop.payment.close_intent_at is None
    assert {(Channel.MAIL, Kind.PAYMENT_FAILED), (Channel.CHAT, Kind.PAYMENT_FAILED)} <= set(kinds(todo))


@pytest.mark.parametrize("begun", [voucher(), intent("processing", method="pm_1")], ids=["voucher", "with the bank"])
@pytest.mark.parametrize("after", [timedelta(minutes=1), 9 * DAY])
def test_what_was_under_way_and_is_canceled_is_told_on_both_channels_once(
    begun: ProviderEvent, after: timedelta
) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(begun)
    shop.now = NOON + after
    todo = shop.take(at(after, intent("canceled")))
    assert shop.payment.status_at(shop.now) is Status.CANCELED
    assert shop.payment.expires_at >= shop.now + DAY - timedelta(minutes=1)
    failures = [one for one in todo.messages if one.kind == Kind.PAYMENT_FAILED]
    assert {(one.channel, one.not_before) for one in failures} == {(Channel.MAIL, shop.now), (Channel.CHAT, shop.now)}
    again = shop.take(at(after, intent("canceled", "evt_again")))
    assert again.messages == []


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (at(2 * HOUR, intent("canceled")), {PaymentFailed(TAKEN_BACK, "evt_payment_intent.canceled")}),
        (at(2 * HOUR, EXPIRED), set()),
    ],
    ids=["canceled", "failed"],
)
def test_a_link_that_was_closed_before_its_vouchers_time_is_not_opened_by_its_end(
    end: ProviderEvent, told: set[PaymentFailed]
) -> None:
    """As a canceled invoice's is: nobody is to pay by it any more, nor is anybody asked to; who holds the voucher hears
    that it is void."""
    shop = FakeDatabase(a_payment())
    shop.take(voucher())
    shop.payments["pay_1"] = shop.payment.closed(NOON + HOUR)
    shop.now = NOON + 2 * HOUR
    todo = shop.take(end)
    assert shop.payment.status is Status.EXPIRED
    assert {one.content for one in todo.messages if one.kind == Kind.PAYMENT_FAILED} == told


def test_what_nobody_waited_for_is_canceled_without_a_word() -> None:
    shop = FakeDatabase(a_payment())
    todo = shop.take(intent("canceled"))
    assert [one for one in todo.messages if one.kind == Kind.PAYMENT_FAILED] == []


def test_a_link_that_was_closed_before_its_voucher_was_heard_of_is_opened_again() -> None:
    shop = FakeDatabase(a_payment(expires_at=NOON + DAY))
    shop.now = NOON + DAY
    shop.payments["pay_1"] = shop.payment.closed(shop.now)
    assert (shop.payment.status, shop.payment.close_intent_at) == (Status.EXPIRED, shop.now)
    shop.take(voucher())
    assert (shop.payment.status, shop.payment.close_intent_at) == (Status.PENDING, None)
    assert shop.payment.expires_at == NOON + 3 * DAY


def test_a_voucher_that_was_over_when_it_was_heard_of_opens_nothing() -> None:
    shop = FakeDatabase(a_payment(expires_at=NOON + DAY))
    shop.now = NOON + 4 * DAY
    shop.payments["pay_1"] = shop.payment.closed(shop.now)
    shop.take(voucher())
    assert shop.payment.status is Status.EXPIRED


def test_whoever_is_at_their_banks_check_when_the_link_ends_has_half_an_hour() -> None:
    shop = FakeDatabase(a_payment(expires_at=NOON + DAY))
    shop.take(CHECK)
    assert shop.payment.expires_at == NOON + DAY
    assert shop.payment.closed(NOON + DAY).close_intent_at == NOON + DAY + timedelta(minutes=30)
    assert shop.payment.closed(NOON + 2 * DAY).close_intent_at == NOON + 2 * DAY, "nobody waits that long"
    assert shop.payment.closed(NOON).close_intent_at == NOON, "replaced by another link: at once"


def test_what_a_follower_is_told_in_the_group_that_pays_the_first_leaves_it_closed() -> None:
    shop = FakeDatabase(a_payment().closed(NOON + DAY), a_payment(2))
    declined = intent("payment_failed", "evt_2", intent_id="pi_2", charge="ch_2")
    shop.take(intent("succeeded"), declined)
    assert [one.status for one in shop.payments.values()] == [Status.PAID, Status.EXPIRED]


@pytest.mark.parametrize(("kind", "ends_at"), [("succeeded", None), ("canceled", None), ("created", NOON)])
def test_what_has_ended_is_not_to_be_closed_any_more(kind: str, ends_at: datetime | None) -> None:
    shop = FakeDatabase(a_payment().closed(NOON))
    shop.take(intent(kind, card=CardUsed("card", "visa", "4242")))
    assert shop.payment.close_intent_at == ends_at


def test_a_look_up_shows_what_no_webhook_has_told_and_is_news_once() -> None:
    shop = FakeDatabase(a_payment())
    seen = [replace(voucher(f"found/{hours}"), asked_at=NOON + timedelta(hours=hours)) for hours in (1, 2)]
    assert shop.take(seen[0]).changed
    assert shop.payment.voucher is not None
    assert not shop.take(seen[1]).changed
    over = intent("created", "found/3", status="requires_payment_method")
    shop.take(replace(over, asked_at=NOON + timedelta(hours=3)))
    shop.take(at(timedelta(hours=1), voucher("evt_late")))
    assert shop.payment.voucher is None
