"""What Stripe has said about one payment, kept so that the order of saying does not matter.

Every fact is keyed by Stripe's own id and merging is a join: commutative, associative and idempotent. The status
is a function of the facts (see payment.py), so every order of events and any number of repeats end the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

REFUND_RANK = ("requires_action", "pending", "succeeded", "canceled", "failed")
DISPUTE_OPEN = ("warning_needs_response", "warning_under_review", "needs_response", "under_review")
DISPUTE_HARMLESS = ("won", "warning_closed", "prevented")


@dataclass(frozen=True, slots=True, order=True)
class Attempt:
    """One try to pay with one payment method: known by its charge, its payment method, or neither."""

    charge: str = ""
    method: str = ""

    def is_same_as(self, other: Self) -> bool:
        """Neither the charge nor the method may differ; knowing neither, an attempt is the only one.

        Both count: while a new attempt has no charge yet, the PaymentIntent still names the charge before it.
        """
        charges_differ = bool(self.charge and other.charge) and self.charge != other.charge
        methods_differ = bool(self.method and other.method) and self.method != other.method
        return not charges_differ and not methods_differ


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """A declined attempt. ``at`` and ``event_id`` only choose which decline is shown, never the status."""

    at: datetime
    event_id: str
    attempt: Attempt = field(compare=False)
    code: str = field(default="", compare=False)
    message: str = field(default="", compare=False)

    @property
    def attempt_key(self) -> str:
        """The charge that failed; the event where Stripe names no charge."""
        return self.attempt.charge or self.event_id


@dataclass(frozen=True, slots=True)
class CardUsed:
    """The payment method as far as Stripe tells it: type, and brand and last four of a card."""

    type: str = ""
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class IntentFacts:
    """One PaymentIntent. ``succeeded_at`` is the earliest time that Stripe gave for its success (UTC)."""

    succeeded_at: datetime | None = None
    canceled: bool = False
    processing: frozenset[Attempt] = frozenset()
    failures: Mapping[str, Failure] = field(default_factory=dict)
    card: CardUsed | None = None

    @property
    def is_processing(self) -> bool:
        failed = [failure.attempt for failure in self.failures.values()]
        return any(not any(one.is_same_as(bad) for bad in failed) for one in self.processing)

    @property
    def last_failure(self) -> Failure | None:
        return max(self.failures.values(), default=None)

    def merge(self, other: Self) -> Self:
        times = [at for at in (self.succeeded_at, other.succeeded_at) if at]
        return replace(
            self,
            succeeded_at=min(times, default=None),
            canceled=self.canceled or other.canceled,
            processing=self.processing | other.processing,
            failures=_merge_failures(self.failures, other.failures),
            card=max((self.card, other.card), key=_card_order),
        )


def _merge_failures(ours: Mapping[str, Failure], theirs: Mapping[str, Failure]) -> dict[str, Failure]:
    both = {**ours, **theirs}
    return {key: max(both[key], ours.get(key, both[key])) for key in sorted(both)}


def _card_order(card: CardUsed | None) -> tuple[str, str, str]:
    return (card.last4, card.brand, card.type) if card else ("", "", "")


@dataclass(frozen=True, slots=True)
class RefundFact:
    """``amount`` in minor units; ``status`` one of REFUND_RANK; ``request`` is empty for one made in Stripe."""

    amount: int
    status: str
    request: str = ""

    def merge(self, other: Self) -> Self:
        furthest = max((self, other), key=lambda fact: (_rank(fact.status), fact.amount))
        return replace(furthest, request=max(self.request, other.request))


def _rank(status: str) -> int:
    return REFUND_RANK.index(status) if status in REFUND_RANK else -1


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came in otherwise than agreed: ``amount`` in minor units of ``currency``, ``at`` in UTC."""

    amount: int
    currency: str
    livemode: bool
    at: datetime

    def merge(self, other: Self) -> Self:
        return max((self, other), key=lambda one: (one.amount, one.currency, one.livemode, -one.at.timestamp()))


