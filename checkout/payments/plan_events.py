"""What a group of provider events changes: a pure function, planned in one go and written in one transaction."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache

from checkout.model.events import DecisionReport, IntentReport, ProviderEvent, Report, is_foreign
from checkout.model.facts import PaymentFacts
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.notifications.compose import Composer
from checkout.notifications.handover import Handover
from checkout.payments.changes import (
    is_follower,
    is_known_already,
    may_be_followed,
    was_told,
    went_on_by_itself,
)
from checkout.payments.event_facts import with_report
from checkout.payments.plan import Plan
from checkout.payments.plan_messages import Teller
from checkout.payments.rules import Known, Rules
from checkout.payments.take_in import taken_in


def plan(known: Known, events: Iterable[ProviderEvent], rules: Rules, now: datetime) -> Plan:
    """What ``events`` change, given what is ``known``. A repeated event changes nothing."""
    planner = _Planner(known, rules, now)
    for event in events:
        planner.take(event)
    return planner.plan


class _Planner:
    def __init__(self, known: Known, rules: Rules, now: datetime) -> None:
        self.plan = Plan(last_receipt_number=max(known.last_receipt_number, rules.numbers_up_to()))
        self._known, self._rules, self._now = known, rules, now
        self._payments: dict[str, Payment] = {}
        self._ids_by_intent: dict[str, str] = {}
        for payment in known.payments:
            self._keep(payment)
        self._seen = set(known.seen_event_ids)
        self._composer = Composer(rules.admin_ids, now)
        self._teller = Teller(self.plan, known, rules, self._composer, now)
        self._handover_of = cache(rules.handover_of)  # it opens the product's files: once for all who bought it

    def take(self, event: ProviderEvent) -> None:
        if event.event_id not in self._seen:
            self._seen.add(event.event_id)
            self._take_first(event)
        # Also where it is a repeat: what has come in between waits for whoever names the PaymentIntent's payment.
        intent_id = event.report.intent_id if isinstance(event.report, IntentReport) else ""
        if payment_id := self._ids_by_intent.get(intent_id):
            self._adopt_orphans(payment_id, intent_id)

    def _take_first(self, event: ProviderEvent) -> None:
        report = event.report
        payment = self._payment_of(report, event) if report else None
        if report is None or payment is None:
            self._leave(event)
            return
        is_news = self._apply(payment.payment_id, event, report)
        # A look-up that says what is known already is no event: it would be one in every round. Nor is a decision
        # that comes after another one.
        if is_news or not (event.asked_at or isinstance(report, DecisionReport)):
            self.plan.events.append((event, payment.payment_id))

    def _leave(self, event: ProviderEvent) -> None:
        """It is about no payment that is known. Of what is not ours nothing is kept, not even that it came."""
        report = event.report
        is_theirs = report is not None and is_foreign(report, self._rules.shop_id)
        if report is not None and is_theirs and not report.metadata.probe:
            self.plan.foreign.add(event.event_id)
            return
        if event.asked_at is None:
            self.plan.events.append((event, None))
        if report is not None and not is_theirs:
            self.plan.new_orphans.append(event if report.metadata.shop else event.anonymous())

    def _keep(self, payment: Payment) -> None:
        self._payments[payment.payment_id] = payment
        for intent_id in (payment.payment_intent_id, *payment.facts.intents, *payment.facts.received):
            if intent_id:
                self._ids_by_intent[intent_id] = payment.payment_id

    def _payment_of(self, report: Report, event: ProviderEvent) -> Payment | None:
        metadata = report.metadata
        if metadata.shop and metadata.shop != self._rules.shop_id:
            return None
        # Metadata can be written by hand: whose PaymentIntent the shop has made itself it knows better.
        if payment := self._payments.get(self._ids_by_intent.get(report.intent_id, "")):
            return payment
        if metadata.shop and (payment := self._payments.get(metadata.payment_id or report.intent_id)):
            return payment
        if isinstance(report, IntentReport) and metadata.shop and self._is_to_be_kept(report, event):
            return self._take_in(report, event)
        return None

    def _is_to_be_kept(self, report: IntentReport, event: ProviderEvent) -> bool:
        """Of the other mode only what succeeded: somebody tries things out beside the shop, with its id."""
        return report.kind == "succeeded" or {event.livemode, report.livemode} == {self._rules.livemode}

    def _take_in(self, report: IntentReport, event: ProviderEvent) -> Payment:
        payment = taken_in(report, event, self._rules, self._now)
        self._keep(payment)
        self.plan.inserted[payment.payment_id] = payment
        return payment

    def _adopt_orphans(self, payment_id: str, intent_id: str) -> None:
        if not (self._known.orphans or self.plan.new_orphans):
            return
        kept = list(self._known.orphans.get(intent_id, ()))
        kept += [one for one in self.plan.new_orphans if one.report and one.report.intent_id == intent_id]
        if not kept or intent_id in self.plan.adopted_intents:
            return
        self.plan.adopted_intents[intent_id] = payment_id
        self.plan.new_orphans = [one for one in self.plan.new_orphans if one not in kept]
        ids = {one.event_id for one in kept}
        events = self.plan.events
        self.plan.events = [(one, payment_id if one.event_id in ids else owner) for one, owner in events]
        for event in kept:
            if event.report:
                self._apply(payment_id, event, event.report)

    def _apply(self, payment_id: str, event: ProviderEvent, report: Report) -> bool:
        """False when nothing that anybody sees has changed."""
        before = self._payments[payment_id]
        facts = with_report(before, event, report, livemode=self._rules.livemode)
        after = before
        if isinstance(report, IntentReport) and before.payment_intent_id is None:
            # The webhook has overtaken our own write of the PaymentIntent's id.
            after = before.with_fresh_intent(report.intent_id, before.attempt, self._now)
        after = self._with_facts(after, facts, event, report)
        if event.asked_at and is_known_already(before, after):
            return payment_id in self.plan.inserted
        after = self._kept_open(before, after)
        if after.paid_at is not None and may_be_followed(before):
            self._close_followers(after)
        after = self._teller.tell(before, after, event, report)
        if after is before:
            return False
        self.plan.moves.append((event, after))
        rules = self._rules
        self.plan.totals.count(before, after, event.created, rules.day_of, livemode=rules.livemode)
        self._keep(after)
        target = self.plan.inserted if payment_id in self.plan.inserted else self.plan.changed
        target[payment_id] = after
        return True

    def _with_facts(self, payment: Payment, facts: PaymentFacts, event: ProviderEvent, report: Report) -> Payment:
        """With what follows from ``facts``: its receipt's number is the one that Stripe remembers, or the next."""
        told = report.metadata.receipt if isinstance(report, IntentReport) else 0
        is_given_back = payment.payment_id in self.plan.inserted and report.metadata.review == "refund"
        is_paid_now = payment.paid_at is None and facts.paid_at is not None
        if is_given_back or (told and is_paid_now):
            facts = replace(facts, taken_in_at=self._told_until(event))
        is_free = told and told not in self._known.receipt_numbers_taken
        number = told if is_free else self.plan.last_receipt_number + 1
        fulfilment = self._fulfilment(payment.sku, facts, event) if is_paid_now else payment.fulfilment
        after = payment.with_facts(facts, self._now, number, fulfilment)
        if after.receipt_number == number:
            self.plan.last_receipt_number = max(self.plan.last_receipt_number, number)
        return after

    def _told_until(self, event: ProviderEvent) -> datetime:
        """A database which is gone could tell of nothing after it was; that it told of what ``event`` says is known."""
        gone_at = self._rules.put_back_at()
        return self._now if gone_at is None else min(self._now, max(gone_at, event.created))

    def _kept_open(self, before: Payment, after: Payment) -> Payment:
        """A bank may refuse after days, and a voucher end unpaid: *try again* must still lead somewhere. And a link
        may have been closed before its voucher was heard of. What was closed before its time, as a canceled invoice's
        is, stays so."""
        if after.status is Status.EXPIRED and after.voucher and after.voucher.until > self._now:
            return after.reopened(self._now)
        has_ended = after.status in (Status.FAILED, Status.CANCELED, Status.EXPIRED) and not after.voucher
        was_taken_back = before.status is Status.EXPIRED and before.expires_at > self._now
        if not has_ended or was_taken_back or not went_on_by_itself(before):
            return after
        return after.renewed(self._now, self._rules.pay_link_lifetime).reopened(self._now)

    def _fulfilment(self, sku: str, facts: PaymentFacts, event: ProviderEvent) -> Fulfilment:
        """Once it is paid. Whoever has told of a payment before it was taken in has also sent what a program sends."""
        handover = self._handover_of(sku)
        is_sent = handover is Handover.PROGRAM or (handover is Handover.MISSING and was_told(facts, event))
        return Fulfilment.DELIVERED if is_sent else Fulfilment.TO_DO

    def _close_followers(self, paid: Payment) -> None:
        """Its link had ended, and another was asked for: nobody is to pay by that one what is paid by the first."""
        followers = [one for one in self._payments.values() if is_follower(one, paid)]
        for one in followers:
            closed = self.plan.changed[one.payment_id] = one.closed(self._now)
            self.plan.silenced.add(closed.payment_id)
            self._keep(closed)
            self.plan.messages.append(self._composer.pay_message(closed))
