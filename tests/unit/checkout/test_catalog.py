import os
from pathlib import Path
from typing import Any

import pytest

from checkout.catalog.load_catalog import load_catalog
from checkout.errors import CatalogError
from checkout.model.catalog import FILES_LIMIT
from checkout.model.money import Money

GOOD = """
[shop]
id = "night-market"
name = "Night Market"
support = "@help"
seller = "Night Market OÜ"
timezone = "Europe/Tallinn"

[[product]]
sku = "guide"
title = { en = "City guide", ru = "Путеводитель" }
description = "42 pages"
price = "19.00"
currency = "EUR"
files = ["guide.pdf"]
"""


def write(folder: Path, text: str) -> Path:
    (folder / "guide.pdf").write_bytes(b"%PDF-1.4")
    path = folder / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_catalogue_is_read(tmp_path: Path) -> None:
    catalog = load_catalog(write(tmp_path, GOOD.replace('["guide.pdf"]', '["guide.pdf", "./guide.pdf"]')))
    guide = catalog.products["guide"]
    assert catalog.shop.shop_id == "night-market"
    assert guide.price == Money(1900, "eur")
    assert guide.title.in_("ru") == "Путеводитель"
    assert guide.description.in_("ru") == "42 pages"
    assert guide.files == (tmp_path / "guide.pdf",)


@pytest.mark.parametrize(
    ("line", "english", "russian"),
    [
        ("", "", ""),
        ('terms = "https://example.com/terms"', "https://example.com/terms", "https://example.com/terms"),
        ('terms = { en = "Two weeks.", ru = "Две недели." }', "Two weeks.", "Две недели."),
    ],
)
def test_terms_of_sale_are_a_text_or_an_address(tmp_path: Path, line: str, english: str, russian: str) -> None:
    shop = load_catalog(write(tmp_path, GOOD.replace("[shop]", f"[shop]\n{line}"))).shop
    assert (shop.terms.in_("en"), shop.terms.in_("ru")) == (english, russian)


@pytest.mark.parametrize("line", ["terms = 14", 'terms = ""', 'terms = { de = "Zwei Wochen" }', "terms = []"])
def test_terms_that_say_nothing_are_a_mistake(tmp_path: Path, line: str) -> None:
    with pytest.raises(CatalogError, match=r"shop\.terms"):
        load_catalog(write(tmp_path, GOOD.replace("[shop]", f"[shop]\n{line}")))


@pytest.mark.parametrize(("line", "on_sale"), [("", True), ("available = true", True), ("available = false", False)])
def test_what_is_not_available_or_has_lost_a_file_is_not_on_sale(tmp_path: Path, line: str, on_sale: bool) -> None:
    guide = load_catalog(write(tmp_path, GOOD + line)).products["guide"]
    assert guide.is_on_sale == on_sale
    (tmp_path / "guide.pdf").unlink()
    assert not guide.is_on_sale


@pytest.mark.parametrize(("size", "on_sale"), [(0, False), (1, True), (FILES_LIMIT, True), (FILES_LIMIT + 1, False)])
def test_a_file_that_was_emptied_or_has_grown_beyond_a_mail_is_not_on_sale(
    tmp_path: Path, size: int, on_sale: bool
) -> None:
    guide = load_catalog(write(tmp_path, GOOD)).products["guide"]
    os.truncate(tmp_path / "guide.pdf", size)
    assert (guide.is_on_sale, guide.has_its_files) == (on_sale, on_sale)


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(36, "File name too long")])
def test_a_file_that_cannot_be_read_is_a_mistake_rather_than_a_product_that_is_sold_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    path, open_ = write(tmp_path, GOOD), Path.open

    def opened(path: Path, mode: str = "r", **how: Any) -> Any:
        if path.name == "guide.pdf":
            raise error
        return open_(path, mode, **how)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(CatalogError, match=f"'guide.pdf' cannot be read by the shop's user: {error.strerror}"):
        load_catalog(path)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, r"product 1\.files: the file 'guide\.pdf' is empty"),
        (FILES_LIMIT + 1, r"files: together 29,000,001 bytes; a mail carries 29,000,000\. .* its address into text"),
    ],
)
def test_an_empty_file_or_one_beyond_a_mail_is_a_mistake(tmp_path: Path, size: int, said: str) -> None:
    path = write(tmp_path, GOOD)
    os.truncate(tmp_path / "guide.pdf", size)
    with pytest.raises(CatalogError, match=said):
        load_catalog(path)


