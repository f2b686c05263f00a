"""Days that are asked about: the shop's own, both ends included."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from checkout.errors import InvalidInput

BEGINNING = date(1970, 1, 1)  # before every payment
EVERYTHING = frozenset({"all", "все", "всё"})
USUAL_DAYS = 30
DAY = re.compile(r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.ASCII)
DAY_FIRST = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)(?:\.(?P<year>\d{4}|\d\d))?", re.ASCII)
# 01.11.2026–30.11.2026, 2026-11-01 - 2026-11-30, 1.11-30.11
BETWEEN = re.compile(r"(?<=\d)(?:\s*[–—]\s*|\s+-\s+|\.\.+)(?=\d)|(?<=\d\.\d{4})-(?=\d)|(?<=\.\d\d)-(?=\d)")
# As people say it, in either language: “за последние 30 дней”, “last week”, “november 2026”.
FOR = r"(?:(?:for|in|of|the|past|за|в|с|последн\w*)\s+)*"
# Before Telegram there was no such shop: 2000 are days.
YEAR = re.compile(rf"{FOR}(20(?:1[3-9]|[2-9]\d))(?:\s*(?:год|г))?", re.ASCII)
NUMBER = re.compile(r"([1-9]\d{0,3})", re.ASCII)
YESTERDAY = frozenset({"yesterday", "вчера"})
DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}
UNIT = re.compile(
    rf"{FOR}(?:(?P<this>this|current|эт\w*|текущ\w*)\s+|(?P<past>last|previous|прошл\w*|предыдущ\w*)\s+)?"
    r"(?P<number>[1-9][0-9]{0,2})?\s*(?:(?P<day>d|days?|today|д|день|дн\w*|сегодня)|(?P<week>weeks?|недел\w*)"
    r"|(?P<month>months?|мес|месяц\w*)|(?P<year>years?|год\w*|лет))"
)
MONTHS = (
    r"jan(?:uary)?|янв(?:ар\w)?", r"feb(?:ruary)?|фев(?:рал\w)?", r"mar(?:ch)?|март\w?", r"apr(?:il)?|апр(?:ел\w)?",
    r"may|ма[йяе]", r"june?|июн\w?", r"july?|июл\w?", r"aug(?:ust)?|авг(?:уст\w?)?",
    r"sept?(?:ember)?|сент?(?:ябр\w)?", r"oct(?:ober)?|окт(?:ябр\w)?", r"nov(?:ember)?|нояб?(?:р\w)?",
    r"dec(?:ember)?|дек(?:абр\w)?",
)  # fmt: skip
MONTH = re.compile(rf"{FOR}({'|'.join(MONTHS)})\.?(?:\s+(20[0-9]{{2}}))?(?:\s*(?:год\w?|г))?")
TO = r"(?:to|until|till|по)"
DASH_OR_TO = rf"(?:\s*[-–—]\s*|\s+{TO}\s+)"
NUMBERED = r"(?P<{}>\d\d?)(?:-?(?:го|о?е)|st|nd|rd|th)?"  # the 1st
# 5 ноября, 5 nov 2026, 1–15 ноября 2026 года, nov 5, november 1–15, 2026: as days in numbers.
DAY_OF_MONTH = re.compile(
    rf"(?:(?<![\d.-])\b{NUMBERED.format('first')}{DASH_OR_TO})?\b{NUMBERED.format('day')}\s(?:of\s)?"
    rf"(?P<month>{'|'.join(MONTHS)})\b\.?(?:\s(?P<year>20\d\d)\b)?(?:\s*(?:год\w?|г)\b\.?)?"
)
MONTH_AND_DAY = re.compile(
    rf"(?<!\d\s)\b(?P<month>{'|'.join(MONTHS)})\b\.?\s{NUMBERED.format('first')}\b(?!\.\d)"
    rf"(?:{DASH_OR_TO}{NUMBERED.format('day')}\b(?!\.\d|\s?[^\W\d]))?(?:,?\s(?P<year>20\d\d)\b)?"
)
FROM_OR_TO = re.compile(rf"(?:^(?:from|since|со?|c)|\s{TO})\s+(?=\d+[.-]\d)")
MONTH_FIRST = re.compile(r"([01]?\d)[./](20\d\d)|(20\d\d)-([01]\d)", re.ASCII)


class InvalidPeriod(InvalidInput):
    """This does not say from which day to which."""


@dataclass(frozen=True, slots=True)
class Period:
    first: date
    last: date

    @classmethod
    def until(cls, last: date, days: int) -> Self:
        """The ``days`` that end with ``last``."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def length(self) -> int:
        """In days."""
        return (self.last - self.first).days + 1

    @property
    def is_everything(self) -> bool:
        return self.first <= BEGINNING

    @property
    def before(self) -> "Period":
        """As many days, right before."""
        return Period.until(self.first - timedelta(days=1), self.length)

    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.length)]

    def moments(self, timezone: tzinfo) -> tuple[datetime, datetime]:
        """From when (included) to when (not included), in UTC; ``timezone`` is the shop's."""
        return _midnight(self.first, timezone), _midnight(self.last + timedelta(days=1), timezone)


