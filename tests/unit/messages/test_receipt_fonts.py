"""What is on the receipt can be read there, or it is said before anybody pays."""

import io
import unicodedata
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from checkout.model.catalog import Catalog, LocalizedText, Shop
from checkout.model.money import CURRENCIES, Money
from messages.language.formats import format_money
from messages.language.payment_phrases import PaymentPhrases
from messages.mail.receipt_fonts import FILES, font, named, receipt_mistakes, receipt_warnings, runs, undrawn
from messages.mail.receipt_pdf import price_on_paper, receipt_pdf
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG

READABLE = (
    "შპს ღამის ბაზარი, თბილისი 1-2-3",
    "Գիշերային շուկա ՍՊԸ, Երևան 1-2-3",
    "የሌሊት ገበያ አዲስ አበባ",
    "Νυχτερινή αγορά ΕΠΕ, Αθήνα",
    "Түнгі базар ЖШС, Қазақстан",
    "Chợ đêm Công ty TNHH, Đà Nẵng",
    "Nočný trh s.r.o., Žižkovská 5",
    "½ № ™ ① ♫",
)
UNREADABLE = {
    "株式会社ナイト": "株式会社ナイト (Chinese or Japanese, Japanese)",
    "夜市": "夜市 (Chinese or Japanese)",
    "주식회사": "주식회사 (Korean)",
    "שוק לילה": "שוקליה (Hebrew)",
    "سوق الليل": "سوقالي (Arabic)",
    "ตลาด": "ตลาด (Thai)",
    "रात": "रात (Devanagari)",
    "রাত": "রাত (Bengali)",
    "ရန်": "ရန် (Myanmar)",
}


def shop_of(**changes: str) -> Catalog:
    return replace(CATALOG, shop=replace(CATALOG.shop, **changes))  # type: ignore[arg-type] # the rows name texts


def printed(catalog: Catalog = CATALOG, language: str = "en", **payment: Any) -> str:
    pdf = receipt_pdf(a_paid_payment(**payment), catalog, language)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("seller", READABLE)
def test_a_seller_of_any_alphabet_that_is_drawn_letter_by_letter_is_printed_whole(seller: str) -> None:
    assert receipt_mistakes(shop_of(seller=seller)) == []
    assert seller in printed(shop_of(seller=seller))


@pytest.mark.parametrize("name", FILES)
def test_every_letter_of_every_font_is_printed(name: str) -> None:
    own = [chr(code) for code in font(name).face.charToGlyph if code <= 0xFFFF]
    letters = [char for char in own if unicodedata.category(char)[0] in "LN" and unicodedata.is_normalized("NFC", char)]
    drawn = [char for char in sorted(letters) if not undrawn(char) and runs(char) == [(name, char)]]
    for start in range(0, len(drawn), 300):
        piece = "".join(drawn[start : start + 300])
        assert piece in printed(title=piece).replace(" ", "")


def test_nothing_that_runs_from_the_right_or_is_put_together_counts_as_drawn() -> None:
    drawn = set[str]()
    for start in range(0x20, 0x30000, 0x200):
        piece = " ".join(map(chr, range(start, start + 0x200)))  # the space keeps two from becoming one
        drawn.update("".join(part for _, part in runs(piece)))
    for char in drawn:
        assert unicodedata.bidirectional(char) not in ("R", "AL"), char
        assert not unicodedata.name(char, "").startswith(("DEVANAGARI", "THAI", "BENGALI")), char


def priced(currency: str, language: str) -> str:
    payment = a_paid_payment(currency=currency, amount=190_000)
    return " ".join(price_on_paper(payment, PaymentPhrases.of(CATALOG, "", language)).split())


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_every_currency_is_on_the_receipt_by_its_sign_or_its_code(currency: str, language: str) -> None:
    money = Money(190_000, currency)
    price = format_money(money, language)
    expected = format_money(money, language, by_code=True) if undrawn(price) else price
    assert undrawn(expected) == ""
    assert " ".join(expected.split()) == priced(currency, language)
    assert not expected.replace("\u00a0", "").replace(",", "").replace(".", "").isdecimal()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_price_can_be_read_from_the_paper(language: str) -> None:
    prices = [priced(currency, language) for currency in sorted(CURRENCIES)]
    for start in range(0, len(prices), 20):
        piece = " | ".join(prices[start : start + 20])
        assert piece in printed(title=piece)


def test_bahts_in_russian_are_named_by_their_code() -> None:
    assert "1 900,00 THB" in printed(language="ru", currency="thb", amount=190_000)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_could_not_be_read_is_named_at_the_start(text: str) -> None:
    ((key, seller),) = receipt_mistakes(shop_of(seller=f"{text}, 1-2-3"))
    assert f"{key}: {seller}".startswith(f"shop.seller: the receipt cannot show {UNREADABLE[text]}; it can Latin")
    title = LocalizedText({"en": "Guide", "ru": text})
    products = {"guide": replace(CATALOG.products["guide"], title=title)}
    ((key, product),) = receipt_mistakes(replace(CATALOG, products=products))
    assert f"{key}: {product}".startswith("product guide.title.ru: the receipt cannot show")


def test_what_comes_all_the_same_is_a_question_mark_and_not_nothing() -> None:
    assert "??? Guide" in printed(title="東京都 Guide")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\U0001d5e6\U0001d5ee\U0001d5f9\U0001d5f2", "Sale"),
        ("Ａ＝１", "A=1"),
        ("Cafe\u0301", "Café"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("Guide\u00a01\t\n x", "Guide\u00a01 x"),
        ("❤\ufe0f 👩\U0001f3fd\u200d🚀", "❤ 👩🚀"),
        ("★ Guide", "Guide"),
    ],
)
def test_disguises_marks_and_pictures_are_drawn_as_what_they_are(text: str, seen: str) -> None:
    assert "".join(part for _, part in runs(text)).strip() == seen


def test_a_sign_that_no_font_has_is_left_out_and_that_is_said() -> None:
    catalog = shop_of(name="★ Night Market ✓")
    assert receipt_mistakes(catalog) == []
    assert [*map(str, receipt_warnings(catalog))] == ["shop.name: the receipt leaves out ★✓ (black star, check mark)"]


def test_a_long_list_of_characters_is_cut() -> None:
    assert str(named("一丁七万丈三上下不与丐丑专")) == "一丁七万丈三上下不与丐丑… (Chinese or Japanese)"


@given(st.text())
def test_every_letter_is_drawn_or_named(text: str) -> None:
    shop = Shop("id", text, "@help", "Seller", ZoneInfo("UTC"))
    drawn = "".join(part for _, part in runs(text))
    said = receipt_mistakes(Catalog(shop, {}))
    assert bool(said) == ("?" in drawn and drawn.count("?") > text.count("?") + text.count("？"))
    for name, part in runs(text):
        assert all(ord(char) in font(name).face.charToGlyph for char in part)
