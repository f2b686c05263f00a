"""The CSV: read back, it says what was written, and no spreadsheet calculates anything."""

import csv
import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checkout.model.csv_rows import COLUMNS, Record, guarded, heading, lines

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
TEXTS = st.text(st.sampled_from("=+-@\t\r\n;,\"' a1Я😀") | st.characters(exclude_categories=["Cs"]), max_size=30)


def record(**changes: Any) -> Record:
    usual = Record(
        "pay_1", "pi_1", "2026-11-22T20:00:00.000000Z", "2026-11-22T20:03:00.000000Z", "paid", 1900, "eur", 0,
        "anna@example.com", "guide", 77, "City guide", 12, None, True, "en", "2026-11-22T20:03:00.000000Z", "delivered",
        54, 1846, "eur",
    )  # fmt: skip
    return usual._replace(**changes)


def read(content: bytes) -> list[dict[str, str]]:
    text = content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def written(*records: Record) -> list[dict[str, str]]:
    return read(heading() + lines(records))


def test_what_people_look_for_comes_first() -> None:
    row = lines([record(amount_refunded=50)]).decode().split(",")

    assert row[:7] == ["2026-11-22 20:00", "paid", "19.00", "eur", "City guide", "anna@example.com", "0.50"]


def test_every_column_that_others_rely_on_is_there_once_by_its_name() -> None:
    promised = (
        "payment_id payment_intent_id created_at paid_at status amount currency amount_refunded email sku"
        " telegram_user_id"
    ).split()

    assert [COLUMNS.count(name) for name in promised] == [1] * 11
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert set(Record._fields) < set(COLUMNS)


def test_excel_knows_the_file_as_utf8() -> None:
    assert heading().startswith(b"\xef\xbb\xbfdate,")


def test_a_payment_is_written_in_minor_and_in_major_units() -> None:
    [row] = written(record(amount_refunded=50))

    assert (row["amount"], row["amount_major"]) == ("1900", "19.00")
    assert (row["amount_refunded"], row["refunded_major"]) == ("50", "0.50")
    assert (row["livemode"], row["receipt_number"], row["telegram_user_id"]) == ("true", "12", "77")


@pytest.mark.parametrize(
    ("currency", "amount", "major"), [("jpy", 1500, "1500"), ("kwd", 19500, "19.500"), ("isk", 190000, "1900.00")]
)
def test_major_amounts_have_their_currencys_decimals(currency: str, amount: int, major: str) -> None:
    [row] = written(record(currency=currency, amount=amount))

    assert row["amount_major"] == major


def test_what_is_not_there_is_empty() -> None:
    [row] = written(record(paid_at=None, payment_intent_id=None, receipt_number=None, livemode=False))

    assert (row["paid_at"], row["payment_intent_id"], row["receipt_number"], row["livemode"]) == ("", "", "", "false")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1@example.com", "'+1@example.com"),
        ("-5", "'-5"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t'=1"),
        ("guide;=1+1", "guide;'=1+1"),
        ("\uff1dHYPERLINK(1)", "'\uff1dHYPERLINK(1)"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d5", "'\uff0d5"),
        ("\uff20SUM(1)", "'\uff20SUM(1)"),
        ("\ufe66SUM(1);\ufe63\ufe6b", "'\ufe66SUM(1);'\ufe63\ufe6b"),
        ("\u200b=1", "'\u200b=1"),
        ("\ufeff \u202e+1", "'\ufeff \u202e+1"),
        (" =1", "' =1"),
        ("City guide - 2nd edition", "City guide - 2nd edition"),
        ("1 + 1 = 2", "1 + 1 = 2"),
    ],
)
def test_what_would_be_a_formula_is_text(text: str, safe: str) -> None:
    assert guarded(text) == safe


@given(TEXTS, TEXTS)
def test_whatever_customers_write_comes_back_and_begins_no_formula(email: str, title: str) -> None:
    [row] = written(record(email=email, title=title))

    assert (row["email"], row["title"]) == (guarded(email), guarded(title))
    assert not any(cell.startswith(FORMULA) for cell in row.values())


@given(TEXTS)
def test_only_apostrophes_are_added(text: str) -> None:
    kept = iter(guarded(text))

    assert all(char in kept for char in text)
    assert guarded(text).replace("'", "") == text.replace("'", "")


@given(TEXTS)
@example("\x85=1+1")
@example("\u2028-1")
def test_no_cell_begins_a_formula_where_cells_are_cut_at_semicolons(text: str) -> None:
    content = lines([record(title=text)]).decode()
    cells = [cell for line in content.splitlines() for cell in line.replace("\t", ";").split(";")]

    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)


@given(st.lists(st.builds(record, title=TEXTS, amount=st.integers(0, 99_999_999)), max_size=20))
def test_every_payment_is_one_row_with_every_column(records: list[Record]) -> None:
    rows = written(*records)

    assert [int(row["amount"]) for row in rows] == [one.amount for one in records]
    assert all(set(row) == set(COLUMNS) for row in rows)
