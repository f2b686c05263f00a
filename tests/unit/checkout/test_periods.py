"""Which days are meant."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from checkout.model.periods import InvalidPeriod, Period, parse_period

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("", "2026-10-24", "2026-11-22"),
        ("1", "2026-11-22", "2026-11-22"),
        (" 90 ", "2026-08-25", "2026-11-22"),
        ("2026-11-01", "2026-11-01", "2026-11-22"),
        ("2026-11-01  2026-11-30", "2026-11-01", "2026-11-30"),
        ("01.11.2026 30.11.2026", "2026-11-01", "2026-11-30"),
        ("1.11.2026-30.11.2026", "2026-11-01", "2026-11-30"),
        ("01.11.2026 – 30.11.2026", "2026-11-01", "2026-11-30"),
        ("2026-11-01 - 2026-11-30", "2026-11-01", "2026-11-30"),
        ("2026-11-01..2026-11-30", "2026-11-01", "2026-11-30"),
        ("1.11.2026", "2026-11-01", "2026-11-22"),
        ("ALL", "1970-01-01", "2026-11-22"),
        ("всё", "1970-01-01", "2026-11-22"),
        ("7 days", "2026-11-16", "2026-11-22"),
        ("за последние 30 дней", "2026-10-24", "2026-11-22"),
        ("2 weeks", "2026-11-09", "2026-11-22"),
        ("Сегодня", "2026-11-22", "2026-11-22"),
        ("yesterday.", "2026-11-21", "2026-11-21"),
        ("за неделю", "2026-11-16", "2026-11-22"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("month", "2026-10-24", "2026-11-22"),
        ("12 months", "2025-11-23", "2026-11-22"),
        ("за последние 9 месяцев", "2026-02-23", "2026-11-22"),
        ("2 years", "2024-11-23", "2026-11-22"),
        ("999 years", "1970-01-01", "2026-11-22"),
        ("прошлый месяц", "2026-10-01", "2026-10-31"),
        ("this month", "2026-11-01", "2026-11-22"),
        ("previous year", "2025-01-01", "2025-12-31"),
        ("November", "2026-11-01", "2026-11-22"),
        ("за декабрь", "2025-12-01", "2025-12-31"),
        ("feb 2024", "2024-02-01", "2024-02-29"),
        ("в мае 2026 г.", "2026-05-01", "2026-05-31"),
        ("10.2026", "2026-10-01", "2026-10-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026", "2026-01-01", "2026-11-22"),
        ("2025 год", "2025-01-01", "2025-12-31"),
        ("2000", "2021-06-02", "2026-11-22"),
        ("1.11.26", "2026-11-01", "2026-11-22"),
        ("1.11-30.11", "2026-11-01", "2026-11-30"),
        ("25.12 – 10.1", "2025-12-25", "2026-01-10"),
    ],
)
def test_what_people_write_is_understood(text: str, first: str, last: str) -> None:
    assert parse_period(text, TODAY) == Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [
        "0", "-3", "1.5.5", "1e3", "99999", "٧", "week 3", "31.11.2026", "11/01/2026", "29.2", "marketing", "may be",
        "2027", "13.2026", "december 2026", "-", "–", "2026-11-31", "2026-1-1", "20261101",
        "2026-11-30 2026-11-01", "2026-12-01", "2026-11-01 2026-11-02 2026-11-03", "0001-01-01",
        "2026-11-01 9999-12-31", "all 7", "<b>7</b>",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InvalidPeriod):
        parse_period(text, TODAY)


@pytest.mark.parametrize(
    ("text", "today", "first"),
    [
        ("12 months", date(2028, 2, 29), "2027-03-01"),
        ("1 year", date(2029, 2, 28), "2028-02-29"),
        ("1 month", date(2026, 3, 31), "2026-03-01"),
        ("2 месяца", date(2027, 1, 31), "2026-12-01"),
    ],
)
def test_months_are_the_calendars(text: str, today: date, first: str) -> None:
    assert parse_period(text, today) == Period(date.fromisoformat(first), today)


def test_the_longest_number_of_days_is_a_period_too() -> None:
    assert parse_period("9999", TODAY).length == 9999


def test_days_are_the_shops_also_when_clocks_change() -> None:
    tallinn = ZoneInfo("Europe/Tallinn")
    since, until = Period(date(2026, 10, 25), date(2026, 10, 25)).moments(tallinn)

    assert (since, until) == (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 22, tzinfo=UTC))


def test_the_period_before_is_as_long_and_ends_the_day_before() -> None:
    assert Period.until(TODAY, 7).before == Period(date(2026, 11, 9), date(2026, 11, 15))
