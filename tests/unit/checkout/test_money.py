"""Amounts as people write them, in the catalogue and in the chat."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.errors import InvalidAmount
from checkout.model.money import (
    CURRENCIES,
    MAXIMUM,
    Money,
    least_charged,
    minor_digits,
    most_charged,
    parse_amount,
    parse_price,
    written_digits,
)

EVERY_CURRENCY = st.sampled_from(sorted(CURRENCIES))


def step(currency: str) -> int:
    """The least that can be written, in minor units."""
    return int(10 ** (minor_digits(currency) - written_digits(currency)))


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("10", "eur", 1000),
        ("19.00", "eur", 1900),
        ("9 999 999 999,99", "idr", 999_999_999_999),
        ("1500000", "cop", 150_000_000),
        ("10,50", "eur", 1050),
        (" 10,5 ", "eur", 1050),
        ("10 EUR", "eur", 1000),
        ("10.50eur", "eur", 1050),
        ("10,50\u00a0€", "eur", 1050),
        ("€10.50", "eur", 1050),
        ("€ 10", "eur", 1000),
        ("EUR 10", "eur", 1000),
        ("1 500", "eur", 150_000),
        ("1\u00a0500\u00a0¥", "jpy", 1500),
        ("0.01", "eur", 1),
        ("5.", "eur", 500),
        ("5.00.", "eur", 500),
        ("19 евро", "eur", 1900),
        ("500 руб.", "rub", 50_000),
        ("US$5", "usd", 500),
        ("１５００円", "jpy", 1500),
        ("￥1500", "jpy", 1500),
        ("1500", "jpy", 1500),
        ("1500", "isk", 150_000),
        ("1500.00", "isk", 150_000),
        ("1.25", "kwd", 1250),
        ("1.250", "kwd", 1250),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, amount: int) -> None:
    assert parse_amount(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("", "eur", "no_number"),
        ("nineteen", "eur", "no_number"),
        ("1e2", "eur", "no_number"),
        ("1_000", "eur", "no_number"),
        ("1.000,50", "eur", "no_number"),
        ("١٠", "eur", "no_number"),
        ("10 20", "eur", "no_number"),
        ("NaN", "eur", "no_number"),
        ("Infinity", "eur", "no_number"),
        ("9" * 13, "eur", "no_number"),
        # Read with each end of the spaces tried against each beginning, they would take minutes.
        pytest.param(" " * 100_000 + "!", "eur", "no_number", id="spaces before"),
        pytest.param("5" + " " * 100_000 + "!", "eur", "no_number", id="spaces behind"),
        ("10 USD", "eur", "other_currency"),
        ("$10", "eur", "other_currency"),
        ("€10 USD", "eur", "other_currency"),
        ("$10", "cad", "other_currency"),
        ("1 00", "eur", "no_number"),
        ("-€5", "eur", "no_number"),
        ("5–10", "eur", "no_number"),
        ("−5", "eur", "not_above_zero"),
        ("—5", "eur", "not_above_zero"),
        ("€-5", "eur", "not_above_zero"),
        ("0", "eur", "not_above_zero"),
        ("0,00", "eur", "not_above_zero"),
        ("-5", "eur", "not_above_zero"),
        ("10.505", "eur", "decimals"),
        ("20.000", "eur", "decimals"),
        ("1,000", "eur", "decimals"),
        ("1,000", "jpy", "decimals"),
        ("10.5", "jpy", "decimals"),
        ("10.5", "isk", "decimals"),
        ("5,000", "isk", "decimals"),
        ("1.255", "kwd", "decimals"),
        ("1.2500", "kwd", "decimals"),
        ("1000000", "eur", "too_large"),
        ("10000000000", "idr", "too_large"),
        ("10 000 000", "inr", "too_large"),
        ("999999999999", "isk", "too_large"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text: str, currency: str, why: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_amount(text, currency)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("0.49", "EUR", "too_small"),
        ("49", "JPY", "too_small"),
        ("49", "KRW", "too_small"),
        ("19.00", "XYZ", "currency"),
        ("19.00", "€", "currency"),
        ("19.00", "", "currency"),
        ("19.00 USD", "EUR", "other_currency"),
    ],
)
def test_what_stripe_does_not_charge_is_no_price(text: str, currency: str, why: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        parse_price(text, currency)
    assert refused.value.why == why


def test_a_price_may_name_its_currency_in_any_case() -> None:
    assert parse_price("19,00", " Eur ") == Money(1900, "eur")
    assert parse_price("19,00", "\u0415UR") == Money(1900, "eur")  # with a Cyrillic E


@given(EVERY_CURRENCY, st.integers(1, MAXIMUM), st.sampled_from(".,"))
def test_every_amount_of_every_currency_comes_back_unchanged(currency: str, units: int, point: str) -> None:
    money = Money(max(units // step(currency), 1) * step(currency), currency)
    written = format(money.major.quantize(Decimal(1).scaleb(-written_digits(currency))), "f")

    for text in (written, format(money.major, "f"), f"{written} {currency.upper()}"):
        assert parse_amount(text.replace(".", point), currency) == money


@given(st.text(max_size=30), EVERY_CURRENCY)
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        money = parse_amount(text, currency)
    except InvalidAmount:
        return
    assert 0 < money.amount <= most_charged(currency).amount
    assert money.amount % step(currency) == 0


@given(st.decimals(allow_nan=False, allow_infinity=False), EVERY_CURRENCY)
def test_no_number_is_read_as_another_one(number: Decimal, currency: str) -> None:
    try:
        money = parse_price(str(number), currency)
    except InvalidAmount:
        return
    assert money.major == number
    assert money.amount >= least_charged(currency).amount
