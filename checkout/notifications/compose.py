"""Which messages a change makes: rows for the outbox, with dedupe keys from stable ids."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from checkout import limits
from checkout.model import keys
from checkout.model.events import DisputeReport, FraudWarningReport, RefundReport, Report
from checkout.model.intent_facts import Failure
from checkout.model.message_content import (
    Dispute,
    FirstPayment,
    FraudWarning,
    InvoicePaid,
    PaidTwice,
    PaymentAlert,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    RefundDone,
    RefundFailed,
    Review,
    Sold,
    StripeNote,
    StripeRefund,
    ToCustomer,
    ToDo,
    ToldOnBoth,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, OutboxMessage, edited_by
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.model.shop_notice import ShopNotice, Summary

RECEIPT = PaymentPaid()
KeyForAdmin = Callable[[int], str]


def notices(admin_ids: Sequence[int], content: ShopNotice, key: KeyForAdmin, now: datetime) -> list[NewMessage]:
    """About the shop as a whole, to admins."""
    return to_admins(admin_ids, "", content, key, now)


def to_admins(
    admin_ids: Sequence[int], payment_id: str, content: PaymentAlert | ShopNotice, key: KeyForAdmin, now: datetime
) -> list[NewMessage]:
    """One message to each; ``key`` makes the dedupe key of an admin's id."""
    return [NewMessage(key(admin_id), Channel.CHAT, content, str(admin_id), payment_id, now) for admin_id in admin_ids]


def passed_on(message: OutboxMessage, admin_ids: Sequence[int], now: datetime) -> list[NewMessage]:
    """What somebody was to hear who is no admin any more, for those who are; who has heard of it does not again."""
    content = message.content
    is_their_own = edited_by(content) is not None or isinstance(content, Summary | Sold)
    if is_their_own or not isinstance(content, PaymentAlert | ShopNotice):
        return []
    key = partial(keys.passed_on, message.dedupe_key, message.recipient)
    return to_admins(admin_ids, message.payment_id, content, key, now)


