"""What a shop has sold, written straight into its tables."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from checkout.model.daily_totals import DailyTotals
from checkout.model.money import Money
from checkout.model.payment import Payment, Status
from checkout.model.periods import Period
from checkout.reporting.export_payments import Progress, Wanted
from checkout.reporting.statistics import CurrencyStatistics, DaySold, ShopStatistics
from db.engine.connection import Database
from db.engine.sql_loader import queries
from db.repositories.statistics import StatisticsRepository
from tests.support.payments import one_of_many

TOTALS = queries("statistics")
EVERYTHING = Wanted(datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC))


async def nobody(progress: Progress) -> None:
    """Told of every page of an export, and not interested."""


async def sold(database: Database, *rows: tuple[Any, ...]) -> None:
    """Each row is day, currency, sku, tried, paid, gross, refunded; and if you like, what was lost and the fees."""
    async with database.begin() as connection:
        await StatisticsRepository(connection).add(DailyTotals(*row) for row in rows)


async def declined(database: Database, *rows: tuple[str, str, int]) -> None:
    """Each row is day, decline code and how often."""
    async with database.begin() as connection:
        named = [{"day": day, "code": code, "declines": declines} for day, code, declines in rows]
        await connection.execute_many(TOTALS["add_declines"], named)


def rows(content: bytes) -> list[dict[str, str]]:
    """Of an export."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def paid_after(number: int, at: datetime, seconds: float, **changes: object) -> Payment:
    """Paid ``seconds`` after it was made."""
    return one_of_many(number, at=at, status=Status.PAID, paid_at=at + timedelta(seconds=seconds), **changes)


def shop_statistics(
    days: int, *gross: tuple[str, int], last: date = date(2026, 11, 23), paid: int = 9, failed: int = 3
) -> ShopStatistics:
    """So much ``gross`` on the best day, for each currency; less on the others, and nothing on every fifth."""
    period = Period.until(last, days)
    return ShopStatistics(period, tuple(_currency(period, *one, paid, failed) for one in gross), (), (), None)


def _currency(period: Period, currency: str, gross: int, paid: int, failed: int) -> CurrencyStatistics:
    days = tuple(
        DaySold(day, 0, 0, 0)
        if number % 5 == 3
        else DaySold(day, gross // (1 + number % 4), paid, number % (failed + 1))
        for number, day in enumerate(period.days())
    )
    count = sum(day.paid for day in days)
    whole = Money(sum(day.gross for day in days), currency)
    none = Money(0, currency)
    return CurrencyStatistics(currency, count + 9, count, whole, none, days, None, none, none)
