"""Provider events as the tests make them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from checkout.model.events import ChargeReport, DisputeReport, IntentReport, Metadata, ProviderEvent, RefundReport
from checkout.model.message_content import PaymentRefunded
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Payment
from checkout.notifications.handover import Handover
from checkout.payments.plan import Plan
from checkout.payments.plan_events import plan
from checkout.payments.rules import Known, Rules
from tests.support.clock import NOON

OURS = Metadata("night-market", "pay_1", "anna@example.com", "guide", 42)
RULES = Rules(
    "night-market",
    (9001,),
    timedelta(hours=24),
    lambda payment_id: f"token-of-{payment_id}",
    livemode=False,
    handover_of=lambda sku: Handover.PROGRAM,
)
RECEIPT_AND_FIRST: list[tuple[Channel, str]] = [
    (Channel.CHAT, Kind.PAYMENT_PAID),
    (Channel.MAIL, Kind.PAYMENT_PAID),
    (Channel.CHAT, Kind.ADMIN_FIRST_PAYMENT),
]


def intent(kind: str, event_id: str = "", **changes: Any) -> ProviderEvent:
    report = IntentReport("pi_1", kind, 1900, 1900 if kind == "succeeded" else 0, "eur", False, OURS)
    return event(f"payment_intent.{kind}", replace(report, **changes), event_id)


def failed(charge: str, code: str = "insufficient_funds", event_id: str = "") -> ProviderEvent:
    return intent("payment_failed", event_id or f"evt_failed_{charge}", charge=charge, failure_code=code)


def refund(refund_id: str, amount: int, status: str, intent_id: str = "pi_1") -> ProviderEvent:
    report = RefundReport(intent_id, refund_id, amount, status, Metadata())
    return event(f"refund.{status}", report, f"evt_{refund_id}_{status}")


def charge_refunded(amount: int, intent_id: str = "pi_1", charge: str = "ch_ok") -> ProviderEvent:
    report = ChargeReport(intent_id, charge, amount, OURS)
    return event("charge.refunded", report, f"evt_{charge}_refunded_{amount}")


def dispute(status: str, intent_id: str = "pi_1", amount: int = 1900, currency: str = "") -> ProviderEvent:
    dispute_id = f"dp_{intent_id[3:]}"
    report = DisputeReport(intent_id, dispute_id, amount, status, "fraudulent", NOON, Metadata(), currency)
    return event("charge.dispute.updated", report, f"evt_{report.dispute_id}_{status}")


def event(type_: str, report: Any, event_id: str = "") -> ProviderEvent:
    return ProviderEvent(event_id or f"evt_{type_}", type_, NOON, False, report)


def kinds(todo: Plan) -> list[tuple[Channel, str]]:
    return [(message.channel, message.kind) for message in todo.messages]


class FakeDatabase:
    """Plays the database: what one plan changes, the next one knows."""

    def __init__(self, *payments: Payment, livemode: bool = False) -> None:
        self.rules = replace(RULES, livemode=livemode)
        self.payments = {payment.payment_id: payment for payment in payments}
        self.seen: set[str] = set()
        self.orphans: dict[str, list[ProviderEvent]] = {}
        self.receipt_number = 0
        self.plans: list[Plan] = []
        self.now = NOON

    def take(self, *events: ProviderEvent) -> Plan:
        known = Known(list(self.payments.values()), frozenset(self.seen), dict(self.orphans), self.receipt_number)
        todo = plan(known, events, self.rules, self.now)
        for payment in (*todo.inserted.values(), *todo.changed.values()):
            self.payments[payment.payment_id] = replace(payment, version=payment.version + 1)
        self.seen |= {one.event_id for one, _ in todo.events}
        for intent_id in todo.adopted_intents:
            self.orphans.pop(intent_id, None)
        for orphan in todo.new_orphans:
            assert orphan.report is not None
            self.orphans.setdefault(orphan.report.intent_id, []).append(orphan)
        self.receipt_number = todo.last_receipt_number
        self.plans.append(todo)
        return todo

    @property
    def payment(self) -> Payment:
        return self.payments["pay_1"]

    def dedupe_keys(self) -> set[str]:
        return {message.dedupe_key for todo in self.plans for message in todo.messages}


def refunds_told(shop: FakeDatabase) -> list[PaymentRefunded]:
    """By mail, as the outbox keeps them: of several with one dedupe key, the first."""
    told = {
        message.dedupe_key: message.content
        for todo in reversed(shop.plans)
        for message in reversed(todo.messages)
        if isinstance(message.content, PaymentRefunded) and message.channel is Channel.MAIL
    }
    return list(reversed(told.values()))