class Composer:
    """Makes rows at ``now``; what they say is rendered when they are first tried."""

    def __init__(self, admin_ids: tuple[int, ...], now: datetime) -> None:
        self._admin_ids, self._now = admin_ids, now

    def pay_message(self, payment: Payment) -> NewMessage:
        """Brings the message with the pay button up to date; it shows what is true when it is sent."""
        key = keys.pay_message(payment.payment_id, payment.version, payment.status)
        return self._in_chat(payment, PayMessage(), key)

    def pay_message_as_sent(self, payment: Payment, chat_message_id: int) -> NewMessage:
        """As ``pay_message``, where the payment has moved while this chat message was on its way."""
        return self._in_chat(payment, PayMessage(), keys.pay_message_as_sent(payment.payment_id, chat_message_id))

    def pay_message_readdressed(self, payment: Payment, receipt: PaymentPaid) -> NewMessage:
        """The chat's receipt is not to name an address that the mailed one, ``receipt``, does not go to any more."""
        return self._in_chat(
            payment, PayMessage(), keys.pay_message_readdressed(payment.payment_id, receipt.again or 0)
        )

    def pay_message_in_words(self, payment: Payment, update_id: int) -> NewMessage:
        """As ``pay_message``, where nothing has moved but the customer's language."""
        return self._in_chat(payment, PayMessage(), keys.pay_message_in_words(payment.payment_id, update_id))

    def pay_message_left(self, payment_id: str, chat_id: int, chat_message_id: int) -> NewMessage:
        """Another chat message is the payment's now, and shows or is to show the same: this one goes."""
        key, content = keys.pay_message_left(payment_id, chat_message_id), PayMessage(chat_message_id)
        return NewMessage(key, Channel.CHAT, content, str(chat_id), payment_id, self._now)

    def newer_payment(self, payment: Payment) -> NewMessage:
        """The pay message of an expired ``payment`` must not lead to the product any more: a newer one does."""
        return self._in_chat(payment, PayMessage(), keys.newer_payment(payment.payment_id))

    def paid(self, payment: Payment) -> list[NewMessage]:
        """The receipt by both channels; the chat's one also brings the pay message up to date."""
        return [self._told(Channel.CHAT, payment, RECEIPT), self._told(Channel.MAIL, payment, RECEIPT)]

    def sold(self, payment: Payment, invoice_maker: int | None, hear_no_sales: frozenset[int]) -> list[NewMessage]:
        """What admins hear of a payment that is paid now: that it is the shop's first, was their invoice, or is theirs
        to hand over; whom none of this tells, and who wants to, that something was sold."""
        makers: tuple[int, ...] = ()
        messages: list[NewMessage] = []
        if invoice_maker is not None:
            makers = (invoice_maker,) if invoice_maker in self._admin_ids else self._admin_ids
            key = partial(keys.invoice_paid, payment.payment_id, payment.sku)
            messages += to_admins(makers, payment.payment_id, InvoicePaid(), key, self._now)
        if payment.receipt_number == 1:
            others = [one for one in self._admin_ids if one not in makers]  # to them it says so itself
            messages += to_admins(others, payment.payment_id, FirstPayment(), keys.first_payment, self._now)
        if payment.fulfilment is Fulfilment.TO_DO and not makers:
            messages += self.to_do(payment)
        told = {message.recipient for message in messages}
        others = [one for one in self._admin_ids if str(one) not in told and one not in hear_no_sales]
        return messages + to_admins(
            others, payment.payment_id, Sold(), partial(keys.sold, payment.payment_id), self._now
        )

    def to_do(self, payment: Payment) -> list[NewMessage]:
        """That a person has to hand over what was bought."""
        return self._to_admins(payment, ToDo(), partial(keys.to_do, payment.payment_id, payment.version))

    def to_do_turned(self, payment: Payment, *, is_lost: bool = False) -> list[NewMessage]:
        """Whoever was told that it is theirs to hand over reads there whether it still is: nobody does it twice. That
        it ``is_lost``, and so is theirs, is an alert of its own."""
        content = Unreachable(Kind.PAYMENT_PAID, "", edits=0) if is_lost else ToDo(0)
        key = partial(keys.to_do_turned, content.kind, payment.payment_id, payment.version)
        return self._to_admins(payment, content, key)

    def files(self, payment: Payment, count: int, receipt: PaymentPaid) -> list[NewMessage]:
        """The product's files, one message each: they follow the ``receipt`` in the chat."""
        files = [PaymentFile(number, receipt) for number in range(count)]
        return [self._in_chat(payment, file, keys.payment_file(payment.payment_id, file)) for file in files]

    def receipt_again(
        self, payment: Payment, receipt: PaymentPaid, *, in_chat: bool, by_mail: bool = True
    ) -> list[NewMessage]:
        """The receipt once more, by mail and, if wanted, in the chat."""
        wanted = {Channel.MAIL: by_mail, Channel.CHAT: in_chat}
        return [self._told(channel, payment, receipt) for channel, is_wanted in wanted.items() if is_wanted]

    def stripe_note(self, payment_id: str, what: str) -> NewMessage:
        """Stripe is our second memory: what it is to remember with the payment, once that is so."""
        key = keys.stripe_note(payment_id, what)
        return NewMessage(key, Channel.STRIPE, StripeNote(), payment_id, payment_id, self._now)

    def stripe_address(self, payment_id: str, receipt: PaymentPaid) -> NewMessage:
        """That the mailed ``receipt``, and all that follows, goes to another address than the payment was made with."""
        key = keys.stripe_note(payment_id, f"address-{receipt.again}")
        return NewMessage(key, Channel.STRIPE, StripeNote(is_address=True), payment_id, payment_id, self._now)

    def stripe_fees(self, payment: Payment, asked: int, at: datetime) -> NewMessage:
        """The same once more ``at`` that time, for Stripe's answer to say what it takes."""
        key = keys.stripe_fees(payment.payment_id, asked, len(payment.facts.paid_intents))
        return NewMessage(key, Channel.STRIPE, StripeNote(asked), payment.payment_id, payment.payment_id, at)

    def review_refunds(self, payment: Payment) -> list[NewMessage]:
        """Everything that came in otherwise than agreed goes back."""
        return [self.review_refund(payment.payment_id, one) for one in payment.facts.odd_intents]

    def review_refund(self, payment_id: str, intent_id: str, again: int = 0) -> NewMessage:
        """What came in by this PaymentIntent; ``again`` counts the requests for it that have failed."""
        key, content = keys.stripe_refund(payment_id, intent_id, again), StripeRefund(intent_id, again)
        return NewMessage(key, Channel.STRIPE, content, payment_id, payment_id, self._now)

    def failed(self, payment: Payment, failure: Failure, at: datetime, *, in_chat: bool) -> list[NewMessage]:
        """The mail leaves ``at`` that time. ``in_chat`` when nobody is looking: else the edited pay message says it."""
        content = PaymentFailed(failure.code, failure.attempt_key)
        messages = [self._told(Channel.MAIL, payment, content, at)]
        return [*messages, self._told(Channel.CHAT, payment, content)] if in_chat else messages

    def refunded(self, payment: Payment, refund_id: str, in_all: int, *, corrects: bool = False) -> list[NewMessage]:
        """That this refund is on its way, given back, or has failed; ``in_all`` minor units were, up to it."""
        refund = payment.facts.refunds[refund_id]
        content = PaymentRefunded(in_all, 0, refund_id, refund.amount, refund.state, corrects)
        return [self._told(Channel.CHAT, payment, content), self._told(Channel.MAIL, payment, content)]

    def admin_alerts(self, before: Payment, after: Payment, report: Report) -> list[NewMessage]:
        """And what is asked of Stripe with one."""
        payment_id = after.payment_id
        messages = self._of_review(before, after) if after.facts.mismatches else []
        if before.paid_at and before.waits_for_a_person != after.waits_for_a_person:
            messages += [*self.to_do_turned(after), *self.to_do_turned(after, is_lost=True)]
        intent_ids = after.facts.paid_intents
        if len(intent_ids) > 1 and len(intent_ids) > len(before.facts.paid_intents):
            messages += self._to_admins(after, PaidTwice(intent_ids), partial(keys.paid_twice, payment_id, intent_ids))
            messages.append(self.stripe_fees(after, 1, self._now + limits.fees_pauses()[0]))
        match report:
            case DisputeReport():
                messages += self._of_dispute(before, after, report)
            case FraudWarningReport():
                warning = FraudWarning(report.fraud_type)
                messages += self._to_admins(after, warning, partial(keys.fraud_warning, payment_id, report.warning_id))
            case RefundReport():
                messages += self._of_refund(after, report)
        return messages

    def _of_review(self, before: Payment, after: Payment) -> list[NewMessage]:
        """What is not as agreed, each once, and what has become of it."""
        messages, payment_id = [], after.payment_id
        for reason in sorted(after.facts.mismatches.keys() - before.facts.mismatches.keys()):
            messages += self._to_admins(after, Review(reason), partial(keys.review, payment_id, reason))
        is_over = Status.REVIEW is before.status is not after.status and not after.facts.received
        if is_over or before.waits_for_a_decision != after.waits_for_a_decision:
            # That money has come in is news.
            edits = None if after.facts.received and not before.facts.received else 0
            for reason in sorted(before.facts.mismatches):
                key = partial(keys.review_turned, payment_id, reason, after.version)
                messages += self._to_admins(after, Review(reason, edits), key)
        return messages

    def _of_dispute(self, before: Payment, after: Payment, report: DisputeReport) -> list[NewMessage]:
        """When it begins, and whenever it turns: it may after it was closed."""
        known, now = before.facts.disputes.get(report.dispute_id), after.facts.disputes[report.dispute_id]
        if known is not None and (known.stage == now.stage or now.status != report.status):
            return []
        dispute = Dispute(now.amount, report.reason, now.due_by, now.currency, now.status)
        key = partial(keys.dispute, after.payment_id, report.dispute_id)
        if known is not None:
            key = partial(keys.dispute_turned, after.payment_id, report.dispute_id, now.status, now.at)
        return self._to_admins(after, dispute, key)

    def _of_refund(self, payment: Payment, report: RefundReport) -> list[NewMessage]:
        """A failure to all; that it has arrived to the admin who asked for it. Events may come late."""
        messages = []
        if report.status in ("failed", "canceled"):
            key = partial(keys.refund_failed, payment.payment_id, report.refund_id)
            messages = self._to_admins(payment, RefundFailed(report.amount), key)
        admin_id = report.asked_by or _decided_by(payment, report)
        if admin_id in self._admin_ids and payment.facts.refunds[report.refund_id].status == "succeeded":
            key = partial(keys.refund_done, payment.payment_id, report.refund_id)
            messages += to_admins((admin_id,), payment.payment_id, RefundDone(report.amount), key, self._now)
        return messages

    def _to_admins(self, payment: Payment, content: PaymentAlert, key: KeyForAdmin) -> list[NewMessage]:
        return to_admins(self._admin_ids, payment.payment_id, content, key, self._now)

    def _told(self, channel: Channel, payment: Payment, content: ToldOnBoth, at: datetime | None = None) -> NewMessage:
        key = keys.told_on_both(channel, payment.payment_id, content)
        recipient = payment.email if channel is Channel.MAIL else str(payment.telegram_user_id)
        return NewMessage(key, channel, content, recipient, payment.payment_id, at or self._now)

    def _in_chat(self, payment: Payment, content: ToCustomer, key: str) -> NewMessage:
        chat_id = str(payment.telegram_user_id)
        return NewMessage(key, Channel.CHAT, content, chat_id, payment.payment_id, self._now)


def _decided_by(payment: Payment, report: RefundReport) -> int:
    """The admin whose decision in a review this refund carries out; 0 where it carries out none."""
    decision, ours = payment.facts.decision, report.request and report.intent_id in payment.facts.odd_intents
    return decision.admin_id if decision and ours else 0
