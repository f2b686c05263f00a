"""Money, times and durations as people of each language write them."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_interval, format_timedelta, get_timezone_location
from babel.numbers import format_currency, get_currency_precision
from babel.units import format_unit

from checkout.model.money import Money
from messages.language.city_names import city_in_dative

WITH_CODE = {"en": "¤¤\u00a0#,##0.00", "ru": "#,##0.00\u00a0¤¤"}
# A zone as people say it: by its city.
ZONES = {"en": "{place} time", "ru": "по {place}"}
DAYS = {"en": ("{time} today", "tomorrow, {time}"), "ru": ("{time} сегодня", "завтра, {time}")}
PLACELESS = frozenset({"UTC", "GMT", "Etc/UTC", "Etc/GMT"})
# Their names have the sign that POSIX writes: Etc/GMT+5 is five hours behind.
OFFSET = re.compile(r"Etc/GMT([+-])([1-9][0-9]?)")
LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")


# A shop has few prices, and Babel takes as long for one as a third of the page's template.
@lru_cache(maxsize=1024)
def format_money(money: Money, language: str, *, by_code: bool = False) -> str:
    """``€19.00``, ``19,00 €``, ``¥1,500``, ``ISK 1,500`` (every space a no-break one).

    ``by_code`` writes ``EUR 19.00`` and ``19,00 EUR``: for where the currency's sign cannot be shown.
    """
    currency, value = money.currency.upper(), money.major
    # Babel writes some currencies whole that Stripe counts in hundredths (RSD): no hundredth may be rounded away.
    is_exact = round(value, get_currency_precision(currency)) == value
    pattern = WITH_CODE[language] if by_code else None
    written = format_currency(value, currency, pattern, locale=language, currency_digits=is_exact)
    return LETTER_BEFORE_DIGIT.sub("\u00a0", written)


def format_amounts(amounts: Iterable[Money], language: str) -> str:
    """``€15.00 + ¥1,500``"""
    return " + ".join(format_money(one, language) for one in amounts)


def format_time(at: datetime, language: str, timezone: ZoneInfo) -> str:
    """Date and time to the minute, in the shop's zone: ``22 November 2026, 21:36``."""
    return format_datetime(at, "d MMMM y, HH:mm", tzinfo=timezone, locale=language)


def format_deadline(at: datetime, language: str, timezone: ZoneInfo, now: datetime | None = None) -> str:
    """Like format_time, with the zone: a customer elsewhere must not be an hour late.

    For whoever reads it at ``now`` the next days have names: ``tomorrow, 15:16 (Tallinn time)``.
    """
    day = (at.astimezone(timezone).date() - now.astimezone(timezone).date()).days if now else None
    if day in (0, 1):
        told = DAYS[language][day].format(time=format_datetime(at, "HH:mm", tzinfo=timezone, locale=language))
    else:
        told = format_time(at, language, timezone)
    return f"{told} ({name_zone(timezone, language)})"


def name_zone(timezone: ZoneInfo, language: str) -> str:
    place = get_timezone_location(timezone, locale=language, return_city=True)
    if timezone.key in PLACELESS:
        return place
    if fixed := OFFSET.fullmatch(timezone.key):
        return f"UTC{'−' if fixed[1] == '+' else '+'}{fixed[2]}"
    if language != "ru":
        return ZONES[language].format(place=place)
    dative = city_in_dative(place)
    return ZONES["ru"].format(place=dative) if dative else f"время: {place}"


def format_date(at: datetime, language: str, timezone: ZoneInfo) -> str:
    """``22 November 2026``, in the shop's zone."""
    return format_datetime(at, "d MMMM y", tzinfo=timezone, locale=language)


def format_wait(seconds: float, language: str) -> str:
    """A duration to wait, rounded up to what a person would say: ``45 seconds``, ``12 minutes``.

    In Russian it is in the accusative, as after «через», «подождите» and «действует».
    """
    unit = next((size for size in (86_400, 3_600, 60) if seconds >= 1.5 * size), 1)
    wait = timedelta(seconds=max(1, ceil(seconds / unit)) * unit)
    told = format_timedelta(wait, threshold=1.5, add_direction=True, locale=language)
    return told.removeprefix("через ").removeprefix("in ")


def format_span(seconds: float, language: str) -> str:
    """How long something took, roughly: ``45 seconds``, ``3 minutes``."""
    return str(format_timedelta(timedelta(seconds=max(1, round(seconds))), threshold=1.5, locale=language))


def format_days(first: date, last: date, language: str) -> str:
    """From one day to another, as short as it can be said: ``17–23 Nov 2026``."""
    locale = "en_GB" if language == "en" else language  # the day before the month, as everywhere in the shop
    return str(format_interval(first, last, "yMMMd", locale=locale)).replace("\u2009", " ")


def format_size(size: int, language: str) -> str:
    """A file's, of ``size`` bytes, as people read it: kilobytes, megabytes from a million on."""
    unit, one = ("kilobyte", 1_000) if size < 1_000_000 else ("megabyte", 1_000_000)
    number = ceil(size / one) if unit == "kilobyte" else round(size / one, 1)
    return str(format_unit(number, f"digital-{unit}", "short", locale=language))
