"""What an admin types after /invoice, and who may pay what comes of it."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.catalog import SKU
from checkout.model.invoice import LONGEST_TITLE, Invoice, InvoiceClosed, InvoiceWrong, read_invoice
from checkout.model.money import CURRENCIES, MAXIMUM, Money, least_charged, most_charged, written_digits
from checkout.model.verification import Hasher
from tests.support.clock import NOON


@pytest.mark.parametrize(
    ("typed", "money", "title"),
    [
        ("19.50 EUR Guided tour", Money(1950, "eur"), "Guided tour"),
        ("19,5 eur Guided tour", Money(1950, "eur"), "Guided tour"),
        ("  1500   JPY   Plakat   A3 ", Money(1500, "jpy"), "Plakat A3"),
        ("19\tEUR\u00a0Tour", Money(1900, "eur"), "Tour"),
        ("19EUR Tour", Money(1900, "eur"), "Tour"),
        ("2000 isk Ferð", Money(200000, "isk"), "Ferð"),
        ("1.50 KWD Tea", Money(1500, "kwd"), "Tea"),
        ("19 EUR\nTwo\nlines", Money(1900, "eur"), "Two lines"),
        ("19 EUR <b>*_[x](y)_*</b> & \u0000co", Money(1900, "eur"), "<b>*_[x](y)_*</b> & co"),
        ("999999.99 USD Everything", Money(MAXIMUM, "usd"), "Everything"),
        ("19 € Tour", Money(1900, "eur"), "Tour"),
        ("19,50€ Tour", Money(1950, "eur"), "Tour"),
        ("19 евро Тур", Money(1900, "eur"), "Тур"),
        ("€19 Tour", Money(1900, "eur"), "Tour"),
        ("€19 EUR Tour", Money(1900, "eur"), "Tour"),
        ("EUR 19 Tour", Money(1900, "eur"), "Tour"),
        ("£ 19 Tour", Money(1900, "gbp"), "Tour"),
        ("CA$19 Tour", Money(1900, "cad"), "Tour"),
        ("1 500 ₽ Курс", Money(150000, "rub"), "Курс"),
        ("1\u00a0500,50\u00a0€ Tour", Money(150050, "eur"), "Tour"),
        ("1 500EUR Tour", Money(150000, "eur"), "Tour"),
        ("EUR 1\u00a0000 Tour", Money(100000, "eur"), "Tour"),
        ("€1 500,50 Tour", Money(150050, "eur"), "Tour"),
        ("CA$ 1\u00a0000 CAD Tour", Money(100000, "cad"), "Tour"),
        ("19 EUR 100 pages", Money(1900, "eur"), "100 pages"),
    ],
)
def test_amount_currency_and_title_are_read_as_people_write_them(typed: str, money: Money, title: str) -> None:
    written = read_invoice(typed)
    assert (written.price, written.title) == (money, title)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "nothing"),
        ("   ", "nothing"),
        ("19", "no_currency"),
        ("EUR Tour 19", "no_number"),
        ("Tour 19 EUR", "no_number"),
        ("€10 USD Tour", "other_currency"),
        ("€1\u00a0000 USD Tour", "other_currency"),
        ("10EUR USD Tour", "other_currency"),
        ("EUR 1 000 Tour", "no_number"),
        ("€2 100 pages", "no_number"),
        ("abc EUR Tour", "no_number"),
        ("1,000.00 EUR Tour", "no_number"),
        ("1e3 EUR Tour", "no_number"),
        ("١٩ EUR Tour", "no_number"),
        ("19 XXX Tour", "currency"),
        ("19 tugriks Tour", "currency"),
        ("1 5000 EUR Tour", "currency"),
        ("0 EUR Tour", "not_above_zero"),
        ("-5 EUR Tour", "not_above_zero"),
        ("19.999 EUR Tour", "decimals"),
        ("1500.5 JPY Tour", "decimals"),
        ("0.49 EUR Tour", "too_small"),
        ("1000000 EUR Tour", "too_large"),
        ("19 EUR", "no_title"),
        ("19 EUR \u0007", "no_title"),
        ("19 EUR \u200b\u2060", "no_title"),
        ("19 EUR " + "x" * 121, "long_title"),
    ],
)
def test_each_mistake_is_named(typed: str, why: str) -> None:
    with pytest.raises(InvoiceWrong) as wrong:
        read_invoice(typed)
    assert wrong.value.why == why


@given(st.text(max_size=200))
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    try:
        written = read_invoice(typed)
    except InvoiceWrong:
        return
    code = written.price.currency
    assert least_charged(code).amount <= written.price.amount <= most_charged(code).amount
    assert 1 <= len(written.title) <= LONGEST_TITLE


@given(
    st.sampled_from(sorted(CURRENCIES)),
    st.integers(18000, 999_999),
    st.sampled_from([".", ","]),
    st.text(st.characters(categories=("L", "P", "S", "N")), min_size=1, max_size=LONGEST_TITLE),
)
def test_what_is_written_in_full_comes_back_exactly(currency: str, hundredths: int, point: str, title: str) -> None:
    digits = written_digits(currency)
    whole = f"{hundredths / 10**digits:.{digits}f}".replace(".", point)
    written = read_invoice(f"{whole} {currency.upper()} {title}")
    assert written.title == title
    assert f"{written.price.major:.{digits}f}".replace(".", point) == whole


def invoice(**changes: object) -> Invoice:
    values = {"telegram_user_id": None, "canceled_at": None, "is_paid": False, **changes}
    return Invoice("inv_x", "Tour", Money(1900, "eur"), 9001, NOON, NOON + timedelta(days=7), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "after_days", "why"),
    [
        (invoice(telegram_user_id=7), 0, "taken"),
        (invoice(telegram_user_id=7, is_paid=True), 8, "taken"),
        (invoice(telegram_user_id=42, is_paid=True), 8, "paid"),
        (invoice(canceled_at=NOON), 8, "canceled"),
        (invoice(telegram_user_id=42), 7, "expired"),
    ],
)
def test_an_invoice_that_cannot_be_paid_says_why_and_strangers_learn_nothing(
    one: Invoice, after_days: int, why: str
) -> None:
    with pytest.raises(InvoiceClosed) as closed:
        one.check_open_for(42, NOON + timedelta(days=after_days))
    assert closed.value.why == why


def test_a_link_is_a_sku_that_nobody_guesses_and_the_same_for_the_same_request() -> None:
    one, other = Hasher("k" * 32), Hasher("l" * 32)
    sku = "inv_" + one.invoice("9001:u1:1900:eur:Tour")[:24]
    assert SKU.fullmatch(sku)
    assert one.invoice("9001:u1:1900:eur:Tour") == one.invoice("9001:u1:1900:eur:Tour")
    assert one.invoice("9001:u1:1900:eur:Tour") != other.invoice("9001:u1:1900:eur:Tour")
    assert one.invoice("9001:u2:1900:eur:Tour") != one.invoice("9001:u1:1900:eur:Tour")
