"""What was typed after /find or /payment: which kind of thing it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.search import (
    AROUND,
    LONGEST_TEXT,
    By,
    Search,
    SearchPayment,
    SearchUsername,
    parse_search,
    payment_id_in,
    payment_named,
    readable,
)

USERNAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{4,31}", fullmatch=True)
LOCAL = st.from_regex(r"[a-z][a-z0-9.+-]{0,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Anna@Example.com", Search(By.EMAIL, "anna@example.com")),
        ("mailto:anna@example.com", Search(By.EMAIL, "anna@example.com")),
        ('"Anna@example.com",', Search(By.EMAIL, "anna@example.com")),
        ("«anna@example.com»", Search(By.EMAIL, "anna@example.com")),
        ("  ann ", Search(By.EMAIL, "ann")),
        ("Anna@example.com.", Search(By.EMAIL, "anna@example.com")),
        ("Anna Smith <anna@example.com>", Search(By.EMAIL, "anna@example.com")),
        ("адрес anna@example.com, спасибо", Search(By.EMAIL, "anna@example.com")),
        ("anna@example.com, ben@example.com", Search(By.EMAIL, "anna@example.com, ben@example.com")),
        ("long.name.of.somebo…@example.com", Search(By.EMAIL, "long.name.of.somebo")),
        ("@anna_s.", SearchUsername("anna_s")),
        ("4242.", Search(By.CARD, "4242")),
        ("карта 4242", Search(By.CARD, "4242")),
        ("Карта: *4242", Search(By.CARD, "4242")),
        ("ending in 4242", Search(By.CARD, "4242")),
        ("ID: 4242", Search(By.CUSTOMER, "4242")),
        ("квитанция 4242", SearchPayment("квитанция 4242")),
        ("№ 42.", SearchPayment("№ 42")),
        ("Pay_9DKA3mfp2xyz", SearchPayment("pay_9dka3mfp2xyz")),
        ("Pi_3QxYz", SearchPayment("pi_3QxYz")),
        ("АННА", Search(By.EMAIL, "анна")),
        ("pay_me@example.com", Search(By.EMAIL, "pay_me@example.com")),
        ("12345@example.com", Search(By.EMAIL, "12345@example.com")),
        ("@Anna_S", SearchUsername("Anna_S")),
        ("https://t.me/anna_s", SearchUsername("anna_s")),
        ("t.me/anna_s/", SearchUsername("anna_s")),
        ("@example.com", Search(By.EMAIL, "@example.com")),
        ("4242", Search(By.CARD, "4242")),
        ("•••• 4242", Search(By.CARD, "4242")),
        ("**** **** **** 4242", Search(By.CARD, "4242")),
        ("XXXX 4242", Search(By.CARD, "4242")),
        ("Visa •••• 4242", Search(By.CARD, "4242")),
        ("💳 American Express •••• 4242", Search(By.CARD, "4242")),
        ("tg://user?id=123456789", Search(By.CUSTOMER, "123456789")),
        ("tg://user?id=4242", Search(By.CUSTOMER, "4242")),
        ("🧾 Квитанция № 000042", SearchPayment("🧾 Квитанция № 000042")),
        ("Receipt No. 000042", SearchPayment("Receipt No. 000042")),
        ("receipt 1042", SearchPayment("receipt 1042")),
        ("квитанция 42", SearchPayment("квитанция 42")),
        ("0001", Search(By.CARD, "0001")),
        ("123456789", Search(By.CUSTOMER, "123456789")),
        ("777", Search(By.CUSTOMER, "777")),
        ("9" * 16, Search(By.EMAIL, "9" * 16)),
        ("-1001234567890", Search(By.EMAIL, "-1001234567890")),
        ("٤٢٤٢", Search(By.EMAIL, "٤٢٤٢")),
        ("pay_9dka3mfp2xyz", SearchPayment("pay_9dka3mfp2xyz")),
        ("pi_3QxYz", SearchPayment("pi_3QxYz")),
        ("https://dashboard.stripe.com/test/payments/pi_3QxYz?x=1", SearchPayment("pi_3QxYz")),
        ("000042", SearchPayment("000042")),
        ("00042", SearchPayment("00042")),
        ("№ 000042", SearchPayment("№ 000042")),
        ("№42", SearchPayment("№42")),
        ("No. 42", SearchPayment("No. 42")),
        ("#42", SearchPayment("#42")),
        ("no42", Search(By.EMAIL, "no42")),
        ("", None),
        (" \n\t ", None),
        ("<>", None),
    ],
)
def test_what_is_meant_follows_from_the_text(typed: str, meant: object) -> None:
    assert parse_search(typed) == meant


@given(st.text())
def test_any_text_is_read_without_a_mistake_and_can_be_stored(typed: str) -> None:
    meant = parse_search(typed)
    match meant:
        case Search(by, value):
            assert value
            assert len(value) <= LONGEST_TEXT * 3  # a letter may have more letters in its lower case
            value.encode()
            assert "\x00" not in value
            assert by in (By.EMAIL, By.CARD, By.CUSTOMER)
        case SearchUsername(username):
            assert username.isascii()
            assert len(username) <= 32
        case SearchPayment(any_id):
            assert any_id.startswith(("pay_", "pi_"))
        case None:
            assert not readable(typed).strip(AROUND).lower().removeprefix("mailto:").partition("…")[0]


@given(st.integers(min_value=0, max_value=10**15 - 1))
def test_a_number_is_a_card_where_it_has_four_digits_and_else_a_telegram_id(number: int) -> None:
    text = str(number)
    assert parse_search(text) == Search(By.CARD if len(text) == 4 else By.CUSTOMER, text)


@given(USERNAMES)
def test_every_username_is_one(username: str) -> None:
    assert parse_search(f"@{username}") == SearchUsername(username)


@given(LOCAL, st.integers(min_value=0, max_value=12))
def test_every_beginning_of_an_address_with_its_at_sign_is_one(local: str, letters: int) -> None:
    typed = f"{local}@" + "example.com"[:letters]
    assert parse_search(typed.upper()) == Search(By.EMAIL, typed.rstrip("."))


@given(
    st.from_regex(r"pay_[a-z0-9]{1,40}|pi_[A-Za-z0-9]{1,40}", fullmatch=True),
    st.sampled_from(["", " ", "«", "https://x/"]),
    st.sampled_from(["", ".", "»", "?x=1", "."]),
)
def test_an_id_is_found_in_what_was_pasted_with_it(any_id: str, before: str, behind: str) -> None:
    assert payment_id_in(f"{before}{any_id}{behind}") == any_id
    assert payment_named(f"{before}{any_id}{behind}") == any_id
