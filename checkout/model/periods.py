"""Days that are asked about: the shop's own, both ends included."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from checkout.errors import InvalidInput

BEGINNING = date(1970, 1, 1)  # before every payment
EVERYTHING = frozenset({"all", "все", "всё"})
USUAL_DAYS = 30
NUMBER, DAY = re.compile(r"[1-9]\d{0,3}", re.ASCII), re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
DAY_FIRST = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})", re.ASCII)
# 01.11.2026–30.11.2026, 2026-11-01 - 2026-11-30
BETWEEN = re.compile(r"(?<=\d)(?:\s*[–—]\s*|\s+-\s+|\.\.+)(?=\d)|(?<=\d\.\d{4})-(?=\d)")


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


def parse_period(text: str, today: date) -> Period:
    """What was written after a command: nothing, ``90``, ``all``, ``2026-11-01`` or ``2026-11-01 2026-11-30``, each day
    as ``1.11.2026`` too.

    Raises InvalidPeriod.
    """
    words = BETWEEN.sub(" ", text.lower()).split()
    if not words:
        return Period.until(today, USUAL_DAYS)
    if len(words) == 1 and words[0] in EVERYTHING:
        return Period(BEGINNING, today)
    if len(words) == 1 and NUMBER.fullmatch(words[0]):
        return Period.until(today, int(words[0]))
    if len(words) > 2:
        raise InvalidPeriod("too many words")
    first, last = _day(words[0]), _day(words[1]) if len(words) == 2 else today
    if first > last:
        raise InvalidPeriod("the first day is after the last")
    return Period(first, last)


def _day(word: str) -> date:
    year_first, day_first = DAY.fullmatch(word), DAY_FIRST.fullmatch(word)
    numbers = year_first.groups() if year_first else day_first.groups()[::-1] if day_first else ()
    try:
        day = date(*map(int, numbers)) if numbers else None
    except ValueError:
        day = None
    # Years at the ends of the calendar have no day before or after them.
    if day is None or not BEGINNING.year <= day.year < 9999:
        raise InvalidPeriod(f"{word[:20]!r} is no day")
    return day
