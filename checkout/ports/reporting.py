"""What admins look up: statistics, what was done, what happened."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Protocol

from checkout.model.activity import ActivityEntry
from checkout.model.audit import Action, AuditEntry
from checkout.model.daily_totals import DailyTotals
from checkout.model.payment import Payment
from checkout.model.summary_schedule import SummaryChoice


class Statistics(Protocol):
    """What each day brought. Days are the shop's own, like ``2026-11-23``, both ends included."""

    async def totals(self, first: str, last: str) -> Sequence[DailyTotals]:
        """All days together, by currency; day and product are empty."""
        ...

    async def declines(self, first: str, last: str, most: int) -> Sequence[tuple[str, int]]:
        """The commonest decline codes and how often each came."""
        ...

    async def by_day(self, first: str, last: str) -> Sequence[DailyTotals]:
        """By day and currency; the product is empty."""
        ...

    async def products(self, first: str, last: str, most: int) -> Sequence[DailyTotals]:
        """The most sold ones, by how many were paid; the day is empty."""
        ...

    async def add(self, rows: Iterable[DailyTotals]) -> None:
        """To what was counted before."""
        ...

    async def median_wait(self, since: datetime, until: datetime, most: int, *, livemode: bool) -> float | None:
        """Seconds from link to payment, of the ``most`` newest paid from ``since`` on and before ``until``."""
        ...


class Audit(Protocol):
    """What admins did. It is written in the transaction of its effect, or before a provider is asked."""

    async def add(
        self, admin_id: int, action: Action, payment_id: str, details: Mapping[str, str], at: datetime
    ) -> None:
        """``payment_id`` is empty for what is about no payment; ``at`` is in UTC."""
        ...

    async def newest(self, before: int | None, limit: int) -> Sequence[AuditEntry]:
        """The newest first; ``before`` is the ``audit_id`` of the last one seen."""
        ...

    async def of_payment(self, payment_id: str) -> Sequence[AuditEntry]:
        """The oldest first."""
        ...

    async def get_for_update(self, payment_id: str) -> Sequence[AuditEntry]:
        """As ``of_payment``; nobody else holds this payment's until the transaction ends."""
        ...


class Activity(Protocol):
    """What no other table tells of a payment's way."""

    async def note(self, *entries: ActivityEntry) -> None: ...
    async def erase(self, telegram_user_id: int) -> None:
        """What was noted of this customer outside of any payment."""
        ...

    async def of_payment(self, payment: Payment) -> Sequence[ActivityEntry]:
        """Its own and the customer's last steps before it, the oldest first."""
        ...


class AdminSettings(Protocol):
    async def summary_of(self, admin_id: int) -> SummaryChoice | None:
        """None when nothing was ever chosen."""
        ...

    async def summaries(self) -> Sequence[SummaryChoice]:
        """Those who want one."""
        ...

    async def choose_summary(self, admin_id: int, at: time | None, now: datetime) -> None:
        """``at`` is on the shop's clock, None for never."""
        ...

    async def choose_sales(self, admin_id: int, now: datetime, *, hears: bool) -> None:
        """Whether this admin hears of every sale."""
        ...

    async def hears_sales(self, admin_id: int) -> bool:
        """True unless chosen otherwise."""
        ...

    async def note_summarized(self, admin_id: int, day: date) -> bool:
        """False when this day, or a later one, was noted before."""
        ...
