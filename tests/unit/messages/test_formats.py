from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from checkout.model.intent_facts import CardUsed
from checkout.model.money import CURRENCIES, Money, minor_digits, parse_amount, written_digits
from messages.language.formats import format_date, format_deadline, format_money, format_time, format_wait
from messages.language.payment_method import describe_method
from messages.language.text import quoted, shorten

TALLINN = ZoneInfo("Europe/Tallinn")
LATE = datetime(2026, 11, 22, 22, 30, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "english", "russian"),
    [
        (1900, "eur", "€19.00", "19,00\u00a0€"),
        (1500, "jpy", "¥1,500", "1\u00a0500\u00a0¥"),
        (150000, "isk", "ISK\u00a01,500", "1\u00a0500\u00a0ISK"),
        (1234560, "kwd", "KWD\u00a01,234.560", "1\u00a0234,560\u00a0KWD"),
        (150050, "rsd", "RSD\u00a01,500.50", "1\u00a0500,50\u00a0RSD"),
    ],
)
def test_money_is_written_as_people_of_each_language_write_it(
    amount: int, currency: str, english: str, russian: str
) -> None:
    assert format_money(Money(amount, currency), "en") == english
    assert format_money(Money(amount, currency), "ru") == russian


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_no_currency_loses_a_minor_unit_when_written(currency: str) -> None:
    step = 10 if currency in ("bhd", "jod", "kwd", "omr", "tnd") else 100 if currency in ("isk", "ugx") else 1
    written = format_money(Money(123 * step, currency), "en")

    assert "123" in "".join(char for char in written if char.isdigit())
    assert written != format_money(Money(124 * step, currency), "en")
    assert written_digits(currency) in (0, 2)


def test_times_are_in_the_shops_zone_and_a_deadline_names_it() -> None:
    assert format_time(LATE, "en", TALLINN) == "23 November 2026, 00:30"
    assert format_time(LATE, "ru", TALLINN) == "23 ноября 2026, 00:30"
    assert format_date(LATE, "ru", TALLINN) == "23 ноября 2026"
    assert format_deadline(LATE, "ru", TALLINN) == "23 ноября 2026, 00:30 (по Таллину)"
    assert format_deadline(LATE, "en", TALLINN) == "23 November 2026, 00:30 (Tallinn time)"
    assert format_deadline(LATE, "ru", ZoneInfo("UTC")).endswith(", 22:30 (UTC)")
    # The sign in these names is POSIX's, the other way round.
    assert format_deadline(LATE, "en", ZoneInfo("Etc/GMT+5")).endswith(", 17:30 (UTC−5)")
    assert format_deadline(LATE, "ru", ZoneInfo("Etc/GMT-12")).endswith(", 10:30 (UTC+12)")