FILES, TEXT = 'files = ["guide.pdf"]', 'text = "Your access: …"'


@pytest.mark.parametrize(
    ("lines", "kind", "by_hand"),
    [
        (FILES, "digital", False),
        (TEXT, "digital", False),
        ("", "physical", True),
        ('kind = "digital"', "digital", True),
        (f'{FILES}\nkind = "digital"', "digital", False),
        (f'{TEXT}\nkind = "service"', "service", True),
        (f'{FILES}\nkind = "physical"', "physical", True),
    ],
)
def test_a_person_hands_over_what_neither_files_nor_a_text_deliver(
    tmp_path: Path, lines: str, kind: str, by_hand: bool
) -> None:
    guide = load_catalog(write(tmp_path, GOOD.replace(FILES, lines))).products["guide"]
    assert (guide.kind, guide.is_by_hand) == (kind, by_hand)


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('price = "19.00"', 'price = "19.005"', "product 1.price: 19.005 EUR: EUR has 2 decimals"),
        ('price = "19.00"', 'price = "0.10"', "the least amount Stripe charges"),
        ('price = "19.00"', "price = true", "product 1.price: must be a text"),
        ('price = "19.00"', "price = 19.005", "product 1.price: 19.005 EUR: EUR has 2 decimals"),
        ('price = "19.00"', "price = inf", "product 1.price: Infinity EUR: 'Infinity' is not an amount"),
        ('price = "19.00"', "price = 19,00", 'stand in straight quotes: price = "19.00"'),
        ('price = "19.00"', "price = “19.00”", 'stand in straight quotes: price = "19.00"'),
        ('price = "19.00"', "price = €19.00", 'stand in straight quotes: price = "19.00"'),
        ('name = "Night Market"', "name = «Night Market»", "line 4"),
        ('currency = "EUR"', 'currency = "EURX"', "'EURX' is not a currency that Stripe takes"),
        ('currency = "EUR"', 'currency = "Евро"', "'Евро' is not a currency that Stripe takes; write EUR"),
        ('currency = "EUR"', 'currency = "₽"', "'₽' is not a currency that Stripe takes; write RUB"),
        ('sku = "guide"', 'sku = "the guide"', "product 1.sku: must be 1-32 characters"),
        ('sku = "guide"', "", "product 1.sku: is missing"),
        ('files = ["guide.pdf"]', 'files = ["none.pdf"]', "there is no file 'none.pdf'"),
        ('files = ["guide.pdf"]', "files = ['files\\none.pdf']", "; a path has / in place of \\"),
        ('files = ["guide.pdf"]', 'files = ["."]', "it is a folder, and is to be a file"),
        ('currency = "EUR"', 'currency = "EUR"\navailable = "no"', "product 1.available: must be true or false"),
        ('currency = "EUR"', 'currency = "EUR"\nkind = "Service"', "product 1.kind: must be one of digital, service,"),
        ('currency = "EUR"', 'currency = "EUR"\nkind = ["service"]', "product 1.kind: must be one of"),
        ('files = ["guide.pdf"]', 'files = "guide.pdf"', "must be a list of paths"),
        ('timezone = "Europe/Tallinn"', 'timezone = "Tallinn"', "is not a time zone"),
        ('ru = "Путеводитель"', 'de = "Führer"', "product 1.title.de: languages are en and ru"),
        ('support = "@help"', 'suport = "@help"', "shop.suport: is not a known key"),
        ('name = "Night Market"', 'name = "\u200b"', "shop.name: must be a text that is not empty"),
        ('seller = "Night Market OÜ"', 'seller = "\u3164 "', "shop.seller: must be a text that is not empty"),
        ('ru = "Путеводитель"', 'ru = "\u202e\u2060"', "product 1.title.ru: must be a text that is not empty"),
        ('id = "night-market"', 'id = "night market"', "shop.id"),
        ("[[product]]", "[product]", "product: at least one [[product]] is needed"),
        ("[shop]", "[shop", "with all its brackets"),
        ("[shop]", "[shop]\nid = 'a'\n[shop]", "[shop] is there once"),
        ("[[product]]", "[[product]", "with all its brackets"),
        ("[[product]]", "[product]]", "nothing stands behind"),
        ("[[product]]", "", "is not a known key"),
        ('"Night Market OÜ"', '"ООО "Ромашка""', "within a text in quotes write other ones: “ ” or « »"),
        ('"Night Market OÜ"', "'O'Brien's'", "within a text in quotes write other ones"),
        ('"Night Market OÜ"', '"Night Market OÜ', "with the quote it began with"),
        ('"Night Market OÜ"', '"Night Market\nOÜ"', "with the quote it began with"),
        ('"Night Market OÜ"', '"""Night Market OÜ"', 'ends with """'),
        ('"guide.pdf"', '"files\\guide.pdf"', "has / in place of \\"),
        ('"guide.pdf"', '"C:\\Users\\guide.pdf"', "has / in place of \\"),
        ('["guide.pdf"]', '["guide.pdf" "map.pdf"]', "a list is like"),
        ('["guide.pdf"]', '["guide.pdf"', "a list is like"),
        ('currency = "EUR"', 'currency: "EUR"', "a name, = and a value"),
        ('currency = "EUR"', 'currency "EUR"', "a name, = and a value"),
        ('currency = "EUR"', 'currency\u00a0= "EUR"', "a space in it is of another kind"),
        ('currency = "EUR"', 'currency =\u00a0"EUR"', "a space in it is of another kind"),
        ('currency = "EUR"', 'currency = "EUR";', "nothing stands behind a value"),
        ('currency = "EUR"', 'currency = "EUR",', "nothing stands behind a value"),
        ('currency = "EUR"', 'currency = "EUR"\nавтор = "Я"', "names are in Latin letters"),
        ('currency = "EUR"', 'currency = "EUR"\n// sold since May', "a note begins with #"),
        ('currency = "EUR"', 'currency = "EUR"\nprice = 20', "before each product there is a line [[product]]"),
        ('currency = "EUR"', 'currency = "EUR"\navailable = False', "without capitals"),
        ('ru = "Путеводитель" }', 'ru = "Путеводитель", }', "without a comma before }"),
        ('ru = "Путеводитель" }', '\nru = "Путеводитель" }', "all on one line"),
    ],
)
def test_a_mistake_is_named_with_its_key_and_reason(tmp_path: Path, good: str, bad: str, said: str) -> None:
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, GOOD.replace(good, bad)))
    assert said in str(caught.value)
    assert "catalog.toml" in str(caught.value)


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    broken = GOOD.replace('"19.00"', '"x"').replace('name = "Night Market"', "").replace('"guide"', '"a b"')
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, broken))
    assert len(str(caught.value).splitlines()) == 3


