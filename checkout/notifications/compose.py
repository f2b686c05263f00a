"""Which messages a change makes: rows for the outbox, with dedupe keys from stable ids."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from checkout.model.events import DisputeReport, FraudWarningReport, RefundReport, Report
from checkout.model.facts import Failure
from checkout.model.outbox import Channel, Kind, NewMessage
from checkout.model.payment import Payment


def notices(
    admin_ids: Sequence[int], kind: Kind, key: str, details: Mapping[str, str], now: datetime
) -> list[NewMessage]:
    """About the shop as a whole, to admins: each hears once of what has this ``key``."""
    return [
        NewMessage(
            dedupe_key=f"chat/{kind}/{key}/{admin_id}",
            channel=Channel.CHAT,
            kind=kind,
            recipient=str(admin_id),
            payment_id="",
            not_before=now,
            details=details,
        )
        for admin_id in admin_ids
    ]


class Composer:
    """Makes rows at ``now``; what they say is rendered when they are first tried."""

    def __init__(self, admin_ids: tuple[int, ...], now: datetime) -> None:
        self._admin_ids, self._now = admin_ids, now

    def pay_message(self, payment: Payment) -> NewMessage:
        """Brings the message with the pay button up to date; it shows what is true when it is sent."""
        return self._chat(payment, Kind.PAY_MESSAGE, f"{payment.version}-{payment.status}")

    def paid(self, payment: Payment) -> list[NewMessage]:
        """The receipt by both channels; the chat's one also brings the pay message up to date."""
        return [self._chat(payment, Kind.PAYMENT_PAID, ""), self._mail(payment, Kind.PAYMENT_PAID, "", self._now)]

    def sold(self, payment: Payment, invoice_maker: int | None) -> list[NewMessage]:
        """What admins hear of a payment that is paid now: that it is the shop's first, or that it was their invoice."""
        messages = self._first_payment(payment) if payment.receipt_number == 1 else []
        if invoice_maker is not None:
            maker = (invoice_maker,) if invoice_maker in self._admin_ids else self._admin_ids
            messages += Composer(maker, self._now)._admins(payment, Kind.ADMIN_INVOICE_PAID, payment.sku, {})
        return messages

    def _first_payment(self, payment: Payment) -> list[NewMessage]:
        """Once in a shop's life, whichever payment an older backup makes the first."""
        messages = self._admins(payment, Kind.ADMIN_FIRST_PAYMENT, "", {})
        return [replace(one, dedupe_key=f"chat/{one.kind}/{one.recipient}") for one in messages]

    def files(self, payment: Payment, count: int, again: str = "") -> list[NewMessage]:
        """The product's files, one message each: they follow the receipt in the chat.

        ``again`` names the receipt that they follow when it is not the first.
        """
        keys = [f"{number}/{again}" if again else str(number) for number in range(count)]
        return [self._chat(payment, Kind.PAYMENT_FILE, key, {"file": key.partition("/")[0]}) for key in keys]

    def receipt_again(self, payment: Payment, again: str, *, in_chat: bool) -> list[NewMessage]:
        """The receipt once more, by mail and, if wanted, in the chat. ``again`` begins with ``again-``."""
        messages = [self._mail(payment, Kind.PAYMENT_PAID, again, self._now, {})]
        if in_chat:
            messages.append(self._chat(payment, Kind.PAYMENT_PAID, again, {"again": again}))
        return messages

    def failed(self, payment: Payment, failure: Failure, at: datetime, *, in_chat: bool) -> list[NewMessage]:
        """``in_chat`` when nobody is looking: otherwise the edited pay message says it."""
        details = {"code": failure.code, "message": failure.message}
        messages = [self._mail(payment, Kind.PAYMENT_FAILED, failure.attempt_key, at, details)]
        if in_chat:
            messages.append(self._chat(payment, Kind.PAYMENT_FAILED, failure.attempt_key, details))
        return messages

    def refunded(self, payment: Payment) -> list[NewMessage]:
        failed = sum(refund.status in ("failed", "canceled") for refund in payment.facts.refunds.values())
        key = f"{payment.amount_refunded}-{failed}"
        details = {"amount_refunded": str(payment.amount_refunded)}
        return [
            self._chat(payment, Kind.PAYMENT_REFUNDED, key, details),
            self._mail(payment, Kind.PAYMENT_REFUNDED, key, self._now, details),
        ]

    def admin_alerts(self, before: Payment, after: Payment, report: Report) -> list[NewMessage]:
        messages = []
        new_mismatches = after.facts.mismatches - before.facts.mismatches
        for reason in sorted(new_mismatches):
            messages += self._admins(after, Kind.ADMIN_REVIEW, reason, {"reason": reason})
        if len(after.facts.paid_intents) > max(1, len(before.facts.paid_intents)):
            intents = " ".join(after.facts.paid_intents)
            messages += self._admins(after, Kind.ADMIN_PAID_TWICE, intents, {"intents": intents})
        if isinstance(report, DisputeReport) and report.dispute_id not in before.facts.disputes:
            due = report.due_by.isoformat() if report.due_by else ""
            details = {"reason": report.reason, "amount": str(report.amount), "due_by": due}
            messages += self._admins(after, Kind.ADMIN_DISPUTE, report.dispute_id, details)
        if isinstance(report, FraudWarningReport):
            details = {"fraud_type": report.fraud_type}
            messages += self._admins(after, Kind.ADMIN_FRAUD_WARNING, report.warning_id, details)
        if isinstance(report, RefundReport) and report.status in ("failed", "canceled"):
            details = {"amount": str(report.amount)}
            messages += self._admins(after, Kind.ADMIN_REFUND_FAILED, report.refund_id, details)
        if isinstance(report, RefundReport) and report.asked_by in self._admin_ids:
            messages += self._refund_done(after, report)
        return messages

    def _refund_done(self, payment: Payment, report: RefundReport) -> list[NewMessage]:
        """To the admin who asked for it, once it has arrived; events may come late."""
        if payment.facts.refunds[report.refund_id].status != "succeeded":
            return []
        details = {"amount": str(report.amount)}
        only = Composer((report.asked_by,), self._now)
        return only._admins(payment, Kind.ADMIN_REFUND_DONE, report.refund_id, details)

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