@pytest.mark.parametrize(
    ("now", "until", "english", "russian"),
    [
        ("2026-11-22T10:00", "2026-11-22T15:16", "17:16 today", "17:16 сегодня"),
        ("2026-11-22T13:16", "2026-11-23T13:16", "tomorrow, 15:16", "завтра, 15:16"),
        # Midnight is Tallinn's: in UTC both are on one day, and then both on two.
        ("2026-11-22T21:59", "2026-11-22T22:00", "tomorrow, 00:00", "завтра, 00:00"),
        ("2026-11-22T22:30", "2026-11-23T21:59", "23:59 today", "23:59 сегодня"),
        ("2026-11-22T13:16", "2026-11-24T13:16", "24 November 2026, 15:16", "24 ноября 2026, 15:16"),
        ("2026-11-22T13:16", "2026-11-21T13:16", "21 November 2026, 15:16", "21 ноября 2026, 15:16"),
        # The day that has 25 hours, and the one that has 23.
        ("2026-10-24T21:30", "2026-10-25T21:45", "23:45 today", "23:45 сегодня"),
        ("2026-10-24T20:30", "2026-10-25T21:45", "tomorrow, 23:45", "завтра, 23:45"),
        ("2026-03-28T22:30", "2026-03-29T20:45", "23:45 today", "23:45 сегодня"),
        ("2026-03-28T22:30", "2026-03-29T21:15", "tomorrow, 00:15", "завтра, 00:15"),
        ("2026-12-31T12:00", "2027-01-01T12:00", "tomorrow, 14:00", "завтра, 14:00"),
    ],
)
def test_the_next_days_of_the_shop_have_names(now: str, until: str, english: str, russian: str) -> None:
    read_at, at = (datetime.fromisoformat(f"{one}+00:00") for one in (now, until))
    assert format_deadline(at, "en", TALLINN, read_at) == f"{english} (Tallinn time)"
    assert format_deadline(at, "ru", TALLINN, read_at) == f"{russian} (по Таллину)"


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        ("Europe/Moscow", "по Москве"),
        ("Europe/Riga", "по Риге"),
        ("Europe/Athens", "по Афинам"),
        ("Europe/Kyiv", "по Киеву"),
        ("Europe/Brussels", "по Брюсселю"),
        ("America/New_York", "по Нью-Йорку"),
        ("Asia/Tbilisi", "по Тбилиси"),
        ("Asia/Dubai", "по Дубаю"),
        ("Europe/Sofia", "по Софии"),
        ("Asia/Almaty", "по Алматы"),
        ("America/Managua", "время: Манагуа"),
        ("Atlantic/Canary", "время: Канарские о-ва"),
    ],
)
def test_a_city_is_declined_where_a_rule_can_tell(zone: str, told: str) -> None:
    assert format_deadline(LATE, "ru", ZoneInfo(zone)).endswith(f" ({told})")


@pytest.mark.parametrize(
    ("seconds", "english", "russian"),
    [
        (0.2, "1 second", "1 секунду"),
        (45, "45 seconds", "45 секунд"),
        (61, "61 seconds", "61 секунду"),
        (130, "3 minutes", "3 минуты"),
        (600, "10 minutes", "10 минут"),
        (3601, "61 minutes", "61 минуту"),
        (80_000, "23 hours", "23 часа"),
    ],
)
def test_a_wait_is_rounded_up_and_never_sends_a_customer_back_too_early(
    seconds: float, english: str, russian: str
) -> None:
    assert format_wait(seconds, "en") == english
    assert format_wait(seconds, "ru") == russian


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (None, ""),
        (CardUsed("card", "visa", "4242"), "Visa •••• 4242"),
        (CardUsed("card", "amex", "0005"), "American Express •••• 0005"),
        (CardUsed("card"), ""),
        (CardUsed("card", "unknown", "1111"), "•••• 1111"),
        (CardUsed("klarna"), "Klarna"),
        (CardUsed("sepa_debit", "", "3000"), "SEPA •••• 3000"),
        (CardUsed("new_method"), "New method"),
    ],
)
def test_a_payment_method_is_told_as_the_customer_knows_it(card: CardUsed | None, told: str) -> None:
    assert describe_method(card) == told


def test_a_shortened_line_has_no_breaks_and_control_characters_and_ends_with_an_ellipsis() -> None:
    assert shorten("a\r\nBcc: b\u2028c\x00d", 40) == "a Bcc: b c d"
    assert shorten("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("pattern", "title", "shown"),
    [
        ("Вот ваша покупка: «{title}».", "Курс «Ночь»", "Курс „Ночь“"),
        ("Here is your “{title}”.", "A “good” day", "A ‘good’ day"),
        ("Here is your “{title}”.", "Курс «Ночь»", "Курс «Ночь»"),
        ("<b>{title}</b>", "Курс «Ночь»", "Курс «Ночь»"),
    ],
)
def test_quotes_within_quotes_are_other_ones(pattern: str, title: str, shown: str) -> None:
    assert quoted(pattern, {"title": title, "other": 1}) == {"title": shown, "other": 1}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_an_amount_copied_from_the_shops_own_messages_is_read(currency: str, language: str) -> None:
    """In English up to a thousand: its comma would be a decimal one for others."""
    whole = 10 ** minor_digits(currency)
    for amount in (Money(123 * whole, currency), *([Money(12_345 * whole, currency)] if language == "ru" else [])):
        assert parse_amount(format_money(amount, language), currency) == amount
