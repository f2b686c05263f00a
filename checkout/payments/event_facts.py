"""What a provider event says of a payment, as one more fact."""

from dataclasses import replace

from checkout.model.events import (
    ChargeReport,
    DecisionReport,
    DisputeReport,
    IntentReport,
    ProviderEvent,
    RefundReport,
    Report,
)
from checkout.model.facts import Attempt, DisputeFact, Failure, IntentFacts, PaymentFacts, Received, RefundFact
from checkout.model.payment import Payment, Status


def with_report(payment: Payment, event: ProviderEvent, report: Report) -> PaymentFacts:
    """The payment's facts and this one more."""
    facts = payment.facts
    if isinstance(report, IntentReport):
        mismatch = _mismatch_of(payment, event, report)
        if mismatch:
            return _with_mismatch(facts, mismatch, event, report)
        return facts.with_intent(report.intent_id, _intent_facts(event, report))
    if isinstance(report, RefundReport):
        return facts.with_refund(report.refund_id, RefundFact(report.amount, report.status, report.request))
    if isinstance(report, ChargeReport):
        facts = facts.with_charge_refunded(report.amount_refunded)
        return facts.with_intent(report.intent_id, IntentFacts(card=report.card))
    if isinstance(report, DecisionReport):
        return replace(facts, accepted_at=event.created) if payment.status is Status.REVIEW else facts
    if isinstance(report, DisputeReport):
        fact = DisputeFact(report.status, report.amount, report.due_by)
        return facts.with_dispute(report.dispute_id, fact)
    return facts


def _with_mismatch(facts: PaymentFacts, reason: str, event: ProviderEvent, report: IntentReport) -> PaymentFacts:
    facts = facts.with_mismatch(reason)
    if report.kind != "succeeded":
        return facts
    received = Received(report.amount_received or report.amount, report.currency, report.livemode, event.created)
    return facts.with_received(report.intent_id, received)


def _intent_facts(event: ProviderEvent, report: IntentReport) -> IntentFacts:
    attempt = Attempt(report.charge, report.method)
    match report.kind:
        case "succeeded":
            return IntentFacts(succeeded_at=event.created, card=report.card)
        case "processing":
            return IntentFacts(processing=frozenset({attempt}))
        case "canceled":
            return IntentFacts(canceled=True)
        case "payment_failed":
            failure = Failure(event.created, event.event_id, attempt, report.failure_code, report.failure_message)
            return IntentFacts(failures={failure.attempt_key: failure})
    return IntentFacts()


def _mismatch_of(payment: Payment, event: ProviderEvent, report: IntentReport) -> str:
    """Why this report cannot be about this payment as we made it; empty when all is well."""
    wrong = []
    if report.amount != payment.amount:
        wrong.append(f"amount {report.amount} instead of {payment.amount}")
    elif report.kind == "succeeded" and report.amount_received not in (0, payment.amount):
        wrong.append(f"received {report.amount_received} instead of {payment.amount}")
    if report.currency != payment.currency:
        wrong.append(f"currency {report.currency} instead of {payment.currency}")
    if {event.livemode, report.livemode} != {payment.livemode}:
        wrong.append("test mode" if payment.livemode else "live mode")
    return f"{report.intent_id}: {', '.join(wrong)}" if wrong else ""
