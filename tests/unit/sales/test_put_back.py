"""What Stripe said before the database was found to be an older copy: who has heard of it nobody knows."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.message_kind import Kind
from checkout.payments.plan_events import Plan, plan
from checkout.payments.rules import Known
from tests.support.clock import NOON
from tests.support.event_samples import RULES, failed, intent, refund
from tests.support.payments import a_payment

LATER = NOON + timedelta(hours=1)


def planned(*events: ProviderEvent, put_back_at: datetime | None) -> Plan:
    rules = replace(RULES, put_back_at=lambda: put_back_at)
    return plan(Known(payments=[a_payment()]), events, rules, LATER)


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


def test_a_decline_of_before_is_not_told_and_shows_in_the_pay_message() -> None:
    todo = planned(failed("ch_1"), put_back_at=LATER)
    assert of_kind(todo, Kind.PAYMENT_FAILED) == []
    assert len(of_kind(todo, Kind.PAY_MESSAGE)) == 1


def test_a_refund_of_before_waits_for_a_person_and_the_receipt_without_a_number_leaves() -> None:
    todo = planned(intent("succeeded"), refund("re_1", 500, "succeeded"), put_back_at=LATER)
    assert len(of_kind(todo, Kind.PAYMENT_PAID)) == 2
    assert [one.dedupe_key for one in todo.unclear] == of_kind(todo, Kind.PAYMENT_REFUNDED)
    assert len(todo.unclear) == 2
