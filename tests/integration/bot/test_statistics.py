"""/stats as an admin meets it in the chat."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from checkout.model.money import TWO_DECIMAL
from messages.language.text import visible_length
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import keep, one_of_many
from tests.support.statistics_data import declined, paid_after, sold

TODAY, YESTERDAY, LAST_WEEK = "2026-11-22", "2026-11-21", "2026-11-14"


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id, ANNA.id)


async def test_an_empty_shop_is_told_so_without_a_picture(shop: BotShop) -> None:
    [said] = await shop.say(MIRA, "/stats")

    assert said.photo is None
    assert "Nobody has tried to pay in these days (16–22 Nov 2026)." in said.text


async def test_the_numbers_stand_under_a_picture(shop: BotShop) -> None:
    await sold(
        shop.database,
        (TODAY, "eur", "guide", 12, 10, 19_000, 1900),
        (YESTERDAY, "eur", "poster", 4, 2, 5_000, 0),
        (LAST_WEEK, "eur", "guide", 10, 10, 20_000, 0),
    )
    await declined(shop.database, (TODAY, "insufficient_funds", 3), (TODAY, "odd<b>code", 1))
    await keep(shop.storage, *(paid_after(number, NOON - timedelta(hours=1), 60 * number) for number in (1, 3, 9)))

    [said] = await shop.say(MIRA, "/stats")

    assert said.photo is not None
    assert Image.open(io.BytesIO(said.photo.content)).format == "PNG"
    for line in (
        "The last 7 days · 16–22 Nov 2026",
        "Gross: €240.00 (▲ 20%)",
        "Refunds: €19.00",
        "Net: €221.00",
        "Paid: 12 of 16 (75%)",
        "▲▼ against the 7 days before",
        "From the link to the payment: 3 minutes (median)",
        "• City guide: 10 · €190.00",
        "• 3 × There is not enough money on the card (insufficient_funds)",
        "• 1 × Your bank refused the payment without saying why (odd<b>code)",
    ):
        assert line in said.text.splitlines()


async def test_what_disputes_and_stripe_took_is_told(shop: BotShop) -> None:
    await sold(
        shop.database,
        (TODAY, "eur", "guide", 3, 3, 5700, 1000, 1900, 162),
        (TODAY, "usd", "guide", 0, 0, 0, 0, 0, 77),
    )

    [said] = await shop.say(MIRA, "/stats")

    assert "EUR\nGross: €57.00\nRefunds: €10.00\nLost in disputes: €19.00\nNet: €28.00\n" in said.text
    assert "Paid: 3 of 3 (100%)\nStripe's fees, as far as known: €1.62 (leaves €26.38)" in said.text
    assert "USD\nStripe's fees, as far as known: $0.77" in said.text


async def test_currencies_are_never_added_together(shop: BotShop) -> None:
    await sold(shop.database, (TODAY, "jpy", "guide", 3, 3, 4500, 0), (TODAY, "eur", "guide", 1, 1, 1900, 0))

    [said] = await shop.say(MIRA, "/stats 30")

    assert "JPY\nGross: ¥4,500" in said.text
    assert "EUR\nGross: €19.00" in said.text
    assert "• City guide: 3 · ¥4,500\n• City guide: 1 · €19.00" in said.text


async def test_the_admins_language_is_spoken(shop: BotShop) -> None:
    before = ((day, "eur", "guide", 1, 1, 1900, 0) for day in (YESTERDAY, "2026-10-10", "2026-08-10"))
    await sold(shop.database, (TODAY, "eur", "guide", 2, 1, 1900, 0), *before)

    for days, heading, growth in (
        (1, "Сегодня · 22 нояб.", "▲▼ к предыдущему дню"),
        (31, "Последние 31 день · 23 окт.", "▲▼ к предыдущим 31 дню"),
        (90, "Последние 90 дней · 25 авг.", "▲▼ к предыдущим 90 дням"),
    ):
        [said] = await shop.say(ANNA, f"/stats {days}")
        assert said.text.startswith(heading)
        assert growth in said.text

    assert "Оплачено: 3 из 4 (75\xa0%)" in said.text
    assert "Путеводитель" in said.text


async def test_what_does_not_fit_under_a_picture_follows_it(shop: BotShop) -> None:
    currencies = sorted(TWO_DECIMAL)[:40]
    await sold(shop.database, *((TODAY, one, "guide", 5, 5, 12_345_678_900, 50) for one in currencies))

    picture, words = await shop.say(MIRA, "/stats")

    assert picture.photo is not None
    assert picture.text == "The last 7 days · 16–22 Nov 2026"
    assert all(f"{one.upper()}\nGross" in words.text for one in currencies[:20])
    assert "And 20 more currencies: see /export." in words.text


def test_captions_are_measured_as_telegram_does() -> None:
    assert visible_length("<b>A &amp; B</b> 😀") == len("A & B ") + 2


@pytest.mark.parametrize(
    ("argument", "heading"),
    [
        ("1", "Today · 22 Nov 2026"),
        ("14", "The last 14 days · 9–22 Nov 2026"),
        ("366", "The last 366 days · 22 Nov 2025 – 22 Nov 2026"),
        ("November", "The last 22 days · 1–22 Nov 2026"),
        ("2026-11-20 2026-12-31", "The last 3 days · 20–22 Nov 2026"),
    ],
)
async def test_any_days_up_to_a_year_are_shown(shop: BotShop, argument: str, heading: str) -> None:
    await sold(shop.database, (TODAY, "eur", "guide", 2, 1, 1900, 0), ("2025-11-21", "eur", "guide", 1, 1, 50_000, 0))

    [said] = await shop.say(MIRA, f"/stats {argument}")

    assert said.photo is not None
    assert said.text.splitlines()[0] == heading
    assert "Gross: €19.00" in said.text


async def test_a_month_that_is_over_is_named_by_its_days(shop: BotShop) -> None:
    await sold(shop.database, (TODAY, "eur", "guide", 2, 1, 1900, 0), ("2026-10-31", "eur", "guide", 1, 1, 500, 0))

    [said] = await shop.say(MIRA, "/stats last month")

    assert said.text.splitlines()[:3] == ["1–31 Oct 2026", "", "Gross: €5.00"]


@pytest.mark.parametrize("typed", ["/Stats.", "/ыефеы 7", ".ЫЕФЕЫ", "/stats@nightmarket_bot… week"])
async def test_the_command_is_read_as_phones_and_the_russian_layout_write_it(shop: BotShop, typed: str) -> None:
    assert "16–22 Nov 2026" in (await shop.say(MIRA, typed))[-1].text
    assert "do not know" in (await shop.say(MIRA, "/ыефеые"))[-1].text
    assert "I only sell" in (await shop.say(MIRA, ".stats"))[-1].text


@pytest.mark.parametrize(
    "argument", ["367", "0", "-7", "seven", "7 30", "2027", "2027-01-01 2027-02-01", "<b>", "9" * 100, "٧"]
)
async def test_other_spans_are_answered_clearly(shop: BotShop, argument: str) -> None:
    await sold(shop.database, (TODAY, "eur", "guide", 2, 1, 1900, 0))

    [said] = await shop.say(MIRA, f"/stats {argument}")

    assert said.photo is None
    assert said.text.startswith("Of which days? 366 at most. Write it like this:\n/stats — the last 7 days")


@pytest.mark.parametrize("command", ["/stats", "/stats 30", "/export", "/export all"])
async def test_to_everyone_else_the_commands_do_not_exist(shop: BotShop, command: str) -> None:
    await keep(shop.storage, one_of_many(1, at=NOON - timedelta(days=1)))

    [said] = await shop.say(BEN, command)

    assert "I do not know this command" in said.text
    assert not shop.chat_tasks.is_running(BEN.id)
