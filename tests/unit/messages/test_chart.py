"""The picture of /stats: its size, its words, and that everything has its place."""

import io
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from PIL import Image

from checkout.model.money import Money
from checkout.reporting.statistics import ShopStatistics
from messages.chart.chart import FAILED, PAID, PAPER, TALLEST, WIDTH, chart_png, draw
from messages.chart.drawing import Box
from tests.support.statistics_data import shop_statistics

CURRENCIES = (("eur", 190_000), ("jpy", 1_500_000), ("kwd", 1_234_567_890), ("rub", 99_999_999), ("usd", 50))


def pictures() -> list[tuple[ShopStatistics, str]]:
    return [
        (shop_statistics(days, *CURRENCIES[start : start + count]), language)
        for days in (1, 2, 7, 8, 30, 90, 366)
        for count in (1, 2, 3, 4)
        for start in (days % 2,)
        for language in ("en", "ru")
    ]


def colors(png: bytes) -> set[object]:
    found = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1_000_000)
    assert found is not None
    return {f"#{bytes(color).hex()}" for _, color in found if isinstance(color, tuple)}


def overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    return across > 0 and min(one.bottom, other.bottom) - max(one.top, other.top) > 0


@pytest.mark.parametrize(
    ("statistics", "language"),
    [
        *pictures(),
        *((shop_statistics(7, *CURRENCIES[:1], last=date(2027, 1, 3)), language) for language in ("en", "ru")),
    ],
)
def test_no_text_leaves_the_picture_or_covers_another(statistics: ShopStatistics, language: str) -> None:
    pen = draw(statistics, language)

    for box in pen.written:
        assert 0 <= box.left < box.right <= pen.image.width, box
        assert 0 <= box.top < box.bottom <= pen.image.height, box
    assert [pair for pair in combinations(pen.written, 2) if overlap(*pair)] == []


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_it_is_twice_as_wide_as_a_phone_and_telegram_need_not_shrink_it(count: int) -> None:
    image = Image.open(io.BytesIO(chart_png(shop_statistics(30, *CURRENCIES[:count]), "en")))

    assert (image.format, image.width) == ("PNG", WIDTH)
    assert WIDTH <= image.height <= TALLEST


def test_it_brings_its_own_background_and_both_colors() -> None:
    png = chart_png(shop_statistics(7, ("eur", 1900)), "en")
    image = Image.open(io.BytesIO(png))

    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == tuple(bytes.fromhex(PAPER[1:]))
    assert {PAID, FAILED} <= colors(png)


def test_failed_and_paid_differ_in_brightness_too() -> None:
    def brightness(color: str) -> int:
        found = Image.new("RGB", (1, 1), color).convert("L").getpixel((0, 0))
        assert isinstance(found, int)
        return found

    assert abs(brightness(PAID) - brightness(FAILED)) > 20


def test_it_speaks_the_admins_language_and_names_each_day_of_a_week() -> None:
    english = [box.text for box in draw(shop_statistics(7, ("eur", 1900)), "en").written]
    russian = [box.text for box in draw(shop_statistics(7, ("eur", 1900)), "ru").written]

    assert {"Revenue by day", "paid", "failed", "17–23 Nov 2026", "Tue", "17", "Mon", "23"} <= set(english)
    assert {"Выручка по дням", "оплачены", "не прошли", "вт", "пн"} <= set(russian)


def test_amounts_are_written_as_the_currency_wants_them() -> None:
    texts = {box.text for box in draw(shop_statistics(7, ("jpy", 1500), ("eur", 1950)), "en").written}

    assert {"JPY", "¥0", "¥1,500", "EUR", "€0", "€19.50"} <= texts


def test_more_currencies_than_have_room_are_left_to_the_words() -> None:
    texts = {box.text for box in draw(shop_statistics(7, *CURRENCIES), "en").written}

    assert {"EUR", "JPY", "KWD", "RUB"} <= texts
    assert "USD" not in texts


def test_a_currency_that_stripe_settles_in_alone_has_no_panel() -> None:
    sold = shop_statistics(7, ("kwd", 5250))
    fees = replace(shop_statistics(7, ("eur", 0), paid=0, failed=0).currencies[0], tried=0, fees=Money(54, "eur"))

    assert draw(replace(sold, currencies=(*sold.currencies, fees)), "en").written == draw(sold, "en").written


@pytest.mark.parametrize("days", [1, 7, 30, 90, 366])
def test_days_with_refunds_alone_are_drawn_too(days: int) -> None:
    statistics = shop_statistics(days, ("eur", 0), paid=0, failed=0)
    one = replace(statistics.currencies[0], tried=0, paid=0)

    assert colors(chart_png(replace(statistics, currencies=(one,)), "en"))
