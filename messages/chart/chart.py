"""The picture of /stats: what each day brought, a panel for each currency, made for a phone's width.

It has a background of its own, so that it reads the same in a light and in a dark chat. Telegram shrinks pictures
above 1280 pixels: with four panels it is just as tall.
"""

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import Lock

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_compact_currency, format_currency

from checkout.model.money import Money, written_digits
from checkout.model.periods import Period
from checkout.reporting.statistics import CurrencyStatistics, DaySold, ShopStatistics
from messages.chart.drawing import Box, Pen
from messages.language.formats import LETTER_BEFORE_DIGIT, format_days, format_money
from messages.language.i18n import texts

MOST_PANELS = 4
WIDTH, TALLEST, MARGIN = 780, 1280, 28  # twice a phone's width in points
HEADER, FOOTER = 160, 14
PANEL_HEIGHTS = {1: 620, 2: 500}  # more of them share the tallest picture
TITLE, NAME, LABEL, SMALLEST = 40, 34, 25, 19  # sizes of letters in pixels
# Told apart by everyone: Okabe and Ito's blue and vermilion differ in brightness too.
PAPER, INK, QUIET, LINE = "#f7f8fa", "#15181d", "#4d5663", "#d3d8df"
PAID, FAILED = "#0072b2", "#d55e00"
WEEK = 7  # days; up to here each one is named
ROOMY = 420  # pixels: a lower panel leaves out what the legend says too
COMPACT_FROM = 10_000  # major units: ``€12K`` instead of ``€12,000``
GAP = 10
_one_at_a_time = Lock()  # the letters of a font are drawn by one thread at a time
DECIMALS = re.compile(r"\.0+")  # of a currency's pattern


