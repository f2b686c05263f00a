"""A payment and the one place that says how its status follows from what is known."""

from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from checkout import limits
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import DISPUTE_HARMLESS, Failure, NextAction
from checkout.model.money import Money
from checkout.values import replace, value


class Status(StrEnum):
    """The words that customers' pages, the database and admins see."""

    PENDING = "pending"
    PROCESSING = "processing"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    DISPUTED = "disputed"
    REVIEW = "review"


class Fulfilment(StrEnum):
    """Whether the customer has what was paid for; ``none`` until it is paid. Out of ``done`` leads an admin alone."""

    NONE = ""
    DELIVERED = "delivered"
    TO_DO = "to_do"
    DONE = "done"


SETTLED = frozenset({Status.PAID, Status.REFUNDED, Status.PARTIALLY_REFUNDED, Status.DISPUTED})
PAYABLE = frozenset({Status.PENDING, Status.FAILED, Status.CANCELED})


@value(frozen=True, slots=True)
class Payment:
    """``amount`` (what was agreed, whatever came in) and ``amount_refunded`` in minor units; all times UTC.

    ``title`` and ``email`` are frozen until it is paid: the idempotency key promises Stripe the same parameters.
    ``attempt`` counts the PaymentIntents made for it; ``version`` is the lock of its row.
    ``close_intent_at`` is when canceling the PaymentIntent of a closed link is to be tried.
    ``fulfilment`` is ``delivered`` as soon as what was bought is on its way by the outbox.
    """

    payment_id: str
    pay_token: str
    telegram_user_id: int
    email: str
    sku: str
    title: str
    amount: int
    currency: str
    livemode: bool
    language: str
    created_at: datetime
    expires_at: datetime
    updated_at: datetime
    status: Status = Status.PENDING
    payment_intent_id: str | None = None
    attempt: int = 1
    failure_code: str | None = None
    failure_message: str | None = None
    amount_refunded: int = 0
    chat_message_id: int | None = None
    receipt_number: int | None = None
    paid_at: datetime | None = None
    failure_told_at: datetime | None = None
    close_intent_at: datetime | None = None
    fulfilment: Fulfilment = Fulfilment.NONE
    facts: PaymentFacts = field(default_factory=PaymentFacts)
    version: int = 0

    @property
    def money(self) -> Money:
        """What was agreed."""
        return Money(self.amount, self.currency)

    @property
    def came_in(self) -> Money:
        """What Stripe was paid, be it what was agreed or not; before that, what is asked for."""
        odd = self.facts.odd_money
        return Money(odd.amount, odd.currency) if odd else self.money

    @property
    def is_real_money(self) -> bool:
        """Of what came in; before that, of what is asked for."""
        odd = self.facts.odd_money
        return odd.livemode if odd else self.livemode

    @property
    def given_back(self) -> Money:
        return self.part(self.amount_refunded)

    def part(self, amount: int) -> Money:
        """So many minor units of what came in, of which refunds are."""
        return Money(amount, self.came_in.currency)

    @property
    def kept(self) -> Money:
        """What has not been given back of what was taken."""
        return Money(max(0, self.taken.amount - self.amount_refunded), self.taken.currency)

    @property
    def taken(self) -> Money:
        """What was agreed, or what has come in instead; ``amount_refunded`` is of this."""
        return self.facts.taken(self.money)

    @property
    def is_bought(self) -> bool:
        """What was paid for stays the customer's, also in a dispute, until all of the money was given back."""
        return self.status in SETTLED and self.status is not Status.REFUNDED

    @property
    def waits_for_a_person(self) -> bool:
        """Money that was given back whole has ended it."""
        return self.fulfilment is Fulfilment.TO_DO and self.status is not Status.REFUNDED

    @property
    def waits_for_a_decision(self) -> bool:
        """Money is under review, and no admin has said what becomes of it."""
        return self.status is Status.REVIEW and bool(self.facts.received) and self.facts.decision is None

    @property
    def may_refund_again(self) -> bool:
        """An admin has decided to give back what came in, and some of it is neither back nor on its way."""
        decision = self.facts.decision
        is_decided = decision is not None and decision.action == "refund"
        return is_decided and self.status is Status.REVIEW and bool(self.facts.not_given_back)

    @property
    def shown_failure(self) -> Failure | None:
        """The decline of the current PaymentIntent that the customer is told of."""
        current = self.facts.intents.get(self.payment_intent_id or "")
        return current.last_failure if current else None

    @property
    def is_untouched(self) -> bool:
        """Whether nobody can have paid by it unheard: the PaymentIntent is closed, or there is none."""
        current = self.facts.intents.get(self.payment_intent_id or "")
        is_closed = self.facts.expired and self.close_intent_at is None
        return self.payment_intent_id is None or is_closed or bool(current and current.canceled)

    @property
    def next_action(self) -> NextAction | None:
        """What the current PaymentIntent wants of the customer."""
        current = self.facts.intents.get(self.payment_intent_id or "")
        return current.next_action if current else None

    @property
    def voucher(self) -> NextAction | None:
        """The voucher or transfer that the customer may still pay."""
        action = self.next_action
        return action if action and action.is_voucher else None

    def is_under_way_at(self, now: datetime) -> bool:
        """Whether money has come, or may come, by what the customer has done already: a second payment would be one too
        many. Under review it has, and nobody has decided yet."""
        status = self.status_at(now)
        return status in (Status.PROCESSING, Status.REVIEW) or (status is Status.PENDING and self.voucher is not None)

    def status_at(self, now: datetime) -> Status:
        """The status as a reader at ``now`` must see it: a link past its time is expired already."""
        if self.status in PAYABLE and now >= self.expires_at:
            return Status.EXPIRED
        return self.status

    def with_facts(
        self,
        facts: PaymentFacts,
        now: datetime,
        next_receipt_number: int | None = None,
        fulfilment: Fulfilment = Fulfilment.NONE,
    ) -> Self:
        """The payment with everything that follows from ``facts``; itself when nothing does.

        ``next_receipt_number`` and ``fulfilment`` are what it gets if this settles it for the first time.
        """
        intent_id = (*facts.paid_intents, *facts.odd_intents, self.payment_intent_id)[0]
        status, paid_at = derive_status(facts, intent_id, self.amount), facts.paid_at
        if status is self.status and intent_id == self.payment_intent_id and facts == self.facts:
            return self
        current = facts.intents.get(intent_id or "")
        failure = current.last_failure if current and status is Status.FAILED else None
        actions = current.actions.values() if current else ()
        return replace(
            self,
            facts=facts,
            status=status,
            payment_intent_id=intent_id,
            failure_code=failure.code if failure else None,
            failure_message=failure.message if failure else None,
            amount_refunded=facts.refunded_of(self.amount),
            paid_at=paid_at,
            expires_at=max([self.expires_at, *[action.until for action in actions]]),
            close_intent_at=None if paid_at or (current and current.canceled) else self.close_intent_at,
            receipt_number=self.receipt_number or (next_receipt_number if paid_at else None),
            fulfilment=fulfilment if paid_at and self.paid_at is None else self.fulfilment,
            updated_at=now,
        )

    def with_fresh_intent(self, intent_id: str, attempt: int, now: datetime) -> Self:
        """The payment after a PaymentIntent was made for it; its facts begin empty."""
        status = derive_status(self.facts, intent_id, self.amount)
        # A link that was closed while Stripe was asked: nobody shall pay by it.
        close_at = now if self.facts.expired else self.close_intent_at
        fresh = replace(
            self,
            payment_intent_id=intent_id,
            attempt=attempt,
            status=status,
            close_intent_at=close_at,
            updated_at=now,
        )
        return replace(fresh, failure_code=None, failure_message=None) if status is not Status.FAILED else fresh

    def closed(self, now: datetime) -> Self:
        """The link is past its time or replaced; a PaymentIntent that could still be paid is to be canceled."""
        current = self.facts.intents.get(self.payment_intent_id or "")
        is_open = self.payment_intent_id is not None and not (current and current.canceled)
        closed = self.with_facts(replace(self.facts, expired=True), now)
        return replace(closed, close_intent_at=self.intent_ends_at(now)) if is_open else closed

    def intent_ends_at(self, now: datetime) -> datetime:
        """When the PaymentIntent of a link that is closed ``now`` may be canceled.

        At once; but whoever was about to pay when the link's time was over is given time for it.
        """
        action = self.next_action
        if action is None or now < self.expires_at:
            return now
        grace = limits.voucher_settling() if action.is_voucher else limits.authentication_grace()
        return max(now, self.expires_at + grace)

    def reopened(self, now: datetime) -> Self:
        """The link was closed too early, or for a reason that has gone."""
        return replace(self.with_facts(replace(self.facts, expired=False), now), close_intent_at=None)

    def renewed(self, now: datetime, lifetime: timedelta) -> Self:
        """The link lives at least ``lifetime`` longer, so that *try again* leads somewhere."""
        return replace(self, expires_at=max(self.expires_at, now + lifetime))


