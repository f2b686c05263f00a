"""What each day brought, kept up to date as payments move, so that a month is read from a few rows."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from operator import add
from typing import NamedTuple

from checkout.model.payment import Payment

DayOf = Callable[[datetime], str]


def days_in(timezone: tzinfo) -> DayOf:
    """The shop's own day of a moment, as ``2026-11-23``."""

    @lru_cache(maxsize=64)  # the events of a group share their seconds
    def day_of(at: datetime) -> str:
        return at.astimezone(timezone).date().isoformat()

    return day_of


DAYS_IN_UTC = days_in(UTC)


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
    ``sums`` has what DailyTotals counts, in its order, by day, currency and sku.
    """

    sums: dict[tuple[str, str, str], tuple[int, ...]] = field(default_factory=dict)
    declines: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, before: Payment, after: Payment, at: datetime, day_of: DayOf, *, livemode: bool) -> None:
        """``before`` has become ``after``, heard of at ``at`` (UTC). Of another ``livemode`` than the shop's nothing
        counts."""
        if after.livemode != livemode:
            return
        if declines := _declines(after):
            for code in sorted(declines - _declines(before)):
                self._add(day_of(at), after.currency, after.sku, tried=1)
                self.declines[day_of(at), code[1]] += 1
        for payment, sign in ((before, -1), (after, 1)):
            self._count_money(payment, sign, at, day_of, livemode)

    def _count_money(self, payment: Payment, sign: int, at: datetime, day_of: DayOf, livemode: bool) -> None:
        if payment.paid_at is None:
            return
        odd = payment.facts.odd_money
        if odd and odd.livemode != livemode:
            return
        taken, paid_on = payment.taken, day_of(payment.paid_at)
        self._add(paid_on, taken.currency, payment.sku, tried=sign, paid=sign, gross=sign * taken.amount)
        refunded, lost = payment.amount_refunded, payment.facts.lost(taken)
        if refunded or lost:
            self._add(day_of(at), taken.currency, payment.sku, refunded=sign * refunded, lost=sign * lost)
        for one in payment.facts.settlements:
            self._add(paid_on, one.currency, payment.sku, fees=sign * one.fee)

    def _add(
        self,
        day: str,
        currency: str,
        sku: str,
        *,
        tried: int = 0,
        paid: int = 0,
        gross: int = 0,
        refunded: int = 0,
        lost: int = 0,
        fees: int = 0,
    ) -> None:
        counted, sold = (tried, paid, gross, refunded, lost, fees), (day, currency, sku)
        known = self.sums.get(sold)
        self.sums[sold] = tuple(map(add, known, counted)) if known else counted

    def rows(self) -> Iterator[DailyTotals]:
        """What changes; nothing that stays as it is."""
        for sold, counted in sorted(self.sums.items()):
            if any(counted):
                yield DailyTotals(*sold, *counted)


def _declines(payment: Payment) -> set[tuple[str, str]]:
    return {(key, one.code) for facts in payment.facts.intents.values() for key, one in facts.failures.items()}
