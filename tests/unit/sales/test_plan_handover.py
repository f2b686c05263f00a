"""Who hands over what was bought, as it is planned with the event that paid for it."""

from dataclasses import replace

import pytest

from checkout.model.message_content import ToDo
from checkout.model.message_kind import Kind
from checkout.model.payment import Fulfilment
from checkout.notifications.handover import Handover
from checkout.payments.plan import Plan
from checkout.payments.plan_events import plan
from checkout.payments.rules import Known
from tests.support.clock import NOON
from tests.support.event_samples import OURS, RULES, FakeDatabase, dispute, failed, intent, refund
from tests.support.payments import a_payment


def told_to(todo: Plan, kind: Kind) -> list[str]:
    return [one.recipient for one in todo.messages if one.kind is kind]


@pytest.mark.parametrize(
    ("handover", "fulfilment", "alerts"),
    [(Handover.PROGRAM, "delivered", 0), (Handover.PERSON, "to_do", 2), (Handover.MISSING, "to_do", 2)],
)
def test_what_is_paid_is_delivered_or_waits_for_a_person(handover: Handover, fulfilment: str, alerts: int) -> None:
    rules = replace(RULES, admin_ids=(9001, 9002), handover_of=lambda sku: handover)
    todo = plan(Known([a_payment()], last_receipt_number=1), [intent("succeeded")], rules, NOON)
    (paid,) = todo.changed.values()
    assert paid.fulfilment == fulfilment
    assert len(told_to(todo, Kind.ADMIN_TO_DO)) == alerts
    assert len(todo.to_do) == bool(alerts)


def test_nothing_is_to_be_handed_over_before_it_is_paid_and_once_it_is_nothing_changes_that() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(failed("ch_1"))
    assert shop.payment.fulfilment == ""
    shop.take(intent("succeeded"))
    shop.payments["pay_1"] = replace(shop.payment, fulfilment=Fulfilment.DONE)
    todo = shop.take(refund("re_1", 500, "succeeded"), dispute("needs_response"))
    assert shop.payment.fulfilment == "done"
    assert told_to(todo, Kind.ADMIN_TO_DO) == []


def test_the_alert_is_brought_up_to_date_when_all_money_goes_back_and_when_that_fails() -> None:
    shop = FakeDatabase(a_payment())
    shop.rules = replace(RULES, handover_of=lambda sku: Handover.PERSON)
    shop.take(intent("succeeded"))
    turns = [shop.take(refund("re_1", 1900, status)) for status in ("pending", "succeeded", "failed")]
    assert [[one.content for one in todo.messages if one.kind is Kind.ADMIN_TO_DO] for todo in turns] == [
        [],
        [ToDo(0)],
        [ToDo(0)],
    ]


@pytest.mark.parametrize(
    ("handover", "fulfilment"),
    [(Handover.PROGRAM, "delivered"), (Handover.MISSING, "delivered"), (Handover.PERSON, "to_do")],
)
def test_what_was_told_before_the_database_was_lost_is_listed_and_told_to_nobody(
    handover: Handover, fulfilment: str
) -> None:
    rules = replace(RULES, handover_of=lambda sku: handover)
    todo = plan(Known(), [intent("succeeded", metadata=replace(OURS, receipt=7))], rules, NOON)
    (paid,) = todo.inserted.values()
    assert (paid.fulfilment, todo.messages) == (fulfilment, [])


def test_of_each_product_it_is_asked_once_for_all_of_a_group_and_anew_for_the_next() -> None:
    asked: list[str] = []

    def handover_of(sku: str) -> Handover:
        asked.append(sku)
        return Handover.PROGRAM

    rules = replace(RULES, handover_of=handover_of)
    bought = [("pay_1", "pi_1", "guide"), ("pay_2", "pi_2", "guide"), ("pay_3", "pi_3", "poster")]
    known = Known(
        [
            a_payment(payment_id=one, payment_intent_id=of, sku=sku, amount=1900, currency="eur")
            for one, of, sku in bought
        ]
    )
    events = [
        intent("succeeded", f"evt_{one}", intent_id=intent_id, metadata=replace(OURS, payment_id=one, sku=sku))
        for one, intent_id, sku in bought
    ]
    assert len(plan(known, events, rules, NOON).changed) == 3
    assert asked == ["guide", "poster"]
    plan(known, events, rules, NOON)
    assert asked == ["guide", "poster"] * 2
