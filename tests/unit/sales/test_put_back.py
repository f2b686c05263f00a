"""What Stripe said before the database was found to be an older copy: who has heard of it nobody knows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.payments.plan import Plan
from checkout.payments.plan_events import plan
from checkout.payments.rules import Known
from tests.support.clock import NOON
from tests.support.event_samples import RULES, failed, intent, refund
from tests.support.payments import a_payment

LATER = NOON + timedelta(hours=1)


def planned(*events: ProviderEvent, put_back_at: datetime | None, chat_message_id: int | None = None) -> Plan:
    rules = replace(RULES, put_back_at=lambda: put_back_at)
    return plan(Known(payments=[a_payment(chat_message_id=chat_message_id)]), events, rules, LATER)


def later(event: ProviderEvent, seconds: int) -> ProviderEvent:
    return replace(event, created=NOON + timedelta(seconds=seconds))


def of_kind(todo: Plan, kind: Kind) -> list[str]:
    return [one.dedupe_key for one in todo.messages if one.kind is kind]


@pytest.mark.parametrize("put_back_at", [None, NOON - timedelta(seconds=1)], ids=["as it was", "put back before"])
def test_what_is_said_after_it_is_told(put_back_at: datetime | None) -> None:
    todo = planned(failed("ch_1"), put_back_at=put_back_at)
    assert len(of_kind(todo, Kind.PAYMENT_FAILED)) == 1
    todo = planned(intent("succeeded"), refund("re_1", 500, "succeeded"), put_back_at=put_back_at)
    assert len(of_kind(todo, Kind.PAYMENT_REFUNDED)) == 2
    assert todo.unclear == []


@pytest.mark.parametrize(("minutes", "mails"), [(9, 1), (11, 0)])
def test_of_a_decline_the_mail_cannot_have_left_within_ten_minutes(minutes: int, mails: int) -> None:
    todo = planned(failed("ch_1"), put_back_at=NOON + timedelta(minutes=minutes))
    assert len(of_kind(todo, Kind.PAYMENT_FAILED)) == mails


@pytest.mark.parametrize(("chat_message_id", "shown"), [(7, 1), (None, 0)], ids=["where it is known", "and not anew"])
def test_a_decline_of_before_is_not_told_and_shows_in_the_pay_message(chat_message_id: int | None, shown: int) -> None:
    todo = planned(failed("ch_1"), put_back_at=LATER, chat_message_id=chat_message_id)
    assert of_kind(todo, Kind.PAYMENT_FAILED) == []
    assert len(of_kind(todo, Kind.PAY_MESSAGE)) == shown


VOUCHER = intent("requires_action", voucher_url="https://payments.stripe.com/voucher/1", voucher_until=LATER)
DEBIT = intent("processing")


@pytest.mark.parametrize("first", [DEBIT, VOUCHER], ids=["a debit", "a voucher"])
@pytest.mark.parametrize("minutes", [1, 9, 11, 60])
def test_a_bank_that_refused_before_is_for_a_person_whatever_the_events_order_had_been(
    first: ProviderEvent, minutes: int
) -> None:
    todo = planned(first, failed("ch_1"), put_back_at=NOON + timedelta(minutes=minutes))
    assert len(of_kind(todo, Kind.PAYMENT_FAILED)) == 2
    assert [one.dedupe_key for one in todo.unclear] == of_kind(todo, Kind.PAYMENT_FAILED)


@pytest.mark.parametrize("first", [DEBIT, VOUCHER], ids=["a debit", "a voucher"])
def test_a_bank_that_refuses_after_it_is_told(first: ProviderEvent) -> None:
    todo = planned(first, failed("ch_1"), put_back_at=NOON - timedelta(seconds=1))
    assert len(of_kind(todo, Kind.PAYMENT_FAILED)) == 2
    assert todo.unclear == []


def test_a_mail_that_an_earlier_decline_has_put_off_goes_on_waiting() -> None:
    todo = planned(failed("ch_0"), later(DEBIT, 1), later(failed("ch_1"), 2), put_back_at=NOON + timedelta(minutes=9))
    mails = [one for one in todo.messages if one.kind is Kind.PAYMENT_FAILED and one.channel is Channel.MAIL]
    assert len(mails) == 1
    assert mails[0] not in todo.unclear
    assert [one.channel for one in todo.unclear] == [Channel.CHAT]


def test_a_refund_of_before_waits_for_a_person_and_the_receipt_without_a_number_leaves() -> None:
    todo = planned(intent("succeeded"), refund("re_1", 500, "succeeded"), put_back_at=LATER)
    assert len(of_kind(todo, Kind.PAYMENT_PAID)) == 2
    assert [one.dedupe_key for one in todo.unclear] == of_kind(todo, Kind.PAYMENT_REFUNDED)
    assert len(todo.unclear) == 2
