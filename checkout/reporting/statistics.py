"""How the shop did: what was sold, what was declined and how long people took. Currencies are never added together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from checkout.model.daily_totals import DailyTotals
from checkout.model.money import Money
from checkout.model.periods import Period
from checkout.ports.reporting import Statistics
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

PRODUCTS, DECLINES = 5, 5
# The newest ones tell how long it takes now; more would only be slower to read.
WAITS = 300


@dataclass(frozen=True, slots=True)
class DaySold:
    """One day in one currency; ``gross`` in minor units. ``failed`` are the attempts of that day that were declined."""

    day: date
    gross: int
    paid: int
    failed: int


@dataclass(frozen=True, slots=True)
class CurrencyStatistics:
    """One currency in one period, and ``before`` in the one before. ``days`` has every day, sold or not.

    ``tried`` are attempts, declined or paid; ``lost`` went in disputes; ``fees`` are Stripe's, as far as it told them.
    """

    currency: str
    tried: int
    paid: int
    gross: Money
    refunded: Money
    days: tuple[DaySold, ...]
    before: Money | None
    lost: Money
    fees: Money

    @property
    def net(self) -> Money:
        return Money(self.gross.amount - self.refunded.amount - self.lost.amount, self.currency)

    @property
    def after_fees(self) -> Money:
        return Money(self.net.amount - self.fees.amount, self.currency)

    @property
    def attempts(self) -> int:
        """Rows from before declines were attempts may have fewer of these than were paid."""
        return max(self.tried, self.paid)

    @property
    def success_rate(self) -> float | None:
        """How many of them were paid, from 0 to 1; None when there are none."""
        return self.paid / self.attempts if self.attempts else None

    @property
    def growth(self) -> float | None:
        """How gross has changed since the period before: 0.12 for twelve per cent more; None from nothing."""
        if self.before is None or not self.before.amount:
            return None
        return self.gross.amount / self.before.amount - 1


@dataclass(frozen=True, slots=True)
class ProductSold:
    """``title`` is an invoice's; a product's stands in the catalogue."""

    sku: str
    paid: int
    gross: Money
    title: str = ""


@dataclass(frozen=True, slots=True)
class ShopStatistics:
    """``currencies`` begin with the one that most was paid in; ``median_wait`` is in seconds."""

    period: Period
    currencies: tuple[CurrencyStatistics, ...]
    products: tuple[ProductSold, ...]
    declines: tuple[tuple[str, int], ...]
    median_wait: float | None


class ReadStatistics:
    """``livemode`` is the shop's: what was tried out in the other mode is not in them."""

    def __init__(self, storage: Storage, clock: Clock, timezone: tzinfo, *, livemode: bool) -> None:
        self._storage, self._clock, self._timezone, self._livemode = storage, clock, timezone, livemode

    @property
    def today(self) -> date:
        """The shop's own."""
        return self._clock.now().astimezone(self._timezone).date()

    async def read(self, days: int) -> ShopStatistics:
        """The last ``days``, today included."""
        return await self.read_period(Period.until(self.today, days))

    async def read_period(self, period: Period) -> ShopStatistics:
        first, last = period.first.isoformat(), period.last.isoformat()
        async with self._storage.read() as tx:
            by_day = await tx.statistics.by_day(period.before.first.isoformat(), last)
            products = await tx.statistics.products(first, last, PRODUCTS)
            titles = await tx.invoices.titles([one.sku for one in products])
            declines = await tx.statistics.declines(first, last, DECLINES)
            median_wait = await self._median_wait(tx.statistics, period)
        return ShopStatistics(
            period=period,
            currencies=_currencies(by_day, period),
            products=tuple(
                ProductSold(one.sku, one.paid, Money(one.gross, one.currency), titles.get(one.sku, ""))
                for one in products
            ),
            declines=tuple(declines),
            median_wait=median_wait,
        )

    async def _median_wait(self, statistics: Statistics, period: Period) -> float | None:
        since, until = period.moments(self._timezone)
        return await statistics.median_wait(since, until, WAITS, livemode=self._livemode)


def _currencies(rows: Sequence[DailyTotals], period: Period) -> tuple[CurrencyStatistics, ...]:
    now: dict[str, list[DailyTotals]] = defaultdict(list)
    before: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.day >= period.first.isoformat():
            now[row.currency].append(row)
        else:
            before[row.currency] += row.gross
    found = [_currency(one, rows, period, before.get(one)) for one, rows in now.items()]
    return tuple(sorted(found, key=lambda one: (-one.paid, -one.tried, one.currency)))


def _currency(currency: str, rows: Sequence[DailyTotals], period: Period, before: int | None) -> CurrencyStatistics:
    return CurrencyStatistics(
        currency=currency,
        tried=sum(row.tried for row in rows),
        paid=sum(row.paid for row in rows),
        gross=Money(sum(row.gross for row in rows), currency),
        refunded=Money(sum(row.refunded for row in rows), currency),
        days=_days(rows, period),
        before=None if before is None else Money(before, currency),
        lost=Money(sum(row.lost for row in rows), currency),
        fees=Money(sum(row.fees for row in rows), currency),
    )


def _days(rows: Sequence[DailyTotals], period: Period) -> tuple[DaySold, ...]:
    by_day = {row.day: DaySold(date.fromisoformat(row.day), row.gross, row.paid, _failed(row)) for row in rows}
    return tuple(by_day.get(day.isoformat(), DaySold(day, 0, 0, 0)) for day in period.days())


def _failed(row: DailyTotals) -> int:
    """Rows from before declines were attempts may have more paid than tried."""
    return max(0, row.tried - row.paid)
