"""The shop's statistics, on SQLite and PostgreSQL alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from checkout.model.money import Money
from checkout.reporting.statistics import WAITS, DaySold, ProductSold, ReadStatistics
from db.engine.connection import Database
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.payments import keep
from tests.support.statistics_data import declined, paid_after, sold

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # in Tallinn it is tomorrow already
TALLINN = ZoneInfo("Europe/Tallinn")


@pytest.fixture
def read(storage: DatabaseStorage) -> ReadStatistics:
    return ReadStatistics(storage, MovedClock(NOW), TALLINN, livemode=False)


async def test_an_empty_shop_has_no_statistics(read: ReadStatistics) -> None:
    found = await read.read(7)

    assert (found.currencies, found.products, found.declines, found.median_wait) == ((), (), (), None)
    assert (found.period.first, found.period.last) == (date(2026, 11, 17), date(2026, 11, 23))


async def test_each_currency_has_totals_of_its_own(database: Database, read: ReadStatistics) -> None:
    await sold(
        database,
        ("2026-11-23", "eur", "guide", 5, 3, 5700, 1900),
        ("2026-11-23", "eur", "poster", 1, 1, 2500, 0),
        ("2026-11-17", "eur", "guide", 1, 1, 1900, 0),
        ("2026-11-20", "jpy", "guide", 9, 9, 13_500, 0),
    )

    yen, euro = (await read.read(7)).currencies

    assert (yen.gross, yen.refunded, yen.net) == (Money(13_500, "jpy"), Money(0, "jpy"), Money(13_500, "jpy"))
    assert (euro.gross, euro.refunded, euro.net) == (Money(10_100, "eur"), Money(1900, "eur"), Money(8200, "eur"))
    assert (euro.paid, euro.tried, euro.success_rate) == (5, 7, 5 / 7)
    assert euro.days[0] == DaySold(date(2026, 11, 17), 1900, 1, 0)
    assert euro.days[6] == DaySold(date(2026, 11, 23), 8200, 4, 2)
    assert [day.paid for day in euro.days[1:6]] == [0] * 5


async def test_growth_is_against_as_many_days_before(database: Database, read: ReadStatistics) -> None:
    await sold(
        database,
        ("2026-11-23", "eur", "guide", 1, 1, 3000, 0),
        ("2026-11-16", "eur", "guide", 1, 1, 1000, 0),
        ("2026-11-10", "eur", "guide", 1, 1, 1000, 0),
        ("2026-11-09", "eur", "guide", 1, 1, 7000, 0),
        ("2026-11-16", "usd", "guide", 1, 1, 1000, 0),
    )

    [euro] = (await read.read(7)).currencies

    assert euro.growth == 0.5


async def test_from_nothing_there_is_no_growth(database: Database, read: ReadStatistics) -> None:
    await sold(database, ("2026-11-23", "eur", "guide", 1, 1, 3000, 0), ("2026-11-16", "eur", "guide", 1, 0, 0, 0))

    [euro] = (await read.read(7)).currencies

    assert euro.growth is None


async def test_one_that_failed_yesterday_and_is_paid_today_fails_nothing(
    database: Database, read: ReadStatistics
) -> None:
    await sold(database, ("2026-11-23", "eur", "guide", 0, 1, 1900, 0), ("2026-11-16", "eur", "guide", 1, 0, 0, 0))

    [euro] = (await read.read(7)).currencies

    assert euro.success_rate == 1
    assert euro.days[-1].failed == 0


async def test_the_products_sold_most_come_first(database: Database, read: ReadStatistics) -> None:
    days = ("2026-11-22", "2026-11-23")
    await sold(database, *((day, "eur", f"p{n}", n + 1, n, 100 * n, 0) for day in days for n in range(8)))

    found = await read.read(30)

    assert [one.sku for one in found.products] == ["p7", "p6", "p5", "p4", "p3"]
    assert found.products[0] == ProductSold("p7", 14, Money(1400, "eur"))


async def test_the_commonest_declines_come_first(database: Database, read: ReadStatistics) -> None:
    await declined(
        database, ("2026-11-23", "expired_card", 2), ("2026-11-20", "expired_card", 2), ("2026-11-23", "fraudulent", 3)
    )

    assert (await read.read(7)).declines == (("expired_card", 4), ("fraudulent", 3))


async def test_the_wait_is_the_median_of_what_was_paid_in_these_days(
    storage: DatabaseStorage, read: ReadStatistics
) -> None:
    begin = datetime(2026, 11, 16, 22, tzinfo=UTC)  # midnight in Tallinn
    await keep(
        storage,
        paid_after(1, begin - timedelta(seconds=70), 69),  # the day before
        paid_after(2, begin - timedelta(seconds=70), 70),
        paid_after(3, begin + timedelta(days=1), 10),
        paid_after(4, begin + timedelta(days=2), 900),
    )

    assert (await read.read(7)).median_wait == pytest.approx(70, abs=0.001)


async def test_what_was_tried_out_in_the_other_mode_does_not_count_as_a_wait(
    storage: DatabaseStorage, read: ReadStatistics
) -> None:
    await keep(storage, paid_after(1, NOW - timedelta(hours=1), 900, livemode=True))

    assert (await read.read(7)).median_wait is None


async def test_between_two_waits_the_median_is_in_the_middle(storage: DatabaseStorage, read: ReadStatistics) -> None:
    await keep(storage, paid_after(1, NOW - timedelta(hours=1), 10.5), paid_after(2, NOW - timedelta(hours=1), 31))

    assert (await read.read(7)).median_wait == pytest.approx(20.75, abs=0.001)


async def test_no_more_than_the_newest_are_looked_at(storage: DatabaseStorage, read: ReadStatistics) -> None:
    await keep(
        storage,
        *(paid_after(n, NOW - timedelta(hours=1), 5) for n in range(WAITS)),
        *(paid_after(WAITS + n, NOW - timedelta(hours=2), 500) for n in range(WAITS)),
    )

    assert (await read.read(7)).median_wait == pytest.approx(5, abs=0.001)
