"""At which hour the summary is due, on the shop's clock, through the changes of its time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.summary_schedule import NoHour, SummaryChoice, moment_of, read_hour

TALLINN = ZoneInfo("Europe/Tallinn")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("21:00", time(21)),
        ("9", time(9)),
        ("09.30", time(9, 30)),
        ("0:00", time(0)),
        (" 23:59 ", time(23, 59)),
        ("off", None),
        ("OFF", None),
        ("выкл", None),
        ("off.", None),
        ("21:00.", time(21)),
        ("2100", time(21)),
        ("9 PM", time(21)),
        ("12:30am", time(0, 30)),
        ("в 21 час", time(21)),
    ],
)
def test_an_hour_is_read_as_people_write_it(typed: str, at: time | None) -> None:
    assert read_hour(typed) == at


@pytest.mark.parametrize("typed", ["", "24:00", "21:60", "13 pm", "nine", "-1", "21:0", "210000", "٩", "21:00:00"])
def test_what_is_no_hour_is_refused(typed: str) -> None:
    with pytest.raises(NoHour):
        read_hour(typed)


@given(st.text(max_size=10))
def test_any_text_is_an_hour_or_refused(typed: str) -> None:
    try:
        at = read_hour(typed)
    except NoHour:
        return
    assert at is None or at.second == 0


@given(st.times().map(lambda at: at.replace(second=0, microsecond=0)))
def test_every_hour_that_is_written_comes_back(at: time) -> None:
    assert read_hour(f"{at:%H:%M}") == at


@pytest.mark.parametrize(
    ("day", "at", "moment"),
    [
        (date(2026, 11, 22), time(21), "2026-11-22T19:00"),
        (date(2026, 7, 1), time(21), "2026-07-01T18:00"),
        # On the last Sunday of March the clock goes from 3 to 4, on that of October from 4 back to 3.
        (date(2026, 3, 29), time(3, 30), "2026-03-29T01:30"),
        (date(2026, 10, 25), time(3, 30), "2026-10-25T00:30"),
        (date(2026, 10, 25), time(4), "2026-10-25T02:00"),
    ],
)
def test_the_hour_is_the_shops_in_summer_and_winter(day: date, at: time, moment: str) -> None:
    assert moment_of(day, at, TALLINN) == datetime.fromisoformat(f"{moment}+00:00")


@given(st.dates(date(2026, 1, 2), date(2027, 12, 30)), st.times())
def test_over_any_two_days_it_is_due_once_a_day(first: date, at: time) -> None:
    at = at.replace(second=0, microsecond=0)
    choice, told = SummaryChoice(1, at, LONG_AGO), []
    now = datetime.combine(first, time(), TALLINN).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=2), time(), TALLINN).astimezone(UTC)
    while now < end:
        if choice.is_due(now, TALLINN):
            told.append(now.astimezone(TALLINN).date())
            choice = SummaryChoice(1, at, LONG_AGO, told[-1])
        now += timedelta(minutes=1)
    assert told == [first, first + timedelta(days=1)]


def test_an_hour_that_has_passed_begins_tomorrow_and_a_missed_one_is_told_later_the_same_day() -> None:
    chosen_at = datetime(2026, 11, 22, 19, 1, tzinfo=UTC)
    late = SummaryChoice(1, time(21), chosen_at)
    assert not late.is_due(chosen_at + timedelta(hours=1), TALLINN)
    assert not late.begins_today(chosen_at, TALLINN)
    in_time = SummaryChoice(1, time(21), chosen_at - timedelta(minutes=2))
    assert in_time.begins_today(chosen_at - timedelta(minutes=2), TALLINN)
    assert in_time.is_due(datetime(2026, 11, 22, 21, 59, tzinfo=UTC), TALLINN)
    assert not in_time.is_due(datetime(2026, 11, 22, 22, 0, tzinfo=UTC), TALLINN), "that is the next day's morning"
    assert not SummaryChoice(1, None, LONG_AGO).is_due(chosen_at, TALLINN)
