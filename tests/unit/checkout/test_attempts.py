"""Which attempt a decline ends, and what Stripe says of the PaymentIntent when it is asked."""

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import Attempt, Failure, IntentFacts
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from db.repositories.facts_json import dump_facts, load_facts
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, intent, kinds
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


@pytest.mark.parametrize(
    ("begun", "declined", "then"),
    [
        ({"charge": "py_1", "method": "pm_1"}, {"charge": "py_1"}, Status.FAILED),
        ({"charge": "py_1"}, {"method": "pm_1"}, Status.FAILED),
        ({"method": "pm_1"}, {"charge": "py_1", "method": "pm_1"}, Status.FAILED),
        ({"charge": "py_1", "method": "pm_1"}, {"charge": "py_1", "method": "pm_2"}, Status.PROCESSING),
        ({"charge": "py_1"}, {"charge": "py_2", "method": "pm_1"}, Status.PROCESSING),
    ],
)
def test_within_one_second_a_decline_ends_what_it_may_be_about(
    begun: dict[str, str], declined: dict[str, str], then: Status
) -> None:
    assert after(intent("processing", **begun), intent("payment_failed", **declined)) is then


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


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_within_one_second_the_charge_of_the_decline_before_is_nobody_elses(order: tuple[int, ...]) -> None:
    """As above, and the bank refuses at once."""
    events = (
        intent("payment_failed", "evt_first", charge="ch_1", method="pm_1"),
        intent("processing", charge="ch_1", method="pm_2"),
        intent("payment_failed", "evt_second", charge="py_2", method="pm_2"),
    )
    assert after(*(events[i] for i in order)) is Status.FAILED


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


DAY = timedelta(days=1)
BY_MAIL, IN_CHAT = (Channel.MAIL, Kind.PAYMENT_FAILED), (Channel.CHAT, Kind.PAYMENT_FAILED)
VOUCHER = intent(
    "requires_action", status="requires_action", charge="ch_1", method="pm_2",
    voucher_url="https://payments.stripe.com/voucher/1", voucher_until=NOON + 3 * DAY,
)  # fmt: skip
CHECK = intent("requires_action", status="requires_action", charge="ch_1", method="pm_2")


def declined(event_id: str, method: str, code: str, after: timedelta) -> ProviderEvent:
    event = intent("payment_failed", event_id, charge="ch_1", method=method, failure_code=code)
    return replace(event, created=NOON + after)


# The PaymentIntent still names the charge that was declined where the next attempt ends without one.
FIRST = declined("evt_1", "pm_1", "insufficient_funds", timedelta())


@pytest.mark.parametrize(
    ("wanted", "code", "told"),
    [
        (VOUCHER, "payment_intent_payment_attempt_expired", {BY_MAIL, IN_CHAT}),
        (CHECK, "payment_intent_authentication_failure", {BY_MAIL}),
    ],
    ids=["a voucher that nobody paid", "a bank's check that was not passed"],
)
def test_a_decline_without_a_charge_of_its_own_is_told_as_well(
    wanted: ProviderEvent, code: str, told: set[tuple[Channel, Kind]]
) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(FIRST)
    shop.take(replace(wanted, created=NOON + timedelta(seconds=9)))
    shop.now = NOON + timedelta(hours=1)
    second = declined("evt_2", "pm_2", code, timedelta(hours=1))
    assert {one for one in kinds(shop.take(second)) if one[1] is Kind.PAYMENT_FAILED} == told
    assert shop.payment.failure_code == code
    again = replace(second, event_id="found/pi_1", created=NOON, asked_at=NOON + DAY)
    assert shop.take(again).messages == [], "what a look-up shows is the same decline"


@pytest.mark.parametrize("charge", ["py_2", "ch_1"], ids=["of its own", "of the decline before"])
@pytest.mark.parametrize("comes_after_all", [True, False], ids=["the webhook is late", "the webhook is lost"])
def test_a_second_decline_that_a_look_up_finds_is_told_once(charge: str, comes_after_all: bool) -> None:
    """It knows no time of its own: what a PaymentIntent says of its last decline holds when it was asked."""
    shop = FakeDatabase(a_payment())
    begun = replace(intent("processing", charge=charge, method="pm_2"), created=NOON + timedelta(minutes=1))
    shop.take(replace(FIRST, created=NOON + timedelta(seconds=9)), begun)
    shop.now = NOON + DAY
    failed = intent("payment_failed", "evt_2", charge=charge, method="pm_2", failure_code="debit_not_authorized")
    second = replace(failed, created=NOON + DAY)
    found = replace(second, event_id="found/pi_1", created=NOON, asked_at=NOON + DAY + timedelta(seconds=3))
    assert {BY_MAIL, IN_CHAT} <= set(kinds(shop.take(found)))
    later = replace(found, event_id="found/pi_1/later", asked_at=NOON + 2 * DAY)
    for event in [second, later] if comes_after_all else [later]:
        assert not {BY_MAIL, IN_CHAT} & set(kinds(shop.take(event)))


