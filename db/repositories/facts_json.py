"""Facts and provider events as JSON text, short keys left readable."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import starmap
from typing import Any

import msgspec

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
from checkout.model.facts import ChargeRefunded, Decision, Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import (
    LONG_AGO,
    Attempt,
    CardUsed,
    DisputeFact,
    Failure,
    IntentFacts,
    NextAction,
    Observation,
    Settlement,
)

REPORTS: dict[str, type[Report]] = {
    report.__name__: report
    for report in (IntentReport, ChargeReport, RefundReport, DisputeReport, FraudWarningReport, DecisionReport)
}


def dump_facts(facts: PaymentFacts) -> str:
    """Facts that are empty are left out."""
    parts = _dump_parts(facts, _FACTS)
    if facts.disputes:  # apart: what was released before takes no more of a dispute
        parts["disputed"] = {key: one.intent_id for key, one in facts.disputes.items()}
    return _as_json(parts).decode()


def _dump_parts(whole: PaymentFacts | IntentFacts, parts: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Each under its own name, and nothing that is empty: of a payment there is seldom more than a fact or two."""
    return {name: dump(part) for name, dump in parts.items() if (part := getattr(whole, name))}


def load_facts(text: str) -> PaymentFacts:
    data = _from_json(text)
    if not data:
        return PaymentFacts()
    return PaymentFacts(
        intents={key: _load_intent(one) for key, one in data.get("intents", {}).items()},
        refunds={key: RefundFact(*one) for key, one in data.get("refunds", {}).items()},
        disputes=_load_disputes(data),
        charges=_load_charges(data),
        mismatches=_load_mismatches(data["mismatches"]) if "mismatches" in data else {},
        received={key: _load_received(*one) for key, one in data.get("received", {}).items()},
        decision=_load_decision(data),
        taken_in_at=_at(data.get("taken_in_at")),
        expired=data.get("expired", False),
    )


def _dump_refund(fact: RefundFact) -> list[int | str]:
    return [fact.amount, fact.status, fact.request, fact.intent_id]


def _dump_dispute(fact: DisputeFact) -> list[Any]:
    return [fact.status, fact.amount, _time(fact.due_by), fact.currency, _time(fact.at)]


def _load_disputes(data: dict[str, Any]) -> dict[str, DisputeFact]:
    intents = data.get("disputed", {})
    return {key: _load_dispute(intents.get(key, ""), *one) for key, one in data.get("disputes", {}).items()}


def _load_dispute(
    intent_id: str, status: str, amount: int, due_by: str | None, currency: str = "", at: str | None = None
) -> DisputeFact:
    return DisputeFact(status, amount, _at(due_by), currency, _at(at) or LONG_AGO, intent_id)


def _load_charges(data: dict[str, Any]) -> dict[str, ChargeRefunded]:
    """Rows from before charges were told apart have one sum."""
    if "charge_refunded" in data:
        return {"": ChargeRefunded(data["charge_refunded"])}
    return {key: ChargeRefunded(*one) for key, one in data.get("charges", {}).items()}


def _load_mismatches(kept: dict[str, Any] | list[str]) -> dict[str, Mismatch]:
    """Rows from before code and figures were kept have the names alone, which say in English what does not fit."""
    if isinstance(kept, list):
        return {name: _named_mismatch(name) for name in kept}
    return {name: Mismatch(*one) for name, one in kept.items()}


def _named_mismatch(name: str) -> Mismatch:
    amount, currency = _AMOUNT_IN_NAME.search(name), _CURRENCY_IN_NAME.search(name)
    code = next((code for words, code in _CODE_IN_NAME.items() if words in name), "")
    return Mismatch(name.partition(": ")[0], int(amount[1]) if amount else None, currency[1] if currency else "", code)


def _load_decision(data: dict[str, Any]) -> Decision | None:
    """Rows from before a refund was a decision know when it was decided to deliver."""
    if "accepted_at" in data:
        return Decision("deliver", 0, _known(data["accepted_at"]))
    if "decision" not in data:
        return None
    action, admin_id, at = data["decision"]
    return Decision(action, admin_id, _known(at))


def _dump_failure(one: Failure) -> list[str | None]:
    return [_time(one.at), one.event_id, one.attempt.charge, one.attempt.method, one.code, one.message]


def _dump_failures(found: Mapping[str, Failure]) -> dict[str, list[str | None]]:
    """As a program looks for them that knows no methods, and would tell of them again: under charge or event alone."""
    dumped: dict[str, list[str | None]] = {}
    for key, one in sorted(found.items()):
        usual = one.attempt.charge or one.event_id
        dumped[key if usual in dumped else usual] = _dump_failure(one)
    return dumped


def _dump_settlement(settlement: Settlement) -> list[Any]:
    return [settlement.fee, settlement.net, settlement.currency]


