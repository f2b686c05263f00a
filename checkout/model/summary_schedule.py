"""The daily summary: at which hour, and when it is due. Days and hours are the shop's own."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

from checkout.errors import InvalidInput

OFF = frozenset({"off", "выкл", "нет", "никогда"})
HOUR = re.compile(
    r"(?:(?:at|в)\s+)?(?P<hour>[0-9]{1,2})(?:[:.-]?(?P<minute>[0-9]{2}))?\s*(?:h|ч|час\w*|(?P<half>[ap])\.?m)?\.?"
)


class NoHour(InvalidInput):
    """This is neither an hour of the day nor ``off``."""


@dataclass(frozen=True, slots=True)
class SummaryChoice:
    """``at`` is on the shop's clock, None for never; chosen at ``chosen_at`` (UTC).

    ``last_day`` is the last that was summarized.
    """

    admin_id: int
    at: time | None
    chosen_at: datetime
    last_day: date | None = None

    def is_due(self, now: datetime, timezone: tzinfo) -> bool:
        """Later the same day it is still due; an hour that had passed when it was chosen begins tomorrow."""
        at = self._todays(now, timezone)
        return at is not None and at <= now

    def begins_today(self, now: datetime, timezone: tzinfo) -> bool:
        """Whether the next summary is today's."""
        return self._todays(now, timezone) is not None

    def _todays(self, now: datetime, timezone: tzinfo) -> datetime | None:
        """When it is due. A summary of tomorrow's was made while the clock was ahead, and is no summary of today."""
        today = now.astimezone(timezone).date()
        if self.at is None or self.last_day == today:
            return None
        at = moment_of(today, self.at, timezone)
        return at if self.chosen_at <= at else None


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """What a day brought in one currency: how many were paid, the revenue, what was given back and what disputes
    took, in minor units."""

    currency: str
    paid: int
    gross: int
    refunded: int
    lost: int = 0


def moment_of(day: date, at: time, timezone: tzinfo) -> datetime:
    """In UTC. An hour that the clock skips is the one it jumps to; of one that comes twice the first is meant."""
    return datetime.combine(day, at, timezone).astimezone(UTC)


def read_hour(text: str) -> time | None:
    """Reads ``21:00``, ``9.30``, ``21``, ``9 pm`` or ``off`` (None). Raises NoHour."""
    word = text.strip(" .").lower()
    if word in OFF:
        return None
    found = HOUR.fullmatch(word)
    hour, minute = (int(found["hour"]), int(found["minute"] or 0)) if found else (24, 0)
    if found and found["half"]:
        hour = hour % 12 + (12 if found["half"] == "p" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59:
        raise NoHour(f"{text[:20]!r} is no hour")
    return time(hour, minute)