@pytest.mark.parametrize("told", [(), (FIRST,)], ids=["its webhook is lost", "in the second of the payment's making"])
def test_a_decline_that_is_looked_up_again_and_again_is_news_once(told: tuple[ProviderEvent, ...]) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(*told)
    looks = [replace(FIRST, event_id=f"found/{days}", asked_at=NOON + days * DAY) for days in (1, 2, 3)]
    shop.take(looks[0])
    assert [shop.take(one).events for one in looks[1:]] == [[], []]


def test_a_fresh_intent_begins_without_the_declines_of_the_one_before() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(FIRST)
    fresh = shop.payment.with_fresh_intent("pi_2", 2, NOON)
    assert (fresh.status, fresh.attempt, fresh.failure_code) == (Status.PENDING, 2, None)


def test_a_look_up_that_is_older_than_the_last_decline_is_not_told() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(FIRST, declined("evt_3", "pm_3", "expired_card", DAY))
    found = declined("found/pi_1", "pm_2", "generic_decline", -timedelta(seconds=9))
    assert BY_MAIL not in kinds(shop.take(replace(found, asked_at=NOON + timedelta(hours=1))))


def test_the_webhook_of_an_earlier_decline_that_comes_behind_a_look_up_is_not_told() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(at(0, intent("processing", method="pm_3")), seen(2 * 86_400, "requires_payment_method"))
    assert BY_MAIL in kinds(shop.take(declined("evt_3", "pm_3", "expired_card", DAY)))
    assert BY_MAIL not in kinds(shop.take(declined("evt_2", "pm_2", "generic_decline", timedelta(hours=1))))


@pytest.mark.parametrize("event_id", ["evt_0", "evt_2"])
def test_of_two_in_one_second_the_second_is_told_whatever_its_id(event_id: str) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(FIRST, intent("processing", charge="ch_1", method="pm_2"))
    told = kinds(shop.take(declined(event_id, "pm_2", "generic_decline", timedelta())))
    assert {BY_MAIL, IN_CHAT} <= set(told)


def test_two_declines_that_name_one_charge_are_counted_in_any_order() -> None:
    second = declined("evt_2", "pm_2", "payment_intent_authentication_failure", timedelta(minutes=1))
    for order in permutations((FIRST, CHECK, second)):
        shop = FakeDatabase(a_payment())
        for event in order:
            shop.take(event)
        assert sum(n for todo in shop.plans for n in todo.totals.declines.values()) == 2


def test_a_decline_without_a_charge_is_counted_once_by_whatever_events() -> None:
    shop = FakeDatabase(a_payment())
    for event_id in ("evt_1", "evt_2"):
        shop.take(intent("payment_failed", event_id, method="pm_1"))
    assert sum(n for todo in shop.plans for n in todo.totals.declines.values()) == 1


def test_a_decline_that_was_kept_under_its_charge_alone_is_known_under_both() -> None:
    failure = Failure(NOON, "evt_1", Attempt("ch_1", "pm_1"), "insufficient_funds")
    kept = dump_facts(PaymentFacts(intents={"pi_1": IntentFacts(failures={"ch_1": failure})}))
    payment = replace(a_payment().with_facts(load_facts(kept), NOON), failure_told_at=NOON)
    shop = FakeDatabase(payment)
    assert shop.take(replace(FIRST, event_id="found/pi_1")).messages == []


@pytest.mark.parametrize(
    ("events", "keys"),
    [
        ([FIRST], {"ch_1"}),
        ([FIRST, declined("evt_2", "pm_2", "expired", DAY)], {"ch_1", "ch_1/pm_2"}),
        ([declined("evt_2", "", "expired", DAY)], {"ch_1"}),
        ([declined("evt_2", "", "expired", DAY), FIRST], {"ch_1", "ch_1/pm_1"}),
        ([intent("payment_failed", "evt_3", method="pm_1"), FIRST], {"evt_3", "ch_1"}),
        ([FIRST, intent("payment_failed", "evt_4", charge="ch_2", method="pm_1")], {"ch_1", "ch_2"}),
    ],
    ids=["one", "two of one charge", "without a method", "one with, one without", "without a charge", "two charges"],
)
def test_a_program_that_knows_no_methods_finds_a_decline_of_each_charge(
    events: list[ProviderEvent], keys: set[str]
) -> None:
    """A replica that is not updated yet, or an older version that was gone back to, would tell of it again."""
    shop = FakeDatabase(a_payment())
    shop.take(*events)
    kept = dump_facts(shop.payment.facts)
    assert set(json.loads(kept)["intents"]["pi_1"]["failures"]) == keys
    assert load_facts(kept) == shop.payment.facts
