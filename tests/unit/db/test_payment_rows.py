"""A payment and its row: each column is named once in SQL and once as a field."""

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any, cast

from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import CardUsed, IntentFacts
from checkout.model.payment import Fulfilment, Payment, Status
from db.engine.connection import Row
from db.repositories.payment_rows import read_payments, write_payment
from db.repositories.payments import SQL
from tests.support.clock import NOON
from tests.support.payments import a_payment

PAID = PaymentFacts(intents={"pi_1": IntentFacts(succeeded_at=NOON, card=CardUsed("card", "visa", "4242"))})
FULL = a_payment(
    status=Status.PAID,
    attempt=2,
    failure_code="expired_card",
    failure_message="The card has expired.",
    amount_refunded=500,
    chat_message_id=77,
    receipt_number=3,
    paid_at=NOON,
    failure_told_at=NOON + timedelta(minutes=1),
    close_intent_at=NOON + timedelta(minutes=2),
    fulfilment=Fulfilment.DELIVERED,
    facts=PAID,
    version=4,
)
# Only searched by and exported.
DERIVED = {"card_last4", "fee", "net", "settled_currency"}
# What is changed by queries of its own, or never: an update that was planned before must not undo it.
KEPT = {
    "payment_id",
    "pay_token",
    "telegram_user_id",
    "email",
    "sku",
    "title",
    "language",
    "chat_message_id",
    "created_at",
}


class ARow(dict[str, Any]):
    """As a database's: what it is gone through by are its values."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


def test_every_field_comes_back() -> None:
    assert not [field.name for field in fields(Payment) if getattr(FULL, field.name) == field.default]
    row = cast(Row, ARow(write_payment(FULL)))
    assert read_payments([row, row]) == [FULL, FULL]
    assert read_payments([]) == []


def test_a_boolean_is_one_whatever_the_database_makes_of_it() -> None:
    row: dict[str, Any] = {**write_payment(FULL), "livemode": 1}
    (payment,) = read_payments([cast(Row, ARow(row))])
    assert payment.livemode is True


def test_the_queries_know_every_column() -> None:
    columns = set(write_payment(FULL))
    assert set(SQL["add"].parameters) == columns - {"version"}, "a new row has version 0"
    assert set(SQL["update"].parameters) == columns - KEPT | {"payment_id"}
    selected = SQL["get"].sql.partition(" FROM ")[0].removeprefix("SELECT").split(",")
    assert {column.strip() for column in selected} == columns - DERIVED


def test_an_update_sets_each_column_to_its_own_parameter() -> None:
    assert "amount = :amount, currency = :currency" in SQL["update"].sql
    assert "version = version + 1" in SQL["update"].sql


def test_the_card_can_be_searched_by_once_it_has_paid() -> None:
    assert write_payment(FULL)["card_last4"] == "4242"
    for facts in (
        PaymentFacts(),
        PaymentFacts(intents={"pi_1": IntentFacts(succeeded_at=NOON, card=CardUsed("klarna"))}),
    ):
        assert write_payment(replace(FULL, facts=facts))["card_last4"] is None
