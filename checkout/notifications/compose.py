"""Which messages a change makes: rows for the outbox, with dedupe keys from stable ids."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from checkout.model import keys
from checkout.model.events import DisputeReport, FraudWarningReport, RefundReport, Report
from checkout.model.facts import Failure
from checkout.model.outbox import Channel, Kind, NewMessage
from checkout.model.payment import Payment


def notices(
    admin_ids: Sequence[int], kind: Kind, key: Callable[[int], str], details: Mapping[str, str], now: datetime
) -> list[NewMessage]:
    """About the shop as a whole, to admins: ``key`` makes the one of an admin's id."""
    return [
        NewMessage(
            dedupe_key=key(admin_id),
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
        return self._chat(
            payment, Kind.PAY_MESSAGE, keys.pay_message(payment.payment_id, payment.version, payment.status)
        )

    def paid(self, payment: Payment) -> list[NewMessage]:
        """The receipt by both channels; the chat's one also brings the pay message up to date."""
        return [
            self._chat(payment, Kind.PAYMENT_PAID, keys.paid(Channel.CHAT, payment.payment_id)),
            self._mail(payment, Kind.PAYMENT_PAID, keys.paid(Channel.MAIL, payment.payment_id), self._now),
        ]

    def sold(self, payment: Payment, invoice_maker: int | None) -> list[NewMessage]:
        """What admins hear of a payment that is paid now: that it is the shop's first, or that it was their invoice."""
        messages = []
        if payment.receipt_number == 1:
            messages = self._admins(payment, Kind.ADMIN_FIRST_PAYMENT, keys.first_payment, {})
        if invoice_maker is not None:
            maker = (invoice_maker,) if invoice_maker in self._admin_ids else self._admin_ids
            key = partial(keys.invoice_paid, payment.payment_id, payment.sku)
            messages += Composer(maker, self._now)._admins(payment, Kind.ADMIN_INVOICE_PAID, key, {})
        return messages

    def files(self, payment: Payment, count: int, again: str = "") -> list[NewMessage]:
        """The product's files, one message each: they follow the receipt in the chat.

        ``again`` names the receipt that they follow when it is not the first.
        """
        return [
            self._chat(
                payment,
                Kind.PAYMENT_FILE,
                keys.payment_file(payment.payment_id, number, again),
                {"file": str(number)},
            )
            for number in range(count)
        ]

    def receipt_again(self, payment: Payment, again: str, *, in_chat: bool) -> list[NewMessage]:
        """The receipt once more, by mail and, if wanted, in the chat. ``again`` begins with ``again-``."""
        payment_id = payment.payment_id
        messages = [self._mail(payment, Kind.PAYMENT_PAID, keys.paid(Channel.MAIL, payment_id, again), self._now)]
        if in_chat:
            key = keys.paid(Channel.CHAT, payment_id, again)
            messages.append(self._chat(payment, Kind.PAYMENT_PAID, key, {"again": again}))
        return messages

    def failed(self, payment: Payment, failure: Failure, at: datetime, *, in_chat: bool) -> list[NewMessage]:
        """``in_chat`` when nobody is looking: otherwise the edited pay message says it."""
        details = {"code": failure.code, "message": failure.message}
        mail_key, chat_key = (
            keys.failed(channel, payment.payment_id, failure.attempt_key) for channel in (Channel.MAIL, Channel.CHAT)
        )
        messages = [self._mail(payment, Kind.PAYMENT_FAILED, mail_key, at, details)]
        if in_chat:
            messages.append(self._chat(payment, Kind.PAYMENT_FAILED, chat_key, details))
        return messages

    def refunded(self, payment: Payment) -> list[NewMessage]:
        failed = sum(refund.status in ("failed", "canceled") for refund in payment.facts.refunds.values())
        chat_key, mail_key = (
            keys.refunded(channel, payment.payment_id, payment.amount_refunded, failed)
            for channel in (Channel.CHAT, Channel.MAIL)
        )
        details = {"amount_refunded": str(payment.amount_refunded)}
        return [
            self._chat(payment, Kind.PAYMENT_REFUNDED, chat_key, details),
            self._mail(payment, Kind.PAYMENT_REFUNDED, mail_key, self._now, details),
        ]

    def admin_alerts(self, before: Payment, after: Payment, report: Report) -> list[NewMessage]:
        messages, payment_id = [], after.payment_id
        new_mismatches = after.facts.mismatches - before.facts.mismatches
        for reason in sorted(new_mismatches):
            messages += self._admins(
                after, Kind.ADMIN_REVIEW, partial(keys.review, payment_id, reason), {"reason": reason}
            )
        if len(after.facts.paid_intents) > max(1, len(before.facts.paid_intents)):
            key = partial(keys.paid_twice, payment_id, after.facts.paid_intents)
            details = {"intents": " ".join(after.facts.paid_intents)}
            messages += self._admins(after, Kind.ADMIN_PAID_TWICE, key, details)
        if isinstance(report, DisputeReport) and report.dispute_id not in before.facts.disputes:
            due = report.due_by.isoformat() if report.due_by else ""
            details = {"reason": report.reason, "amount": str(report.amount), "due_by": due}
            messages += self._admins(
                after, Kind.ADMIN_DISPUTE, partial(keys.dispute, payment_id, report.dispute_id), details
            )
        if isinstance(report, FraudWarningReport):
            details = {"fraud_type": report.fraud_type}
            key = partial(keys.fraud_warning, payment_id, report.warning_id)
            messages += self._admins(after, Kind.ADMIN_FRAUD_WARNING, key, details)
        if isinstance(report, RefundReport) and report.status in ("failed", "canceled"):
            details = {"amount": str(report.amount)}
            key = partial(keys.refund_failed, payment_id, report.refund_id)
            messages += self._admins(after, Kind.ADMIN_REFUND_FAILED, key, details)
        if isinstance(report, RefundReport) and report.asked_by in self._admin_ids:
            messages += self._refund_done(after, report)
        return messages

    def _refund_done(self, payment: Payment, report: RefundReport) -> list[NewMessage]:
        """To the admin who asked for it, once it has arrived; events may come late."""
        if payment.facts.refunds[report.refund_id].status != "succeeded":
            return []
        details = {"amount": str(report.amount)}
        only = Composer((report.asked_by,), self._now)
        key = partial(keys.refund_done, payment.payment_id, report.refund_id)
        return only._admins(payment, Kind.ADMIN_REFUND_DONE, key, details)

    def _admins(
        self, payment: Payment, kind: Kind, key: Callable[[int], str], details: dict[str, str]
    ) -> list[NewMessage]:
        return [
            NewMessage(
                dedupe_key=key(admin_id),
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
            dedupe_key=key,
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
            dedupe_key=key,
            channel=Channel.MAIL,
            kind=kind,
            recipient=payment.email,
            payment_id=payment.payment_id,
            not_before=at,
            details=details or {},
        )
