"""Which messages a change makes: rows for the outbox, with dedupe keys from stable ids."""

from datetime import datetime

from checkout.events import DisputeReport, FraudWarningReport, RefundReport, Report
from checkout.ledger import Failure
from checkout.outbox import Channel, Kind, NewMessage
from checkout.payment import Payment


class Telling:
    """Makes rows at ``now``; what they say is rendered when they are first tried."""

    def __init__(self, admin_ids: tuple[int, ...], now: datetime) -> None:
        self._admin_ids, self._now = admin_ids, now

    def pay_message(self, payment: Payment) -> NewMessage:
        """Brings the message with the pay button up to date; it shows what is true when it is sent."""
        return self._chat(payment, Kind.PAY_MESSAGE, f"{payment.version}-{payment.status}")

    def paid(self, payment: Payment) -> list[NewMessage]:
        """The receipt by both channels; the chat's one also brings the pay message up to date."""
        return [self._chat(payment, Kind.PAYMENT_PAID, ""), self._mail(payment, Kind.PAYMENT_PAID, "", self._now)]

    def files(self, payment: Payment, count: int) -> list[NewMessage]:
        """The product's files, one message each: they follow the receipt in the chat."""
        return [self._chat(payment, Kind.PAYMENT_FILE, str(number), {"file": str(number)}) for number in range(count)]

    def failed(self, payment: Payment, failure: Failure, at: datetime, *, in_chat: bool) -> list[NewMessage]:
        """``in_chat`` when nobody is looking: otherwise the edited pay message says it."""
        details = {"code": failure.code, "message": failure.message}
        messages = [self._mail(payment, Kind.PAYMENT_FAILED, failure.attempt_key, at, details)]
        if in_chat:
            messages.append(self._chat(payment, Kind.PAYMENT_FAILED, failure.attempt_key, details))
        return messages

    def refunded(self, payment: Payment) -> list[NewMessage]:
        failed = sum(refund.status in ("failed", "canceled") for refund in payment.ledger.refunds.values())
        key = f"{payment.amount_refunded}-{failed}"
        details = {"amount_refunded": str(payment.amount_refunded)}
        return [
            self._chat(payment, Kind.PAYMENT_REFUNDED, key, details),
            self._mail(payment, Kind.PAYMENT_REFUNDED, key, self._now, details),
        ]

    def admin_alerts(self, before: Payment, after: Payment, report: Report) -> list[NewMessage]:
        messages = []
        new_mismatches = after.ledger.mismatches - before.ledger.mismatches
        for reason in sorted(new_mismatches):
            messages += self._admins(after, Kind.ADMIN_REVIEW, reason, {"reason": reason})
        if len(after.ledger.paid_intents) > max(1, len(before.ledger.paid_intents)):
            intents = " ".join(after.ledger.paid_intents)
            messages += self._admins(after, Kind.ADMIN_PAID_TWICE, intents, {"intents": intents})
        if isinstance(report, DisputeReport) and report.dispute_id not in before.ledger.disputes:
            due = report.due_by.isoformat() if report.due_by else ""
            details = {"reason": report.reason, "amount": str(report.amount), "due_by": due}
            messages += self._admins(after, Kind.ADMIN_DISPUTE, report.dispute_id, details)
        if isinstance(report, FraudWarningReport):
            details = {"fraud_type": report.fraud_type}
            messages += self._admins(after, Kind.ADMIN_FRAUD_WARNING, report.warning_id, details)
        if isinstance(report, RefundReport) and report.status in ("failed", "canceled"):
            details = {"amount": str(report.amount)}
            messages += self._admins(after, Kind.ADMIN_REFUND_FAILED, report.refund_id, details)
        return messages

    def _admins(self, payment: Payment, kind: Kind, key: str, details: dict[str, str]) -> list[NewMessage]:
        return [
            NewMessage(
                dedupe_key=f"chat/{kind}/{payment.payment_id}/{key}/{admin_id}",
                channel=Channel.CHAT,
                kind=kind,
                recipient=str(admin_id),
                payment_id=payment.payment_id,
                not_before=self._now,
                details=details,
            )
            for admin_id in self._admin_ids
        ]

    def _chat(self, payment: Payment, kind: Kind, key: str, details: dict[str, str] | None = None) -> NewMessage:
        return NewMessage(
            dedupe_key=f"chat/{kind}/{payment.payment_id}/{key}",
            channel=Channel.CHAT,
            kind=kind,
            recipient=str(payment.telegram_user_id),
            payment_id=payment.payment_id,
            not_before=self._now,
            details=details or {},
        )

    def _mail(
        self,
        payment: Payment,
        kind: Kind,
        key: str,
        at: datetime,
        details: dict[str, str] | None = None,
    ) -> NewMessage:
        return NewMessage(
            dedupe_key=f"mail/{kind}/{payment.payment_id}/{key}",
            channel=Channel.MAIL,
            kind=kind,
            recipient=payment.email,
            payment_id=payment.payment_id,
            not_before=at,
            details=details or {},
        )