@dataclass(frozen=True, slots=True)
class DisputeFact:
    status: str
    amount: int = 0
    due_by: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in DISPUTE_OPEN

    def merge(self, other: Self) -> Self:
        return max((self, other), key=lambda fact: (not fact.is_open, fact.status, fact.amount))


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """All facts of a payment. ``charge_refunded`` is the most that a charge was said to have given back.

    ``mismatches`` says in words what does not fit, ``received`` what came in by such PaymentIntents;
    ``accepted_at`` (UTC) is when an admin decided to deliver all the same.
    """

    intents: Mapping[str, IntentFacts] = field(default_factory=dict)
    refunds: Mapping[str, RefundFact] = field(default_factory=dict)
    disputes: Mapping[str, DisputeFact] = field(default_factory=dict)
    charge_refunded: int = 0
    mismatches: frozenset[str] = frozenset()
    received: Mapping[str, Received] = field(default_factory=dict)
    accepted_at: datetime | None = None
    expired: bool = False

    @property
    def paid_at(self) -> datetime | None:
        times = [facts.succeeded_at for facts in self.intents.values() if facts.succeeded_at]
        return min(times, default=self.accepted_at)

    @property
    def paid_intents(self) -> tuple[str, ...]:
        return tuple(sorted(key for key, facts in self.intents.items() if facts.succeeded_at))

    @property
    def odd_intents(self) -> tuple[str, ...]:
        """Those that brought money otherwise than agreed, the most first."""
        return tuple(sorted(self.received, key=lambda key: (-self.received[key].amount, key)))

    @property
    def adopted(self) -> Received | None:
        """What was received in the place of what was agreed, once that is settled by a person or given back."""
        if self.paid_intents or not self.received:
            return None
        most = self.received[self.odd_intents[0]]
        given_back = 0 < most.amount <= self.amount_refunded
        return most if self.accepted_at or given_back else None

    @property
    def card(self) -> CardUsed | None:
        """Of the intent that was paid."""
        return next((self.intents[key].card for key in self.paid_intents if self.intents[key].card), None)

    @property
    def amount_refunded(self) -> int:
        """Minor units given back: what refunds have succeeded, or what the charge says if that is more."""
        if not self.refunds:
            return self.charge_refunded
        by_status = dict.fromkeys(REFUND_RANK, 0)
        for refund in self.refunds.values():
            by_status[refund.status] = by_status.get(refund.status, 0) + refund.amount
        not_given = sum(amount for status, amount in by_status.items() if status != "succeeded")
        return max(by_status["succeeded"], self.charge_refunded - not_given, 0)

    @property
    def refund_to_tell(self) -> int:
        """Minor units that may be told as given back: a refund that has overtaken the charge's own event waits for it.

        The second of two refunds alone would be told as the total, which it never was.
        """
        return min(self.amount_refunded, self.charge_refunded) if self.charge_refunded else self.amount_refunded

    @property
    def amount_being_refunded(self) -> int:
        """Minor units that are on their way back and have not arrived."""
        return sum(one.amount for one in self.refunds.values() if one.status in ("requires_action", "pending"))

    def with_intent(self, intent_id: str, facts: IntentFacts) -> Self:
        known = self.intents.get(intent_id)
        merged = known.merge(facts) if known else facts
        return replace(self, intents={**self.intents, intent_id: merged})

    def with_refund(self, refund_id: str, fact: RefundFact) -> Self:
        known = self.refunds.get(refund_id)
        return replace(self, refunds={**self.refunds, refund_id: known.merge(fact) if known else fact})

    def with_charge_refunded(self, amount: int) -> Self:
        return replace(self, charge_refunded=max(self.charge_refunded, amount))

    def with_dispute(self, dispute_id: str, fact: DisputeFact) -> Self:
        known = self.disputes.get(dispute_id)
        return replace(self, disputes={**self.disputes, dispute_id: known.merge(fact) if known else fact})

    def with_mismatch(self, reason: str) -> Self:
        return replace(self, mismatches=self.mismatches | {reason})

    def with_received(self, intent_id: str, received: Received) -> Self:
        known = self.received.get(intent_id)
        return replace(self, received={**self.received, intent_id: known.merge(received) if known else received})