def _load_intent(data: dict[str, Any]) -> IntentFacts:
    return IntentFacts(
        succeeded_at=_at(data.get("succeeded_at")),
        canceled=data.get("canceled", False),
        processing=dict(_load_attempt(*one) for one in data.get("processing", ())),
        # By their own keys: in rows from before methods counted they are kept under others.
        failures={one.attempt_key: one for one in starmap(_load_failure, data.get("failures", {}).values())},
        card=CardUsed(*data["card"]) if "card" in data else None,
        settlement=Settlement(*data["settlement"]) if "settlement" in data else None,
        observed=Observation(_known(data["observed"][0]), data["observed"][1]) if "observed" in data else None,
        actions=dict(_load_action(*one) for one in data.get("actions", ())),
    )


def _dump_action(attempt: Attempt, action: NextAction) -> list[str | None]:
    plain = [attempt.charge, attempt.method, _time(action.at)]
    return [*plain, _time(action.until), action.url] if action.is_voucher else plain


def _load_action(
    charge: str, method: str, at: str, until: str | None = None, url: str = ""
) -> tuple[Attempt, NextAction]:
    return Attempt(charge, method), NextAction(_known(at), _at(until) or LONG_AGO, url)


def _load_attempt(charge: str, method: str, at: str | None = None) -> tuple[Attempt, datetime]:
    return Attempt(charge, method), _at(at) or LONG_AGO


def _load_received(amount: int, currency: str, livemode: bool, at: str) -> Received:
    return Received(amount, currency, livemode, _known(at))


def _load_failure(at: str, event_id: str, charge: str, method: str, code: str, message: str) -> Failure:
    return Failure(_known(at), event_id, Attempt(charge, method), code, message)


def dump_event(event: ProviderEvent) -> str:
    report = event.report
    assert report is not None, "an event without a report waits for nothing"
    fields = {name: getattr(report, name) for name in report.__slots__}
    fields["metadata"] = [getattr(report.metadata, name) for name in Metadata.__slots__]
    if fields.get("card"):
        fields["card"] = [report.card.type, report.card.brand, report.card.last4]  # type: ignore[union-attr]
    if fields.get("settlement"):
        fields["settlement"] = _dump_settlement(fields["settlement"])
    if "due_by" in fields:
        fields["due_by"] = _time(fields["due_by"])
    return json.dumps(
        [
            event.event_id,
            event.type,
            _time(event.created),
            event.livemode,
            type(report).__name__,
            fields,
            _time(event.asked_at),
        ]
    )


def load_event(text: str) -> ProviderEvent:
    event_id, type_, created, livemode, report, fields, *asked_at = json.loads(text)
    fields["metadata"] = Metadata(*fields["metadata"])
    if fields.get("card"):
        fields["card"] = CardUsed(*fields["card"])
    if fields.get("settlement"):
        fields["settlement"] = Settlement(*fields["settlement"])
    if "due_by" in fields:
        fields["due_by"] = _at(fields["due_by"])
    return ProviderEvent(
        event_id, type_, _known(created), livemode, REPORTS[report](**fields), _at(*asked_at or [None])
    )


@lru_cache(maxsize=64)  # the events of a group share their seconds
def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at else None


def _at(text: str | None) -> datetime | None:
    return _known(text) if text else None


def _known(text: str) -> datetime:
    return datetime.fromisoformat(text)


_AMOUNT_IN_NAME = re.compile(r": (?:amount|received) (\d+) instead of")
_CURRENCY_IN_NAME = re.compile(r"currency ([a-z]+) instead of")
_CODE_IN_NAME = {"test mode": "test_mode", "live mode": "live_mode", "an admin has decided": "refused"}
_as_json, _from_json = msgspec.json.Encoder().encode, msgspec.json.Decoder().decode
_INTENT: Mapping[str, Callable[[Any], Any]] = {
    "succeeded_at": _time,
    "canceled": bool,
    "processing": lambda found: sorted([one.charge, one.method, _time(at)] for one, at in found.items()),
    "failures": _dump_failures,
    "card": lambda card: [card.type, card.brand, card.last4],
    "settlement": _dump_settlement,
    "observed": lambda observed: [_time(observed.at), observed.status],
    "actions": lambda found: [_dump_action(attempt, action) for attempt, action in sorted(found.items())],
}
_FACTS: Mapping[str, Callable[[Any], Any]] = {
    "intents": lambda found: {key: _dump_parts(one, _INTENT) for key, one in found.items()},
    "refunds": lambda found: {key: _dump_refund(fact) for key, fact in found.items()},
    "disputes": lambda found: {key: _dump_dispute(fact) for key, fact in found.items()},
    "charges": lambda found: {key: [fact.amount, fact.intent_id] for key, fact in found.items()},
    # The release before takes the names alone.
    "mismatches": lambda found: {
        name: [one.intent_id, one.amount, one.currency, one.code] for name, one in sorted(found.items())
    },
    "received": lambda found: {
        key: [one.amount, one.currency, one.livemode, _time(one.at)] for key, one in found.items()
    },
    "decision": lambda decision: [decision.action, decision.admin_id, _time(decision.at)],
    "taken_in_at": _time,
    "expired": bool,
}
