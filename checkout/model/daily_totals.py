"""What each day brought, kept up to date as payments move, so that a month is read from a few rows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from checkout.model.payment import Payment

DayOf = Callable[[datetime], str]


def days_in(timezone: tzinfo) -> DayOf:
    """The shop's own day of a moment, as ``2026-11-23``."""
    return lambda at: at.astimezone(timezone).date().isoformat()


DAYS_IN_UTC = days_in(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Sold:
    """What a day's totals are counted by."""

    day: str
    currency: str
    sku: str


class DailyTotals(NamedTuple):
    """One day of one product in one currency, as Totals counts them; amounts in minor units."""

    day: str
    currency: str
    sku: str
    tried: int
    paid: int
    gross: int
    refunded: int
    lost: int = 0
    fees: int = 0


@dataclass(slots=True)
class Totals:
    """What a group of events adds; amounts are minor units of the currency they stand under.

    An attempt is ``tried`` when it is declined or paid. A payment is ``paid`` once, on the day Stripe gives, and brings
    ``gross``, which is what was taken; Stripe's ``fees`` count on that day too. What is ``refunded``, or ``lost`` in
    disputes, counts on the day it is heard of and may be taken back. ``declines`` are by day and decline code.
    """

    sums: dict[Sold, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    declines: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, before: Payment, after: Payment, at: datetime, day_of: DayOf, *, livemode: bool) -> None:
        """``before`` has become ``after``, heard of at ``at`` (UTC). Of another ``livemode`` than the shop's nothing
        counts."""
        if after.facts == before.facts or after.livemode != livemode:
            return
        for code in sorted(_declines(after) - _declines(before)):
            self._add(day_of(at), after.currency, after.sku, tried=1)
            self.declines[day_of(at), code[1]] += 1
        for payment, sign in ((before, -1), (after, 1)):
            self._count_money(payment, sign, at, day_of, livemode)

    def _count_money(self, payment: Payment, sign: int, at: datetime, day_of: DayOf, livemode: bool) -> None:
        odd = payment.facts.odd_money
        if payment.paid_at is None or (odd and odd.livemode != livemode):
            return
        taken, paid_on = payment.taken, day_of(payment.paid_at)
        self._add(paid_on, taken.currency, payment.sku, tried=sign, paid=sign, gross=sign * taken.amount)
        lost = payment.facts.lost(taken)
        self._add(day_of(at), taken.currency, payment.sku, refunded=sign * payment.amount_refunded, lost=sign * lost)
        for one in payment.facts.settlements:
            self._add(paid_on, one.currency, payment.sku, fees=sign * one.fee)

    def _add(self, day: str, currency: str, sku: str, **what: int) -> None:
        self.sums[Sold(day, currency, sku)].update(what)

    def rows(self) -> Iterator[DailyTotals]:
        """What changes; nothing that stays as it is."""
        for sold in sorted(self.sums):
            if any(self.sums[sold].values()):
                counted = (self.sums[sold][name] for name in COUNTED)
                yield DailyTotals(sold.day, sold.currency, sold.sku, *counted)


COUNTED = DailyTotals._fields[3:]


def _declines(payment: Payment) -> set[tuple[str, str]]:
    return {(key, one.code) for facts in payment.facts.intents.values() for key, one in facts.failures.items()}
