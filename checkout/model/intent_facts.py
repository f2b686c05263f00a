"""What Stripe has said about one PaymentIntent: which attempts began and failed, and what it is now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from checkout.model.money import Money
from checkout.values import value

_Key = TypeVar("_Key", bound=Any)
_Fact = TypeVar("_Fact", bound=Any)
# Beside Stripe's codes of a failure: the shop has closed a link by whose voucher its customer may still have paid.
TAKEN_BACK = "taken_back"
# In rows from before it was kept.
LONG_AGO = datetime.min.replace(tzinfo=UTC)
# A bank asks before it disputes: no money has moved yet.
INQUIRY_OPEN = ("warning_needs_response", "warning_under_review")
DISPUTE_OPEN = (*INQUIRY_OPEN, "needs_response", "under_review")
DISPUTE_ANSWERED = ("warning_under_review", "under_review")
DISPUTE_HARMLESS = ("won", "warning_closed", "prevented")
# As a dispute goes; which of two words of one second is the later one.
DISPUTE_RANK = (
    "warning_needs_response", "warning_under_review", "warning_closed",
    "needs_response", "under_review", "prevented", "won", "lost",
)  # fmt: skip


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
        """The charge that failed, with its method; where Stripe names no charge, the method, and when it failed.

        An attempt that ends without a charge, like a voucher that nobody pays, is named by the charge before it.
        """
        if not self.attempt.charge:
            return f"{self.attempt.method}/{self.at.isoformat()}" if self.attempt.method else self.event_id
        return f"{self.attempt.charge}/{self.attempt.method}" if self.attempt.method else self.attempt.charge

    def ends(self, attempt: Attempt, begun_at: datetime) -> bool:
        """Whether it is the end of ``attempt``, said to be under way at ``begun_at``.

        A PaymentIntent has one attempt at a time, so the later word holds, by whatever ids; within one second, which
        is as fine as Stripe's times are, the ids decide.
        """
        if begun_at in (self.at, LONG_AGO):
            return attempt.is_same_as(self.attempt)
        return self.at > begun_at


@value(frozen=True, slots=True)
class CardUsed:
    """The payment method as far as Stripe tells it: type, and brand and last four of a card."""

    type: str = ""
    brand: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Settlement:
    """What a charge brought into Stripe's balance: ``net`` is without Stripe's ``fee``, both in minor units of
    ``currency``, which may be another than the payment's."""

    fee: int
    net: int
    currency: str


@dataclass(frozen=True, slots=True)
class DisputeFact:
    """``amount`` in minor units of ``currency``, the dispute's own; ``at`` (UTC) is when Stripe said so.

    ``intent_id`` is the PaymentIntent that is disputed; empty in rows from before that was kept.
    """

    status: str
    amount: int = 0
    due_by: datetime | None = None
    currency: str = ""
    at: datetime = LONG_AGO
    intent_id: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in DISPUTE_OPEN

    @property
    def waits_for_an_answer(self) -> bool:
        return self.is_open and self.status not in DISPUTE_ANSWERED

    @property
    def stage(self) -> str:
        """``inquiry`` while the bank only asks, ``open`` while it disputes, then how it ended: what an admin wants to
        hear."""
        if self.status in INQUIRY_OPEN:
            return "inquiry"
        return "open" if self.is_open else self.status

    def merge(self, other: Self) -> Self:
        """A dispute may turn again after it was closed: the later word holds."""
        last = max((self, other), key=lambda fact: (fact.at, rank(fact.status, DISPUTE_RANK), fact.amount))
        return replace(last, intent_id=max(self.intent_id, other.intent_id))

    def taken_of(self, price: Money) -> int:
        """Minor units of ``price`` that it has taken; in another currency that is not known, and the whole counts."""
        if self.status != "lost":
            return 0
        return self.amount if self.currency in ("", price.currency) else price.amount


@dataclass(frozen=True, slots=True, order=True)
class Observation:
    """What Stripe said of a PaymentIntent when it was asked, ``at`` by Stripe's own clock (UTC).

    It is the last word on everything before it: events name attempts by ids that may differ from one to the next.
    """

    at: datetime
    status: str