def _midnight(day: date, timezone: tzinfo) -> datetime:
    return datetime.combine(day, time(), timezone).astimezone(UTC)


def parse_period(text: str, today: date, usual: int = USUAL_DAYS) -> Period:
    """What was written after a command: nothing, ``90``, ``7 days``, ``all``, ``2026-11-01`` or ``2026-11-01
    2026-11-30``, each day as ``1.11.2026``, ``1 november`` or ``nov 1`` too, with ``from`` and ``to`` or without;
    ``yesterday``, ``last month``, ``november``, ``11.2026`` or ``2026``.

    Raises InvalidPeriod.
    """
    text = " ".join(text.lower().split()).strip(" .…")
    for written in (MONTH_AND_DAY, DAY_OF_MONTH):
        text = written.sub(_in_numbers, text)
    words = BETWEEN.sub(" ", FROM_OR_TO.sub(" ", text)).split()
    if not words:
        return Period.until(today, usual)
    if named := _named(" ".join(words), today):
        return named
    if len(words) > 2:
        raise InvalidPeriod("too many words")
    first = _day(words[0], today)
    last = _day(words[1], today, first) if len(words) == 2 else today
    if first > last:
        raise InvalidPeriod("the first day is after the last")
    return Period(first, last)


def _in_numbers(found: re.Match[str]) -> str:
    """``1.11 15.11`` for ``1–15 november`` and ``november 1–15``."""
    month = f"{_month_named(found['month'])}" + (f".{found['year']}" if found["year"] else "")
    return " ".join(f"{day}.{month}" for day in (found["first"], found["day"]) if day)


def _month_named(word: str) -> int:
    return next(number for number, names in enumerate(MONTHS, 1) if re.fullmatch(names, word))


def _named(text: str, today: date) -> Period | None:
    """So many days, or what has a name; of a month or a year that goes on, the days so far."""
    if text in EVERYTHING:
        return Period(BEGINNING, today)
    if text in YESTERDAY:
        return Period.until(today - timedelta(days=1), 1)
    if year := YEAR.fullmatch(text):
        return _up_to(today, date(int(year[1]), 1, 1), date(int(year[1]), 12, 31))
    if days := NUMBER.fullmatch(text):
        return Period.until(today, int(days[1]))
    if unit := UNIT.fullmatch(text):
        return _unit(unit, today)
    if month := MONTH.fullmatch(text):
        number = _month_named(month[1])
        return _month(today, int(month[2] or today.year - (number > today.month)), number)
    if month := MONTH_FIRST.fullmatch(text):
        return _month(today, int(month[2] or month[3]), int(month[1] or month[4]))
    return None


def _unit(unit: re.Match[str], today: date) -> Period:
    """The last seven days for ``week``; but ``last week`` is the one before this one, Monday to Sunday. So many months
    and years are those of the calendar: twelve are no 360 days."""
    name = next(name for name in DAYS_OF if unit[name])
    if unit["number"] and name in ("month", "year"):
        return Period(_months_ago(today, int(unit["number"]) * (12 if name == "year" else 1)), today)
    if unit["number"] or not (unit["this"] or unit["past"]) or name == "day":
        return Period.until(today, int(unit["number"] or 1) * DAYS_OF[name])
    begins = _begins(name, today)
    last = begins - timedelta(days=1)
    return Period(begins, today) if unit["this"] else Period(_begins(name, last), last)


def _months_ago(today: date, months: int) -> date:
    """The day with which the last ``months`` begin."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    if year < BEGINNING.year:
        return BEGINNING
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1])) + timedelta(days=1)


def _begins(name: str, day: date) -> date:
    """The week, month or year of this day."""
    if name == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if name == "month" else day.replace(month=1, day=1)


def _month(today: date, year: int, month: int) -> Period:
    try:
        first = date(year, month, 1)
    except ValueError:
        raise InvalidPeriod("there is no such month") from None
    return _up_to(today, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _up_to(today: date, first: date, last: date) -> Period:
    if first > today:
        raise InvalidPeriod("it is still to come")
    return Period(first, min(last, today))


def _day(word: str, today: date, first: date | None = None) -> date:
    """Without its year the newest that was, or the next one behind ``first``; with two digits of this century."""
    found = DAY.fullmatch(word) or DAY_FIRST.fullmatch(word)
    try:
        if found is None:
            raise ValueError
        near, written = first or today, found["year"]
        year = int(written or near.year) + 2000 * (written is not None and len(written) == 2)
        day = date(year, int(found["month"]), int(found["day"]))
        if written is None and (day < first if first else day > today):
            day = day.replace(year=year + (1 if first else -1))
    except ValueError:
        raise InvalidPeriod(f"{word[:20]!r} is no day") from None
    # Years at the ends of the calendar have no day before or after them.
    if not BEGINNING.year <= day.year < 9999:
        raise InvalidPeriod(f"{word[:20]!r} is no day")
    return day
