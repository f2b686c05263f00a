"""What is told of a change, and what of that waits for a person: planned with the change itself."""

from dataclasses import replace
from datetime import datetime

from checkout import limits
from checkout.model.events import DecisionReport, ProviderEvent, Report
from checkout.model.intent_facts import Failure
from checkout.model.outbox import Channel
from checkout.model.payment import Fulfilment, Payment
from checkout.notifications.compose import Composer
from checkout.payments.changes import (
    called_off,
    goes_on,
    is_failure_mail,
    is_settled,
    mailed_at_once,
    new_failure,
    refunds_to_tell,
    shown,
    was_told,
    went_on_by_itself,
)
from checkout.payments.plan import Plan
from checkout.payments.rules import Known, Rules


class Teller:
    """Adds to the ``plan`` what is told."""

    def __init__(self, plan: Plan, known: Known, rules: Rules, composer: Composer, now: datetime) -> None:
        self._plan, self._known, self._rules, self._composer, self._now = plan, known, rules, composer, now

    def tell(self, before: Payment, after: Payment, event: ProviderEvent, report: Report) -> Payment:
        """The payment as it is ``after``, and when its decline is told."""
        composer = self._composer
        is_paid_now = after.paid_at is not None and before.paid_at is None
        if after.failure_told_at and (is_paid_now or goes_on(before, after, self._now)):
            self._plan.silenced.add(after.payment_id)
        if is_paid_now and after.fulfilment is Fulfilment.TO_DO:
            self._plan.to_do.append(after)
        if after.facts.decision != before.facts.decision:
            self._decide(after, report)
        if was_told(after.facts, event):
            self._take_button(before, after)
            return after
        is_unclear = self._may_have_left(event.created)
        if is_paid_now:
            self._plan.messages += composer.paid(after)
            maker = self._known.invoice_makers.get(after.sku)
            self._plan.messages += composer.sold(after, maker, self._known.hear_no_sales)
        elif not is_unclear:
            self._bring_up_to_date(before, after)
        else:
            self._take_button(before, after)
        if failure := new_failure(before, after) or called_off(before, after, event):
            after = self._tell_failure(before, after, failure, event.created if is_unclear else self._now)
        if is_settled(after) or is_settled(before):
            self._tell_refunds(before, after, is_unclear)
        self._plan.messages += composer.admin_alerts(before, after, report)
        return after

    def _bring_up_to_date(self, before: Payment, after: Payment) -> None:
        if shown(after) != shown(before):
            self._plan.messages.append(self._composer.pay_message(after))

    def _take_button(self, before: Payment, after: Payment) -> None:
        """Who told of it did not know the message that its customer has had sent again since; where there is none,
        its customer has read it."""
        if after.chat_message_id is not None:
            self._bring_up_to_date(before, after)

    def _tell_refunds(self, before: Payment, after: Payment, is_unclear: bool) -> None:
        for refund_id, in_all, corrects in refunds_to_tell(before, after):
            told = self._composer.refunded(after, refund_id, in_all, corrects=corrects)
            self._plan.messages += told
            if is_unclear:
                self._plan.unclear += told
            elif corrects:
                self._plan.corrected += self._composer.refunded(after, refund_id, in_all)

    def _may_have_left(self, at: datetime) -> bool:
        """Whether a database which is gone may have told what was due then. Stripe tells times to the second."""
        put_back_at = self._rules.put_back_at()
        return put_back_at is not None and at < put_back_at.replace(microsecond=0)

    def _decide(self, payment: Payment, report: Report) -> None:
        """The first one is the only one, and carried out at once; how far one of Stripe's had come nobody knows."""
        decision = payment.facts.decision
        if isinstance(report, DecisionReport):
            self._plan.decisions.append((payment.payment_id, report))
        if decision and decision.action == "refund":
            self._plan.messages += self._composer.review_refunds(payment)
            self._plan.messages.append(self._composer.stripe_note(payment.payment_id, "review"))

    def _tell_failure(self, before: Payment, after: Payment, failure: Failure, heard_at: datetime) -> Payment:
        """A notice for a decline that is new and the one shown, in the place of one that waits already.

        Whoever is at the page reads it there, and tries another card: the mail waits ten minutes for that. Of a bank
        that refuses later nobody reads; when a database which is gone has told of it hung on what it had heard first.
        """
        in_chat = went_on_by_itself(before)
        at = mailed_at_once(after, heard_at) if in_chat else heard_at + limits.failure_mail_interval()
        if self._may_have_left(at) and not in_chat:
            return after
        self._plan.failures_replaced.add(after.payment_id)
        self._plan.silenced.discard(after.payment_id)
        self._plan.messages = [one for one in self._plan.messages if not is_failure_mail(one, after)]
        told = self._composer.failed(after, failure, max(at, self._now), in_chat=in_chat)
        self._plan.messages += told
        due = {Channel.MAIL: at, Channel.CHAT: heard_at}
        self._plan.unclear += [one for one in told if self._may_have_left(due[one.channel])]
        return replace(after, failure_told_at=at)
