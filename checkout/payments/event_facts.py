"""What a provider event says of a payment, as one more fact."""

from dataclasses import replace

from checkout import limits
from checkout.model import keys
from checkout.model.events import (
    ChargeReport,
    DecisionReport,
    DisputeReport,
    IntentReport,
    ProviderEvent,
    RefundReport,
    Report,
)
from checkout.model.facts import ChargeRefunded, Decision, Mismatch, PaymentFacts, Received, RefundFact
from checkout.model.intent_facts import Attempt, DisputeFact, Failure, IntentFacts, NextAction, Observation
from checkout.model.payment import Payment

# The name is in the keys of alerts, whose text never changes.
Named = tuple[str, Mismatch]


def with_report(payment: Payment, event: ProviderEvent, report: Report, *, livemode: bool) -> PaymentFacts:
    """The payment's facts and this one more; ``livemode`` is the shop's."""
    facts = payment.facts
    if isinstance(report, IntentReport):
        return _with_intent(payment, event, report, livemode)
    if isinstance(report, RefundReport):
        refund = RefundFact(report.amount, report.status, report.request, report.intent_id)
        return facts.with_refund(report.refund_id, refund)
    if isinstance(report, ChargeReport):
        if report.amount_refunded:
            facts = facts.with_charge(report.charge, ChargeRefunded(report.amount_refunded, report.intent_id))
        return facts.with_intent(report.intent_id, IntentFacts(card=report.card))
    if isinstance(report, DecisionReport):
        decision = Decision(report.action, report.admin_id, event.created)
        return facts.with_decision(decision) if payment.waits_for_a_decision else facts
    if isinstance(report, DisputeReport):
        at = event.asked_at or event.created
        dispute = DisputeFact(report.status, report.amount, report.due_by, report.currency, at, report.intent_id)
        return facts.with_dispute(report.dispute_id, dispute)
    return facts


def _with_intent(payment: Payment, event: ProviderEvent, report: IntentReport, livemode: bool) -> PaymentFacts:
    facts = payment.facts
    if report.metadata.review:
        facts = facts.with_decision(Decision(report.metadata.review, 0, event.created))
    mismatch = _mismatch_of(payment, event, report, livemode) or _refusal_of(facts, report)
    if mismatch or _is_odd_money(facts, report):
        return _with_mismatch(facts, mismatch, event, report)
    return facts.with_intent(report.intent_id, _intent_facts(facts.intents.get(report.intent_id), event, report))


def _refusal_of(facts: PaymentFacts, report: IntentReport) -> Named | None:
    """Why it must not become a sale where what was agreed is lost: an admin has decided to give it back."""
    is_refused = report.metadata.review == "refund" and not report.metadata.receipt
    if not is_refused or report.kind != "succeeded" or report.intent_id in facts.received:
        return None
    return f"{report.intent_id}: an admin has decided to give it back", Mismatch(report.intent_id, code="refused")


def _with_mismatch(
    facts: PaymentFacts, mismatch: Named | None, event: ProviderEvent, report: IntentReport
) -> PaymentFacts:
    """What an intent once brought otherwise than agreed never becomes a normal success, whatever a row says now."""
    facts = facts.with_mismatch(*mismatch) if mismatch else facts
    if report.kind == "canceled":
        return facts.with_intent(report.intent_id, IntentFacts(canceled=True))
    if report.kind != "succeeded":
        return facts
    amount, currency = _money_of(report)
    received = Received(amount, currency, report.livemode, event.created)
    return facts.with_received(report.intent_id, received)


def _money_of(report: IntentReport) -> tuple[int, str]:
    return report.amount_received or report.amount, report.currency


def _is_odd_money(facts: PaymentFacts, report: IntentReport) -> bool:
    """Whether it is what has come in otherwise than agreed."""
    known = facts.received.get(report.intent_id)
    return known is not None and (known.amount, known.currency) == _money_of(report)


def _intent_facts(known: IntentFacts | None, event: ProviderEvent, report: IntentReport) -> IntentFacts:
    """A look-up tells of a debit when it was begun: what is known to be paid keeps the time that was told."""
    facts = _asserted(event, report)
    if event.asked_at and known and known.succeeded_at:
        facts = replace(facts, succeeded_at=None)
    if "requires_action" in (report.kind, report.status):
        facts = replace(facts, actions={Attempt(report.charge, report.method): _next_action(event, report)})
    return replace(facts, observed=Observation(event.asked_at, report.status)) if event.asked_at else facts


def _next_action(event: ProviderEvent, report: IntentReport) -> NextAction:
    if not report.voucher_url:
        return NextAction(event.created)
    until = report.voucher_until or event.created + limits.transfer_lifetime()
    return NextAction(event.created, until, report.voucher_url)


def _asserted(event: ProviderEvent, report: IntentReport) -> IntentFacts:
    if report.kind == "succeeded":
        return IntentFacts(succeeded_at=event.created, card=report.card, settlement=report.settlement)
    attempt = Attempt(report.charge, report.method)
    match report.kind:
        case "processing":
            return IntentFacts(processing={attempt: event.created})
        case "canceled":
            return IntentFacts(canceled=True)
        case "payment_failed":
            # However often it is looked up, it stays the same decline.
            told_by = keys.found_event(report.intent_id, report.kind, None) if event.asked_at else event.event_id
            failure = Failure(event.created, told_by, attempt, report.failure_code, report.failure_message)
            return IntentFacts(failures={failure.attempt_key: failure})
    return IntentFacts()


def _mismatch_of(payment: Payment, event: ProviderEvent, report: IntentReport, livemode: bool) -> Named | None:
    """Why this report cannot be about this payment as we made it; None when all is well."""
    names: list[str] = []
    amount, currency, code = None, "", ""
    if report.amount != payment.amount:
        amount = report.amount
        names.append(f"amount {amount} instead of {payment.amount}")
    elif report.kind == "succeeded" and report.amount_received not in (0, payment.amount):
        amount = report.amount_received
        names.append(f"received {amount} instead of {payment.amount}")
    if report.currency != payment.currency:
        currency = report.currency
        names.append(f"currency {currency} instead of {payment.currency}")
    if {event.livemode, report.livemode, payment.livemode} != {livemode}:
        code = "test_mode" if livemode else "live_mode"
        names.append(code.replace("_", " "))
    if not names:
        return None
    return f"{report.intent_id}: {', '.join(names)}", Mismatch(report.intent_id, amount, currency, code)