@dataclass(frozen=True, slots=True)
class Area:
    """Where something is drawn, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def column(self, number: int, of: int) -> tuple[float, float]:
        """Where the bar of one day begins and ends."""
        width = (self.right - self.left) / of
        begins = self.left + number * width
        space = max(1.0, width * 0.14)
        return round(begins + space), max(round(begins + space) + 1, round(begins + width - space))

    def middle(self, number: int, of: int) -> float:
        return self.left + (number + 0.5) * (self.right - self.left) / of


def chart_png(statistics: ShopStatistics, language: str) -> bytes:
    """The picture as PNG. It takes a tenth of a second or two: call it in a thread."""
    png = io.BytesIO()
    with _one_at_a_time:
        draw(statistics, language).image.save(png, "PNG", optimize=True)
    return png.getvalue()


def draw(statistics: ShopStatistics, language: str) -> Pen:
    # Of one that Stripe settles in alone there are fees, and nothing to draw.
    sold_in = [one for one in statistics.currencies if one.attempts or one.gross.amount]
    shown = (sold_in or statistics.currencies)[:MOST_PANELS]
    height = PANEL_HEIGHTS.get(len(shown), (TALLEST - HEADER - FOOTER) // max(1, len(shown)))
    pen = Pen(WIDTH, HEADER + height * len(shown) + FOOTER, PAPER)
    _header(pen, statistics.period, language)
    for number, currency in enumerate(shown):
        top = HEADER + number * height
        _panel(pen, currency, Area(MARGIN, top, WIDTH - MARGIN, top + height - 2 * GAP), language)
    return pen


def _header(pen: Pen, period: Period, language: str) -> None:
    t = texts("mail", language).gettext
    pen.text((MARGIN, 26), t("Revenue by day"), TITLE, INK, bold=True)
    left = float(WIDTH - MARGIN)
    for color, word in ((FAILED, t("failed")), (PAID, t("paid"))):
        box = pen.text((left, 82), word, LABEL + 3, INK, anchor="ra")
        left = box.left - 34
        pen.bar((left, 88, left + 24, 112), color)
        left -= 26
    days, sizes = format_days(period.first, period.last, language), range(LABEL + 3, SMALLEST, -3)
    # Of two years it is longer.
    size = next((size for size in sizes if pen.width(days, size) <= left - MARGIN), SMALLEST)
    pen.text((MARGIN, 82 + LABEL + 3 - size), days, size, QUIET)


def _panel(pen: Pen, statistics: CurrencyStatistics, area: Area, language: str) -> None:
    pen.rule(area.left, area.right, area.top - GAP, LINE)
    pen.text((area.left, area.top), statistics.currency.upper(), NAME, INK, bold=True)
    pen.text((area.right, area.top), format_money(statistics.gross, language), NAME, INK, anchor="ra", bold=True)
    ticks = _ticks(max(day.gross for day in statistics.days), statistics.currency)
    labels = [_label(Money(tick, statistics.currency), language) for tick in ticks]
    most = max(1, *(day.paid + day.failed for day in statistics.days))
    gutter = max(pen.width(one, LABEL) for one in (*labels, str(most))) + 14
    is_roomy = area.bottom - area.top > ROOMY
    names = _names_of_days(pen, statistics.days, area.right - area.left - gutter, language, 2 if is_roomy else 1)
    below = area.bottom - 14 - 30 * max(map(len, names.values()))
    numbers_top = below - max(48, (below - area.top) * 0.2)
    plot = Area(area.left + gutter, area.top + 84, area.right, numbers_top - (52 if is_roomy else 26))
    _revenue(pen, plot, statistics.days, list(zip(ticks, labels, strict=True)), language, statistics.currency)
    if is_roomy:
        head = texts("mail", language).gettext("Number of payments")
        pen.text((plot.left, numbers_top - 12), head, LABEL, QUIET, anchor="ls")
    _numbers(pen, Area(plot.left, numbers_top, plot.right, below), statistics.days, most)
    _name_days(pen, Area(plot.left, below + 6, plot.right, area.bottom), names, len(statistics.days))


def _revenue(
    pen: Pen, plot: Area, days: Sequence[DaySold], ticks: list[tuple[int, str]], language: str, currency: str
) -> None:
    highest = ticks[-1][0]
    is_flat = plot.bottom - plot.top < 2.6 * LABEL
    for tick, label in ticks[:: 2 if is_flat else 1]:
        y = plot.bottom - (plot.bottom - plot.top) * tick / highest
        pen.rule(plot.left, plot.right, y, LINE)
        pen.text((plot.left - 14, y), label, LABEL, QUIET, anchor="rm")
    for number, day in enumerate(days):
        if day.gross:
            left, right = plot.column(number, len(days))
            top = plot.bottom - max(2, (plot.bottom - plot.top) * day.gross / highest)
            pen.bar((left, top, right, plot.bottom), PAID)
    _amounts(pen, plot, days, highest, language, currency)


def _amounts(pen: Pen, plot: Area, days: Sequence[DaySold], highest: int, language: str, currency: str) -> None:
    """Over each bar where all of them fit, else over the highest alone."""
    said = {number: _label(Money(day.gross, currency), language) for number, day in enumerate(days) if day.gross}
    slot = (plot.right - plot.left) / len(days) - 4
    if len(days) > WEEK or any(pen.width(text, LABEL) > slot for text in said.values()):
        best = max(said, key=lambda number: days[number].gross, default=None)
        said = {} if best is None else {best: said[best]}
    for number, text in said.items():
        y = plot.bottom - (plot.bottom - plot.top) * days[number].gross / highest - 10
        half = pen.width(text, LABEL) / 2
        middle = min(max(plot.middle(number, len(days)), plot.left + half), plot.right - half)
        pen.text((middle, y), text, LABEL, INK, anchor="ms", halo=PAPER)


def _numbers(pen: Pen, plot: Area, days: Sequence[DaySold], most: int) -> None:
    """How many were paid, and on top of them how many failed."""
    for y, label in ((plot.top, str(most)), (plot.bottom, "0")):
        pen.rule(plot.left, plot.right, y, LINE)
        pen.text((plot.left - 14, y), label, LABEL, QUIET, anchor="rm")
    unit = (plot.bottom - plot.top) / most
    for number, day in enumerate(days):
        left, right = plot.column(number, len(days))
        between = plot.bottom - day.paid * unit
        if day.paid:
            pen.bar((left, between, right, plot.bottom), PAID)
        if day.failed:
            pen.bar((left, min(between - day.failed * unit, between - 2), right, between), FAILED)


def _names_of_days(
    pen: Pen, days: Sequence[DaySold], width: float, language: str, most_lines: int
) -> dict[int, list[str]]:
    """The lines that name a day, by its number: each day of a week; of more days some, counted from the last."""
    count = len(days)
    if count > WEEK:
        said = {number: [_short(day.day, language)] for number, day in enumerate(days)}
        broadest = max(pen.width(lines[0], LABEL) for lines in said.values())
        # The outermost are moved inwards by half of their width at most.
        weeks = math.ceil((1.5 * broadest + 20) * count / width / WEEK)
        return {number: said[number] for number in range(count - 1, -1, -WEEK * weeks)}
    names = [_day_names(day.day, language) for day in days]
    if most_lines == 1:
        joined = [[" ".join(lines)] for lines in names]
        fits = max(pen.width(lines[0], LABEL) for lines in joined) < width / count - 12
        names = joined if fits else [lines[1:] for lines in names]
    return dict(enumerate(names))


def _name_days(pen: Pen, area: Area, names: dict[int, list[str]], days: int) -> None:
    for number, lines in names.items():
        half = max(pen.width(one, LABEL) for one in lines) / 2
        middle = min(max(area.middle(number, days), half + MARGIN), area.right - half)
        for line, name in enumerate(lines):
            pen.text((middle, area.top + line * 30), name, LABEL, QUIET, anchor="ma")


def _day_names(day: date, language: str) -> list[str]:
    return [format_date(day, "EEE", locale=language), format_date(day, "d", locale=language)]


def _short(day: date, language: str) -> str:
    return format_date(day, "d MMM", locale=language)


def _ticks(largest: int, currency: str) -> list[int]:
    """Zero, a half and the whole of a round amount above ``largest``; all in minor units."""
    finest = Decimal(1).scaleb(-written_digits(currency))
    half = max(Money(largest, currency).major, Decimal(2)) / 2
    power = Decimal(10) ** half.adjusted()
    steps = [Decimal(factor) * power for factor in ("1", "2", "2.5", "5", "10", "20")]
    step = next(one for one in steps if one >= half and one >= finest and one % finest == 0)
    minor = int(step / Money(1, currency).major)
    return [0, minor, 2 * minor]


def _label(money: Money, language: str) -> str:
    """As short as an axis wants it: no decimals where there are none, thousands as one letter."""
    currency, value = money.currency.upper(), money.major
    if value >= COMPACT_FROM:
        # Rounded first: Babel makes ``$1000K`` of $999,999.99.
        rounded = round(value, 2 - value.adjusted())
        return _spaced(format_compact_currency(rounded, currency, locale=language, fraction_digits=1))
    if value != value.to_integral_value():
        return format_money(money, language)
    pattern = DECIMALS.sub("", Locale.parse(language).currency_formats["standard"].pattern)
    return _spaced(format_currency(value, currency, format=pattern, locale=language, currency_digits=False))


def _spaced(written: str) -> str:
    return LETTER_BEFORE_DIGIT.sub("\u00a0", written)


__all__ = ["MOST_PANELS", "Box", "chart_png", "draw"]