def test_texts_are_kept_without_what_nobody_sees(tmp_path: Path) -> None:
    marked = GOOD.replace('"City guide"', '"\u202eCity\u00a0 guide\u200b"').replace('"42 pages"', '"42\u200b\\nmore"')
    guide = load_catalog(write(tmp_path, marked)).products["guide"]
    assert (guide.title.in_("en"), guide.description.in_("en")) == ("City guide", "42\nmore")


@pytest.mark.parametrize(("price", "amount"), [("19.00", 1900), ("19.9", 1990), ("19", 1900), ("1e2", 10000)])
def test_a_price_without_quotes_is_understood(tmp_path: Path, price: str, amount: int) -> None:
    catalog = load_catalog(write(tmp_path, GOOD.replace('"19.00"', price)))
    assert catalog.products["guide"].price == Money(amount, "eur")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_catalogue_saved_on_windows_is_read(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, "")
    path.write_bytes(GOOD.replace("\n", "\r\n").encode(encoding))
    assert load_catalog(path).products["guide"].title.in_("ru") == "Путеводитель"


def test_a_catalogue_in_windows_1251_is_told_how_to_save_it(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(GOOD.replace("OÜ", "OU").encode("cp1251"))
    with pytest.raises(CatalogError, match="line 11 is not in UTF-8; save it as UTF-8"):
        load_catalog(path)


def test_a_product_twice_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[product]]") :]
    with pytest.raises(CatalogError, match="'guide' is there twice"):
        load_catalog(write(tmp_path, twice))
    with pytest.raises(CatalogError, match="there is no such file"):
        load_catalog(tmp_path / "missing.toml")
