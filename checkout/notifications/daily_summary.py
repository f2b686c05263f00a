"""How the day was, told each admin at an hour of their choice: once a day, whatever restarts and replicas there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta, tzinfo
from functools import partial

from checkout.model import keys
from checkout.model.audit import Action
from checkout.model.daily_totals import DailyTotals
from checkout.model.shop_notice import Summary
from checkout.model.summary_schedule import CurrencyTotals, SummaryChoice
from checkout.notifications.compose import notices
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction
from checkout.reporting.open_points import count_open_points

MOST = 200  # decline codes; there are not so many


@dataclass(frozen=True, slots=True)
class ChosenSummary:
    """``begins_today`` tells whether today's is still to come."""

    at: time | None
    begins_today: bool


class DailySummary:
    """``timezone`` is the shop's."""

    def __init__(
        self, storage: Storage, clock: Clock, wake: Wake, timezone: tzinfo, admin_ids: tuple[int, ...]
    ) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake
        self._timezone, self._admin_ids = timezone, admin_ids

    async def choose(self, admin_id: int, at: time | None) -> ChosenSummary:
        """``at`` is on the shop's clock, None for never."""
        now, chosen = self._clock.now(), at.strftime("%H:%M") if at else "off"
        async with self._storage.begin() as tx:
            await tx.admin_settings.choose_summary(admin_id, at, now)
            await tx.audit.add(admin_id, Action.SUMMARY_SET, "", {"at": chosen}, now)
            choice = await tx.admin_settings.summary_of(admin_id)
        return self._shown(choice)

    async def chosen(self, admin_id: int) -> ChosenSummary:
        async with self._storage.read() as tx:
            return self._shown(await tx.admin_settings.summary_of(admin_id))

    def _shown(self, choice: SummaryChoice | None) -> ChosenSummary:
        if choice is None:
            return ChosenSummary(None, begins_today=False)
        return ChosenSummary(choice.at, choice.begins_today(self._clock.now(), self._timezone))

    async def run_once(self) -> int:
        """Tells those whose hour has come; returns how many."""
        now = self._clock.now()
        async with self._storage.read() as tx:
            wanted = await tx.admin_settings.summaries()
        due = [one.admin_id for one in wanted if one.admin_id in self._admin_ids and one.is_due(now, self._timezone)]
        if not due:
            return 0
        today = now.astimezone(self._timezone).date()
        async with self._storage.begin() as tx:
            told = [admin_id for admin_id in due if await tx.admin_settings.note_summarized(admin_id, today)]
            summary, key = await self._summary(tx, today), partial(keys.daily_summary, today)
            await tx.outbox.add(notices(told, summary, key, summary.at))
        self._wake()
        return len(told)

    async def _summary(self, tx: Transaction, today: date) -> Summary:
        now, yesterday = self._clock.now(), today - timedelta(days=1)
        declines = await tx.statistics.declines(today.isoformat(), today.isoformat(), MOST)
        points = await count_open_points(tx, now)
        return Summary(
            at=now,
            today=_sums(await tx.statistics.totals(today.isoformat(), today.isoformat())),
            yesterday=_sums(await tx.statistics.totals(yesterday.isoformat(), yesterday.isoformat())),
            declines=sum(number for _, number in declines),
            reviews=points.reviews,
            disputes=points.disputes,
            unsent=points.unsent,
            to_do=points.to_do,
        )


def _sums(totals: Sequence[DailyTotals]) -> tuple[CurrencyTotals, ...]:
    return tuple(CurrencyTotals(one.currency, one.paid, one.gross, one.refunded, one.lost) for one in totals)
