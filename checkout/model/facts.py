"""What Stripe has said about one payment, kept so that the order in which it came does not matter.

Every fact is keyed by Stripe's own id and merging is a join: commutative, associative and idempotent. The status
is a function of the facts (see payment.py), so every order of events and any number of repeats end the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from checkout.model.intent_facts import CardUsed, DisputeFact, IntentFacts, Settlement, merged, rank
from checkout.model.money import Money
from checkout.values import replace, value

REFUND_RANK = ("requires_action", "pending", "succeeded", "canceled", "failed")


@dataclass(frozen=True, slots=True)
class RefundFact:
    """``amount`` in minor units; ``status`` one of REFUND_RANK; ``request`` is empty for one made in Stripe.

    ``intent_id`` is the PaymentIntent that it gives back; empty in rows from before that was kept.
    """

    amount: int
    status: str
    request: str = ""
    intent_id: str = ""

    @property
    def state(self) -> str:
        """What the customer is told of it: ``on_its_way``, ``given_back`` or ``failed``."""
        if self.status == "succeeded":
            return "given_back"
        return "failed" if self.status in ("canceled", "failed") else "on_its_way"

    def merge(self, other: Self) -> Self:
        furthest = max((self, other), key=lambda fact: (rank(fact.status, REFUND_RANK), fact.amount))
        return replace(
            furthest,
            request=max(self.request, other.request),
            intent_id=max(self.intent_id, other.intent_id),
        )


@dataclass(frozen=True, slots=True, order=True)
class ChargeRefunded:
    """The most that a charge was said to have given back, in minor units, what is still on its way included."""

    amount: int
    intent_id: str = ""


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
class Mismatch:
    """What a PaymentIntent says otherwise than agreed: ``amount`` (minor units) and ``currency`` where they differ.

    ``code`` is the mode in which it was wrongly paid, ``live_mode`` or ``test_mode``, or ``refused`` in a review.
    """

    intent_id: str
    amount: int | None = None
    currency: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """How an admin ended a review: ``deliver`` or ``refund``; ``at`` in UTC. ``admin_id`` is 0 where only Stripe's
    metadata remembers it."""

    action: str
    admin_id: int
    at: datetime


@value(frozen=True, slots=True)
class PaymentFacts:
    """All facts of a payment. ``charges`` says by charge what it was said to have given back.

    ``mismatches`` says what does not fit, by the names that alerts and their keys have for it, ``received`` what came
    in by such PaymentIntents; ``decision`` is the first and only one of an admin. ``taken_in_at`` (UTC) is
    there where the payment, numbered and told already, was taken in from Stripe: what Stripe said until then is not
    told again.
    """

    intents: Mapping[str, IntentFacts] = field(default_factory=dict)
    refunds: Mapping[str, RefundFact] = field(default_factory=dict)
    disputes: Mapping[str, DisputeFact] = field(default_factory=dict)
    charges: Mapping[str, ChargeRefunded] = field(default_factory=dict)
    mismatches: Mapping[str, Mismatch] = field(default_factory=dict)
    received: Mapping[str, Received] = field(default_factory=dict)
    decision: Decision | None = None
    taken_in_at: datetime | None = None
    expired: bool = False

    @property
    def paid_at(self) -> datetime | None:
        if times := [facts.succeeded_at for facts in self.intents.values() if facts.succeeded_at]:
            return min(times)
        return self.decision.at if self.decision and self.decision.action == "deliver" else None

    @property
    def paid_intents(self) -> tuple[str, ...]:
        return tuple(sorted([key for key, facts in self.intents.items() if facts.succeeded_at]))

    @property
    def odd_intents(self) -> tuple[str, ...]:
        """Those that brought money otherwise than agreed, the most first."""
        received = self.received
        return tuple(sorted(received, key=lambda key: (-received[key].amount, key))) if received else ()

    @property
    def is_given_back(self) -> bool:
        """Whether all that came in otherwise than agreed was given back, be it by the bank."""
        return bool(self.received) and all(0 < one.amount <= self.gone(key) for key, one in self.received.items())

    @property
    def odd_money(self) -> Received | None:
        """What came in in the place of what was agreed; None where the agreed money did, or none."""
        return None if not self.received or self.paid_intents else self.received[self.odd_intents[0]]

    def taken(self, agreed: Money) -> Money:
        """What Stripe has taken in: what was ``agreed``, unless something else came in and a person has dealt with it.

        What is refunded is of this.
        """
        odd = self.odd_money
        return Money(odd.amount, odd.currency) if odd and (self.paid_at or self.is_given_back) else agreed

    @property
    def card(self) -> CardUsed | None:
        """Of the intent that was paid, as agreed or otherwise."""
        for key in (*self.paid_intents, *self.odd_intents):
            if (intent := self.intents.get(key)) and intent.card:
                return intent.card
        return None

    @property
    def settlements(self) -> tuple[Settlement, ...]:
        """What Stripe has told of fees: one sum for each currency that it settles in."""
        found = [facts.settlement for facts in self.intents.values() if facts.settlement]
        if not found:
            return ()
        sums: dict[str, Settlement] = {}
        for one in found:
            known = sums.get(one.currency, Settlement(0, 0, one.currency))
            sums[one.currency] = Settlement(known.fee + one.fee, known.net + one.net, one.currency)
        return tuple(sorted(sums.values(), key=lambda one: one.currency))

    @property
    def is_disputed(self) -> bool:
        """Whether a bank disputes it, and that is not over."""
        return any(one.stage == "open" for one in self.disputes.values())

    @property
    def is_asked_about(self) -> bool:
        """Whether banks have asked about it, and none disputes it."""
        return {one.stage for one in self.disputes.values() if one.is_open} == {"inquiry"}

    def lost(self, price: Money) -> int:
        """Minor units of what was bought for ``price`` that lost disputes have taken, beside what was refunded.

        Who paid twice has lost nothing with the second, be it given back or disputed.
        """
        if not self.disputes:
            return 0
        taken = sum(one.taken_of(price) for one in self.disputes.values())
        if not taken:
            return 0
        intents = self.paid_intents or self.odd_intents[:1]
        kept = len(intents) * price.amount - sum(map(self.given_back, intents)) - taken
        left = price.amount - self.amount_refunded
        return min(max(0, left - kept), max(0, left))

    def given_back(self, intent_id: str) -> int:
        """Minor units of this PaymentIntent: what refunds have succeeded, or what its charges say if that is more."""
        refunds = self.refunds_of(intent_id)
        done = sum(one.amount for one in refunds if one.state == "given_back")
        not_done = sum(one.amount for one in refunds if one.state != "given_back")
        said = {key: one.amount for key, one in self.charges.items() if self._owner(one.intent_id) == intent_id}
        # Of a row from before charges were told apart: those that are named since are in it.
        in_one_sum = said.pop("", 0)
        return max(done, max(in_one_sum, sum(said.values())) - not_done, 0)

    def gone(self, intent_id: str) -> int:
        """As ``given_back``; under review also what lost disputes have taken: nothing was sold, so nothing is lost."""
        came, back = self.received.get(intent_id), self.given_back(intent_id)
        if came is None or self.paid_at or not self.disputes:
            return back
        disputes = [one for one in self.disputes.values() if self._owner(one.intent_id) == intent_id]
        return back + sum(one.taken_of(Money(came.amount, came.currency)) for one in disputes)

    @property
    def not_given_back(self) -> dict[str, Money]:
        """Of what came in otherwise than agreed: what is neither back nor on its way, by its PaymentIntent."""
        left = {key: self.received[key].amount - self.gone(key) - self.on_its_way(key) for key in self.odd_intents}
        return {key: Money(amount, self.received[key].currency) for key, amount in left.items() if amount > 0}

    def on_its_way(self, intent_id: str) -> int:
        """Minor units of this PaymentIntent that are being given back and have not arrived."""
        return sum(one.amount for one in self.refunds_of(intent_id) if one.state == "on_its_way")

    def going_back(self, intent_id: str) -> int:
        return self.given_back(intent_id) + self.on_its_way(intent_id)

    def refunds_of(self, intent_id: str) -> list[RefundFact]:
        return [one for one in self.refunds.values() if self._owner(one.intent_id) == intent_id]

    def _owner(self, intent_id: str) -> str:
        """Rows from before intents were kept with refunds had one PaymentIntent that could be given back."""
        return intent_id or next(iter((*self.paid_intents, *self.odd_intents)), "")

    @property
    def amount_refunded(self) -> int:
        """Minor units given back of what the customer has bought: who paid twice has lost nothing with the second.

        Of several PaymentIntents that were paid, the one that has kept the most counts.
        """
        if not (self.refunds or self.charges or self.disputes):
            return 0
        intents = self.paid_intents or self.odd_intents[:1]
        return min((self.gone(one) for one in intents), default=sum(map(self.given_back, self._unpaid())))

    def refunded_of(self, agreed: int) -> int:
        """``amount_refunded`` of what came in, or was ``agreed``: never more.

        Stripe gives back no more either, but that a refund has failed may be heard of after the one in its place.
        """
        back = self.amount_refunded
        return back and min(back, self.odd_money.amount if self.odd_money else agreed)

    def refunded_by(self, refund_ids: Collection[str], agreed: int) -> int:
        """As ``refunded_of``, by these refunds alone. What a charge says counts those that follow, too."""
        refunds = {key: one for key, one in self.refunds.items() if key in refund_ids}
        return replace(self, refunds=refunds, charges={}, disputes={}).refunded_of(agreed)

    def _unpaid(self) -> set[str]:
        """A refund may overtake the success of its payment."""
        owners = [one.intent_id for one in self.refunds.values()] + [one.intent_id for one in self.charges.values()]
        return set(map(self._owner, owners))

    def with_intent(self, intent_id: str, facts: IntentFacts) -> Self:
        known = self.intents.get(intent_id)
        merged = known.merge(facts) if known else facts
        return replace(self, intents={**self.intents, intent_id: merged})

    def with_refund(self, refund_id: str, fact: RefundFact) -> Self:
        known = self.refunds.get(refund_id)
        return replace(self, refunds={**self.refunds, refund_id: known.merge(fact) if known else fact})

    def with_charge(self, charge: str, fact: ChargeRefunded) -> Self:
        return replace(self, charges=merged(self.charges, {charge: fact}))

    def with_dispute(self, dispute_id: str, fact: DisputeFact) -> Self:
        known = self.disputes.get(dispute_id)
        return replace(self, disputes={**self.disputes, dispute_id: known.merge(fact) if known else fact})

    def with_mismatch(self, name: str, mismatch: Mismatch) -> Self:
        return replace(self, mismatches={**self.mismatches, name: mismatch})

    def with_received(self, intent_id: str, received: Received) -> Self:
        known = self.received.get(intent_id)
        return replace(self, received={**self.received, intent_id: known.merge(received) if known else received})

    def with_decision(self, decision: Decision) -> Self:
        """The first one stays."""
        return self if self.decision else replace(self, decision=decision)
