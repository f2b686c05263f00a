import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from checkout.model.facts import PaymentFacts
from checkout.model.message_content import PaymentAlert, StoredContent, ToldOnBoth
from checkout.model.outbox import Channel
from checkout.model.payment import Payment
from messages.mail.receipt_pdf import receipt_pdf
from tests.support.message_samples import ABOUT_A_PAYMENT, NASTY, RENDERER, chat, message
from tests.support.payments import a_paid_payment, a_payment, delivered_for
from tests.support.project import CATALOG, ROOT


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def receipt(of: Payment, language: str) -> str:
    return text_of(receipt_pdf(of, CATALOG, language))


def test_a_russian_receipt_can_be_read_back_from_the_pdf() -> None:
    text = receipt(a_paid_payment(language="ru", livemode=True), "ru")

    for part in (
        "Квитанция № 000001",
        "Путеводитель по городу",
        "19,00 €",
        "22 ноября 2026, 14:00 (по Таллину)",
        "Visa •••• 4242",
    ):
        assert part in text
    for part in ("pay_1", "pi_1", "anna@example.com", "Night Market OÜ", "@nightmarket_help", "Количество"):
        assert part in text
    assert "тестовый" not in text


@pytest.mark.parametrize(("amount", "currency", "said"), [(1500, "eur", "€15.00"), (2100, "usd", "$21.00")])
def test_a_receipt_says_what_was_paid_where_it_was_not_what_was_agreed(amount: int, currency: str, said: str) -> None:
    text = receipt(delivered_for(a_payment(), amount, currency), "en")
    assert text.count(said) == 2
    assert "€19.00" not in text


@pytest.mark.parametrize("content", [one for one in ABOUT_A_PAYMENT if not isinstance(one, PaymentAlert)])
def test_what_was_begun_in_english_has_its_russian_title_for_who_reads_russian_since(content: StoredContent) -> None:
    """As on the pay page, which shows what the catalogue calls it."""
    payment = a_paid_payment()
    told = [chat(content, payment, "ru").text, receipt(payment, "ru")]
    if isinstance(content, ToldOnBoth):
        mail = RENDERER.mail(message(content, Channel.MAIL), payment, "ru")
        told += [mail.subject, mail.text, mail.html]
    assert ["City guide" in one for one in told] == [False] * len(told)
    assert [text for text in told[1:] if "Путеводитель по" not in text] == []


def test_an_english_receipt_writes_yen_without_decimals() -> None:
    text = receipt(a_paid_payment(sku="poster"), "en")

    assert "Receipt No. 000001" in text
    assert "¥1,500" in text
    assert "Total paid" in text


def test_a_receipt_of_a_test_payment_says_so() -> None:
    assert "test payment" in receipt(a_paid_payment(livemode=False), "en")


def test_foreign_text_is_printed_as_it_is_and_not_as_markup() -> None:
    assert NASTY in receipt(a_paid_payment(title=NASTY), "en")


def test_a_title_of_nothing_becomes_the_sku() -> None:
    assert "guide" in receipt(a_paid_payment(title="\u2003\n"), "en")


def test_long_words_and_missing_facts_still_make_a_receipt() -> None:
    lost = a_payment(title="Ж" * 900, email="a" * 200 + "@example.com", payment_intent_id=None, facts=PaymentFacts())
    text = receipt(lost, "ru")

    assert 300 < text.count("Ж") < 400
    assert "Способ оплаты" not in text
    assert "№" not in text


LONG = {
    "a usual one": {},
    "a long name and seller": {"name": "Night Market " * 20, "seller": "Telliskivi 60, Tallinn " * 60 + "the end"},
    "a seller in many lines": {"seller": "\n".join(["Night Market OÜ"] * 150) + "\nthe end"},
    "one word that never breaks": {"name": "Ж" * 800, "seller": "W" * 6000, "support": "x" * 900},
}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("said", LONG.values(), ids=LONG)
def test_a_receipt_is_one_page_of_a4_however_long_what_is_on_it(said: dict[str, str], language: str) -> None:
    paid = a_paid_payment(title="Ночная фотография " * 60 if said else "Guide", email="a" * 200 + "@example.com")
    catalog = replace(CATALOG, shop=replace(CATALOG.shop, **said))  # type: ignore[arg-type]
    read = PdfReader(io.BytesIO(receipt_pdf(paid, catalog, language)))

    assert len(read.pages) == 1
    assert [round(float(side)) for side in read.pages[0].mediabox[2:]] == [595, 842]
    text = read.pages[0].extract_text()
    assert "pay_1" in text
    assert text.count("the end") == ("the end" in catalog.shop.seller)


@pytest.mark.parametrize(("language", "title"), [("en", "Receipt No. 000001"), ("ru", "Квитанция № 000001")])
def test_a_receipt_has_its_title_and_language_for_those_who_hear_it_read(language: str, title: str) -> None:
    read = PdfReader(io.BytesIO(receipt_pdf(a_paid_payment(), CATALOG, language)))
    root: Any = read.trailer["/Root"]

    assert read.metadata is not None
    assert str(read.metadata.title).replace("\u00a0", " ") == title
    assert root["/Lang"] == language
    assert bool(root["/ViewerPreferences"]["/DisplayDocTitle"])


def test_a_receipt_says_things_in_the_pay_pages_order() -> None:
    text = receipt(a_paid_payment(), "en")
    order = ["Night Market", "City guide", "€19.00", "22 November 2026", "Visa", "pay_1", "Questions?"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_the_same_payment_gives_the_same_bytes_even_in_another_process() -> None:
    script = (
        "import sys; from tests.support.payments import *; from messages.mail.receipt_pdf import receipt_pdf\n"
        "for language in ('en', 'ru'): sys.stdout.buffer.write(receipt_pdf(a_paid_payment(), CATALOG, language))"
    )
    ours = [receipt_pdf(a_paid_payment(), CATALOG, language) for language in ("en", "ru")]
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
    )

    assert [receipt_pdf(a_paid_payment(), CATALOG, language) for language in ("en", "ru")] == ours
    assert other.stdout == b"".join(ours)


def test_receipts_drawn_in_several_threads_at_once_are_the_same_as_alone() -> None:
    languages = ["en", "ru"] * 6
    alone = {language: receipt_pdf(a_paid_payment(), CATALOG, language) for language in ("en", "ru")}
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda language: receipt_pdf(a_paid_payment(), CATALOG, language), languages))

    assert together == [alone[language] for language in languages]


def test_the_font_is_embedded_as_a_subset_and_the_file_stays_small() -> None:
    pdf = receipt_pdf(a_paid_payment(language="ru"), CATALOG, "ru")
    page: Any = PdfReader(io.BytesIO(pdf)).pages[0]
    fonts = page["/Resources"]["/Font"]
    embedded = [font for font in (one.get_object() for one in fonts.values()) if "/FontDescriptor" in font]

    assert embedded
    assert all("/FontFile2" in font["/FontDescriptor"] for font in embedded)
    assert len(pdf) < 40_000


def test_the_pdf_is_dated_by_the_payment_and_names_itself() -> None:
    paid = a_paid_payment()
    information = PdfReader(io.BytesIO(receipt_pdf(paid, CATALOG, "en"))).metadata

    assert information is not None
    assert information.title == "Receipt No. 000001"
    assert information.creation_date == paid.paid_at


def test_another_payment_gives_other_bytes() -> None:
    paid = a_paid_payment()

    assert receipt_pdf(paid, CATALOG, "en") != receipt_pdf(replace(paid, receipt_number=2), CATALOG, "en")
