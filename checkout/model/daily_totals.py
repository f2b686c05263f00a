"""What each day brought, kept up to date as payments move, so that a month is read from a few rows."""

from collections import Counter
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


@dataclass(slots=True)
class Totals:
    """What a group of events adds. ``gross`` and ``refunded`` are minor units of the currency they stand under.

    A payment counts as ``tried`` once, with its first result, ``paid`` once, on the day Stripe gives; a refund
    counts on the day it is heard of and may be taken back. ``declines`` are by day and decline code.
    """

    tried: Counter[Sold] = field(default_factory=Counter)
    paid: Counter[Sold] = field(default_factory=Counter)
    gross: Counter[Sold] = field(default_factory=Counter)
    refunded: Counter[Sold] = field(default_factory=Counter)
    declines: Counter[tuple[str, str]] = field(default_factory=Counter)

    def count(self, before: Payment, after: Payment, at: datetime, day_of: DayOf) -> None:
        """``before`` has become ``after``, heard of at ``at`` (UTC)."""
        if after.facts == before.facts:
            return
        sold = Sold(day_of(after.paid_at or at), after.currency, after.sku)
        if _has_result(after) and not _has_result(before):
            self.tried[sold] += 1
        if after.paid_at and not before.paid_at:
            self.paid[sold] += 1
            self.gross[sold] += after.amount
        if after.paid_at:
            given_back = after.amount_refunded - (before.amount_refunded if before.paid_at else 0)
            self.refunded[Sold(day_of(at), after.currency, after.sku)] += given_back
        for code in _declines(after) - _declines(before):
            self.declines[day_of(at), code[1]] += 1

    def rows(self) -> Iterator[tuple[Sold, int, int, int, int]]:
        """What changes, by what it is counted by: tried, paid, gross, refunded; nothing that stays as it is."""
        for sold in sorted({*self.tried, *self.paid, *self.gross, *self.refunded}):
            row = (self.tried[sold], self.paid[sold], self.gross[sold], self.refunded[sold])
            if any(row):
                yield sold, *row


def _has_result(payment: Payment) -> bool:
    return payment.paid_at is not None or any(facts.failures for facts in payment.facts.intents.values())


def _declines(payment: Payment) -> set[tuple[str, str]]:
    return {(key, one.code) for facts in payment.facts.intents.values() for key, one in facts.failures.items()}
