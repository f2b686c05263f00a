"""Amounts as admins type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.money import (
    CURRENCIES,
    MAXIMUM,
    Money,
    TypedAmountWrong,
    minor_digits,
    typed_amount,
    written_digits,
)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("10", "eur", 1000),
        ("10.50", "eur", 1050),
        ("10,50", "eur", 1050),
        (" 10,5 ", "eur", 1050),
        ("10 EUR", "eur", 1000),
        ("10.50eur", "eur", 1050),
        ("0.01", "eur", 1),
        ("1500", "jpy", 1500),
        ("1500", "isk", 150_000),
        ("1.25", "kwd", 1250),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, currency: str, amount: int) -> None:
    assert typed_amount(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("", "eur", "no_number"),
        ("ten", "eur", "no_number"),
        ("1e2", "eur", "no_number"),
        ("1_000", "eur", "no_number"),
        ("10.", "eur", "no_number"),
        ("1.000,50", "eur", "no_number"),
        ("١٠", "eur", "no_number"),
        ("10 20", "eur", "no_number"),
        ("NaN", "eur", "no_number"),
        ("10 USD", "eur", "other_currency"),
        ("0", "eur", "not_above_zero"),
        ("0,00", "eur", "not_above_zero"),
        ("-5", "eur", "not_above_zero"),
        ("10.505", "eur", "decimals"),
        ("1,000", "eur", "decimals"),
        ("1,000", "jpy", "decimals"),
        ("10.5", "jpy", "decimals"),
        ("10.5", "isk", "decimals"),
        ("1.255", "kwd", "decimals"),
        ("1000000", "eur", "too_large"),
        ("999999999999", "isk", "too_large"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text: str, currency: str, why: str) -> None:
    with pytest.raises(TypedAmountWrong) as refused:
        typed_amount(text, currency)
    assert refused.value.why == why


@given(st.sampled_from(sorted(CURRENCIES)), st.integers(1, MAXIMUM), st.sampled_from(".,"))
def test_every_amount_of_every_currency_comes_back_unchanged(currency: str, units: int, point: str) -> None:
    step = 10 ** (minor_digits(currency) - written_digits(currency))
    money = Money(max(units // step, 1) * step, currency)
    written = format(money.major.quantize(Decimal(1).scaleb(-written_digits(currency))), "f")
    assert typed_amount(written.replace(".", point), currency) == money
    assert typed_amount(f"{written} {currency.upper()}", currency) == money


@given(st.text(max_size=30), st.sampled_from(sorted(CURRENCIES)))
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        money = typed_amount(text, currency)
    except TypedAmountWrong:
        return
    step = 10 ** (minor_digits(currency) - written_digits(currency))
    assert 0 < money.amount <= MAXIMUM
    assert money.amount % step == 0


@given(st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(sorted(CURRENCIES)))
def test_no_number_is_read_as_another_one(number: Decimal, currency: str) -> None:
    try:
        money = typed_amount(str(number), currency)
    except TypedAmountWrong:
        return
    assert money.major == number