@dataclass(frozen=True, slots=True, order=True)
class NextAction:
    """What an attempt wants of the customer, said ``at`` (UTC): the bank's check, or paying a voucher or transfer.

    ``url`` is Stripe's page of the voucher, ``until`` the last moment to pay it (UTC); empty and LONG_AGO for a check.
    """

    at: datetime
    until: datetime = LONG_AGO
    url: str = ""

    @property
    def is_voucher(self) -> bool:
        return bool(self.url)


@value(frozen=True, slots=True)
class IntentFacts:
    """One PaymentIntent. ``succeeded_at`` is the earliest time that Stripe gave for its success (UTC).

    ``processing`` are the attempts that were said to be under way, and when last (UTC). ``actions`` are what attempts
    have wanted of the customer.
    """

    succeeded_at: datetime | None = None
    canceled: bool = False
    processing: Mapping[Attempt, datetime] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    card: CardUsed | None = None
    observed: Observation | None = None
    settlement: Settlement | None = None
    actions: Mapping[Attempt, NextAction] = field(default_factory=dict)

    @property
    def next_action(self) -> NextAction | None:
        """What is wanted of the customer now; None where nothing is, or not any more."""
        if not self.actions or self.succeeded_at or self.canceled:
            return None
        wanted = [(action, attempt) for attempt, action in self.actions.items() if self._is_wanted(attempt, action.at)]
        return max(wanted)[0] if wanted else None

    def _is_wanted(self, attempt: Attempt, since: datetime) -> bool:
        if self.observed is not None and self.observed.at > since:
            if self.observed.status != "requires_action":
                return False
            since = self.observed.at
        has_failed = any(one.ends(self._told_apart(attempt), since) for one in self.failures.values())
        return not has_failed and all(at < since for at in self.processing.values())

    @property
    def is_processing(self) -> bool:
        failed = [one for one in self.failures.values() if self._is_newer(one.at)]
        begun = [(attempt, at) for attempt, at in self.processing.items() if self._is_newer(at)]
        if any(not any(one.ends(self._told_apart(attempt), at) for one in failed) for attempt, at in begun):
            return True
        return self.observed is not None and self.observed.status == "processing" and not failed

    def _told_apart(self, attempt: Attempt) -> Attempt:
        """Without its charge where that was declined with another method: it is the attempt's before this one."""
        declined = {one.attempt.method for one in self.failures.values() if one.attempt.charge == attempt.charge}
        return replace(attempt, charge="") if attempt.method and declined - {"", attempt.method} else attempt

    def _is_newer(self, at: datetime) -> bool:
        return self.observed is None or at > self.observed.at

    @property
    def last_failure(self) -> Failure | None:
        return max(self.failures.values(), default=None)

    def merge(self, other: Self) -> Self:
        return type(self)(
            succeeded_at=_of_two(min, self.succeeded_at, other.succeeded_at),
            canceled=self.canceled or other.canceled,
            processing=merged(self.processing, other.processing),
            failures=merged(self.failures, other.failures),
            card=_of_two(_greater_card, self.card, other.card),
            observed=_of_two(max, self.observed, other.observed),
            settlement=_of_two(max, self.settlement, other.settlement),
            actions=merged(self.actions, other.actions),
        )


def rank(status: str, ranks: Sequence[str]) -> int:
    """How far it has come; -1 for a word that is not known."""
    return ranks.index(status) if status in ranks else -1


def merged(ours: Mapping[_Key, _Fact], theirs: Mapping[_Key, _Fact]) -> Mapping[_Key, _Fact]:
    """All keys of both, in one order; the greater fact where both know one."""
    if not (ours and theirs):
        return ours or theirs
    both = {**ours, **theirs}
    return {key: max(both[key], ours.get(key, both[key])) for key in sorted(both)}


def _of_two(choose: Callable[[_Fact, _Fact], _Fact], ours: _Fact | None, theirs: _Fact | None) -> _Fact | None:
    return choose(ours, theirs) if ours and theirs else ours or theirs


def _greater_card(one: CardUsed, other: CardUsed) -> CardUsed:
    return max(one, other, key=lambda card: (card.last4, card.brand, card.type))
