from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.errors import InvalidAmount
from checkout.model.money import CURRENCIES, MAXIMUM, Money, minor_digits, parse_amount, parse_money, written_digits


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("19.00", "EUR", 1900),
        ("19,5", "eur", 1950),
        ("1500", "JPY", 1500),
        ("1500", "ISK", 150_000),
        ("3000", "UGX", 300_000),
        ("1.25", "KWD", 1250),
        ("  7.10 ", "usd", 710),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, currency: str, amount: int) -> None:
    assert parse_money(text, currency) == Money(amount, currency.lower())


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("19.005", "EUR"),
        ("1500.5", "JPY"),
        ("1.5", "ISK"),
        ("1.255", "KWD"),
        ("100,000", "JPY"),
        ("20.000", "EUR"),
        ("5,000", "ISK"),
        ("0.49", "EUR"),
        ("49", "JPY"),
        ("0", "EUR"),
        ("-5", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1e9", "EUR"),
        ("1000000.00", "EUR"),
        ("nineteen", "EUR"),
        ("1.000,00", "EUR"),
        ("", "EUR"),
        ("19.00", "XYZ"),
        ("19.00", ""),
    ],
)
def test_what_cannot_be_charged_is_refused(text: str, currency: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_money(text, currency)


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, MAXIMUM))
def test_every_amount_people_can_write_comes_back_unchanged(currency: str, units: int) -> None:
    step = 10 ** (minor_digits(currency) - written_digits(currency))
    money = Money(units // step * step, currency)
    if money.amount:
        assert parse_amount(format(money.major, "f"), currency) == money


@given(st.text(max_size=30), st.sampled_from(sorted(CURRENCIES)))
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        money = parse_amount(text, currency)
    except InvalidAmount:
        return
    assert 0 < money.amount <= MAXIMUM
    assert money.major == Decimal(text.strip().replace(",", "."))