def derive_status(facts: PaymentFacts, intent_id: str | None, amount: int) -> Status:
    """The status that follows from the facts, when ``intent_id`` is the current PaymentIntent and ``amount`` agreed.

    ``processing`` may last for days and neither delivers nor fails.
    """
    if facts.paid_at:
        return _settled_status(facts, facts.odd_money.amount if facts.odd_money else amount)
    if facts.mismatches and _is_odd(facts):
        return Status.REFUNDED if facts.is_given_back else Status.REVIEW
    current = facts.intents.get(intent_id or "")
    if current and current.is_processing and not current.canceled:
        return Status.PROCESSING
    if facts.expired:
        return Status.EXPIRED
    if current and current.canceled:
        return Status.CANCELED
    if current and current.next_action and current.next_action.is_voucher:
        return Status.PENDING
    return Status.FAILED if current and current.failures else Status.PENDING


def _is_odd(facts: PaymentFacts) -> bool:
    """Whether money has come in otherwise than agreed, or still may: by no PaymentIntent that was canceled."""
    intents = [facts.intents.get(one.intent_id) for one in facts.mismatches.values()]
    return bool(facts.received) or any(one is None or not one.canceled for one in intents)


def _settled_status(facts: PaymentFacts, amount: int) -> Status:
    if any(dispute.status not in DISPUTE_HARMLESS for dispute in facts.disputes.values()):
        return Status.DISPUTED
    refunded = facts.amount_refunded
    if refunded >= amount:
        return Status.REFUNDED
    return Status.PARTIALLY_REFUNDED if refunded else Status.PAID
