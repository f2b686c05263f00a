"""Why a payment went to review is told to admins as people write money, in their own language."""

import json
from dataclasses import replace
from typing import Any

import pytest

from checkout.model.events import Metadata
from checkout.model.facts import Mismatch, PaymentFacts
from checkout.payments.event_facts import with_report
from db.repositories.facts_json import dump_facts, load_facts
from messages.language.mismatch import explain_mismatch
from tests.support.event_samples import intent
from tests.support.payments import a_payment


@pytest.mark.parametrize(
    ("changes", "en", "ru"),
    [
        ({"amount": 1500}, "€15.00 instead of €19.00", "15,00\u00a0€ вместо 19,00\u00a0€"),
        ({"amount_received": 500}, "€5.00 instead of €19.00", "5,00\u00a0€ вместо 19,00\u00a0€"),
        ({"currency": "jpy"}, "¥1,900 instead of €19.00", "1\u00a0900\u00a0¥ вместо 19,00\u00a0€"),
        ({"currency": "usd", "amount": 2100}, "$21.00 instead of €19.00", "21,00\u00a0$ вместо 19,00\u00a0€"),
        (
            {"livemode": True},
            "paid in live mode: real money has come",
            "оплачено в рабочем режиме: пришли настоящие деньги",
        ),
        (
            {"livemode": True, "amount": 1500},
            "€15.00 instead of €19.00, paid in live mode: real money has come",
            "15,00\u00a0€ вместо 19,00\u00a0€, оплачено в рабочем режиме: пришли настоящие деньги",
        ),
        (
            {"metadata": Metadata("night-market", "pay_1", review="refund")},
            "an admin has decided to give it back",
            "администратор решил вернуть эти деньги",
        ),
    ],
)
def test_it_is_told_in_words(changes: dict[str, Any], en: str, ru: str) -> None:
    event, payment = intent("succeeded", **changes), a_payment()
    assert event.report is not None
    facts = with_report(payment, event, event.report, livemode=False)
    (name,) = facts.mismatches
    from_before = json.dumps({"mismatches": [name]})
    for known in (facts, load_facts(dump_facts(facts)), load_facts(from_before)):
        assert known.mismatches == facts.mismatches
        assert explain_mismatch(name, replace(payment, facts=known), "en") == f"pi_1: {en}"
        assert explain_mismatch(name, replace(payment, facts=known), "ru") == f"pi_1: {ru}"


def test_what_is_not_known_is_told_by_its_name() -> None:
    odd = PaymentFacts(mismatches={"pi_1: odd": Mismatch("pi_1")})
    assert explain_mismatch("pi_1: odd", a_payment(facts=odd), "ru") == "pi_1: odd"
