"""The ledger and provider events as JSON text, short keys left readable."""

import json
from datetime import UTC, datetime
from typing import Any

from checkout.model.events import (
    ChargeReport,
    DecisionReport,
    DisputeReport,
    FraudWarningReport,
    IntentReport,
    Metadata,
    ProviderEvent,
    RefundReport,
    Report,
)
from checkout.model.facts import (
    Attempt,
    CardUsed,
    DisputeFact,
    Failure,
    IntentFacts,
    PaymentFacts,
    Received,
    RefundFact,
)

REPORTS: dict[str, type[Report]] = {
    report.__name__: report
    for report in (IntentReport, ChargeReport, RefundReport, DisputeReport, FraudWarningReport, DecisionReport)
}


def dump_facts(facts: PaymentFacts) -> str:
    """Facts that are empty are left out."""
    data: dict[str, Any] = {
        "intents": {key: _dump_intent(facts) for key, facts in facts.intents.items()},
        "refunds": {key: _dump_refund(fact) for key, fact in facts.refunds.items()},
        "disputes": {key: [fact.status, fact.amount, _time(fact.due_by)] for key, fact in facts.disputes.items()},
        "charge_refunded": facts.charge_refunded,
        "mismatches": sorted(facts.mismatches),
        "received": {
            key: [one.amount, one.currency, one.livemode, _time(one.at)] for key, one in facts.received.items()
        },
        "accepted_at": _time(facts.accepted_at),
        "expired": facts.expired,
    }
    return json.dumps({key: value for key, value in data.items() if value}, separators=(",", ":"))


def load_facts(text: str) -> PaymentFacts:
    data = json.loads(text)
    if not data:
        return PaymentFacts()
    return PaymentFacts(
        intents={key: _load_intent(one) for key, one in data.get("intents", {}).items()},
        refunds={key: RefundFact(*one) for key, one in data.get("refunds", {}).items()},
        disputes={key: DisputeFact(one[0], one[1], _at(one[2])) for key, one in data.get("disputes", {}).items()},
        charge_refunded=data.get("charge_refunded", 0),
        mismatches=frozenset(data.get("mismatches", ())),
        received={
            key: Received(one[0], one[1], one[2], _known(one[3])) for key, one in data.get("received", {}).items()
        },
        accepted_at=_at(data.get("accepted_at")),
        expired=data.get("expired", False),
    )


def _dump_refund(fact: RefundFact) -> list[int | str]:
    return [fact.amount, fact.status, fact.request] if fact.request else [fact.amount, fact.status]


def _dump_intent(facts: IntentFacts) -> dict[str, Any]:
    data: dict[str, Any] = {
        "succeeded_at": _time(facts.succeeded_at),
        "canceled": facts.canceled,
        "processing": sorted([one.charge, one.method] for one in facts.processing),
        "failures": {
            key: [_time(one.at), one.event_id, one.attempt.charge, one.attempt.method, one.code, one.message]
            for key, one in facts.failures.items()
        },
        "card": [facts.card.type, facts.card.brand, facts.card.last4] if facts.card else None,
    }
    return {key: value for key, value in data.items() if value}


def _load_intent(data: dict[str, Any]) -> IntentFacts:
    return IntentFacts(
        succeeded_at=_at(data.get("succeeded_at")),
        canceled=data.get("canceled", False),
        processing=frozenset(Attempt(*one) for one in data.get("processing", ())),
        failures={key: _load_failure(one) for key, one in data.get("failures", {}).items()},
        card=CardUsed(*data["card"]) if "card" in data else None,
    )


def _load_failure(data: list[str]) -> Failure:
    at, event_id, charge, method, code, message = data
    return Failure(_known(at), event_id, Attempt(charge, method), code, message)


def dump_event(event: ProviderEvent) -> str:
    report = event.report
    assert report is not None, "an event without a report waits for nothing"
    fields = {name: getattr(report, name) for name in report.__slots__}
    fields["metadata"] = [getattr(report.metadata, name) for name in Metadata.__slots__]
    if fields.get("card"):
        fields["card"] = [report.card.type, report.card.brand, report.card.last4]  # type: ignore[union-attr]
    if "due_by" in fields:
        fields["due_by"] = _time(fields["due_by"])
    return json.dumps([event.event_id, event.type, _time(event.created), event.livemode, type(report).__name__, fields])


def load_event(text: str) -> ProviderEvent:
    event_id, type_, created, livemode, report, fields = json.loads(text)
    fields["metadata"] = Metadata(*fields["metadata"])
    if fields.get("card"):
        fields["card"] = CardUsed(*fields["card"])
    if "due_by" in fields:
        fields["due_by"] = _at(fields["due_by"])
    return ProviderEvent(event_id, type_, _known(created), livemode, REPORTS[report](**fields))


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _at(text: str | None) -> datetime | None:
    return _known(text) if text else None


def _known(text: str) -> datetime:
    return datetime.fromisoformat(text)
