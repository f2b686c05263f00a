"""Each mistake of a catalogue names its line and its product."""

from pathlib import Path

import pytest

from checkout.catalog.mistakes import lines_of
from checkout.errors import CatalogError
from messages.showable_catalog import load_showable_catalog

GOOD = """\
# The shop.
[shop]
id = "night-market"
name = "Night Market"
support = "@help"
seller = "Night Market OÜ"

[[product]]
sku = "guide"
title = { en = "City guide", ru = "Путеводитель" }
price = "19.00"
currency = "EUR"
text.en = \"\"\"
[[product]]
price = "not this one"
\"\"\"

[[product]]  # the second
sku = "2"
price = "5"
currency = "EUR"
files = [
  "a.pdf",
]
[product.title]
en = "Poster"
ru = "Плакат"
"""


def said(folder: Path, text: str) -> list[str]:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    path = folder / "catalog.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogError) as error:
        load_showable_catalog(path)
    return [line.removeprefix(f"{path}: ") for line in str(error.value).splitlines()]


@pytest.mark.parametrize(
    ("good", "bad", "beginning"),
    [
        ('price = "19.00"', 'price = "19.005"', "line 11 (guide): product 1.price: "),
        ('ru = "Путеводитель"', 'de = "Führer"', "line 10 (guide): product 1.title.de: "),
        ('price = "19.00"\n', "", "line 8 (guide): product 1.price: is missing"),
        ('sku = "guide"\n', "", "line 8: product 1.sku: is missing"),
        ('sku = "guide"', 'sku = "the guide"', "line 9 (the guide): product 1.sku: "),
        ('sku = "2"', 'sku = "guide"', "line 19 (guide): product 2.sku: 'guide' is there twice"),
        ('sku = "2"', "sku = 2", "line 19 (2): product 2.sku: "),
        ('price = "5"', 'price = "0.10"', "line 20 (2): product 2.price: "),
        ('"a.pdf"', '"b.pdf"', "line 22 (2): product 2.files: there is no file 'b.pdf'"),
        ('ru = "Плакат"', 'ru = ""', "line 27 (2): product 2.title.ru: "),
        ('en = "Poster"', 'en = "夜市"', "line 26 (2): product 2.title.en: the receipt cannot show"),
        ('currency = "EUR"\ntext', 'currency = "EUR"\nimage = "a.pdf"\ntext', "line 13 (guide): product guide.image: "),
        ('id = "night-market"\n', "", "line 2: shop.id: is missing"),
        ('name = "Night Market"', 'nam = "Night Market"', "line 4: shop.nam: is not a known key"),
        ('name = "Night Market"', 'name = "夜市"', "line 4: shop.name: the receipt cannot show"),
        ("# The shop.", 'color = "red"', "line 1: color: is not a known key"),
        ("# The shop.", '"a: b" = 1', "line 1: a: b: is not a known key"),
    ],
)
def test_a_mistake_names_line_and_product(tmp_path: Path, good: str, bad: str, beginning: str) -> None:
    assert GOOD.count(good) == 1
    assert said(tmp_path, GOOD.replace(good, bad))[0].startswith(beginning)


@pytest.mark.parametrize("text", ["", "product = 1\n", "product = []\n"])
def test_what_is_not_there_has_no_line(tmp_path: Path, text: str) -> None:
    assert "shop: the table [shop] is missing" in said(tmp_path, text)


def test_a_product_in_single_brackets_is_shown(tmp_path: Path) -> None:
    assert said(tmp_path, '[product]\nsku = "a"\n')[-1] == "line 1: product: at least one [[product]] is needed"


def test_products_in_one_line_are_told_apart(tmp_path: Path) -> None:
    assert lines_of('a = 1\r\nproduct = [{ sku = "x" }, { sku = "y" }]\n')["product 2.sku"] == 2
    assert said(tmp_path, 'product = [{ sku = "x" }, 5]\n')[-1].startswith("line 1: product 2: must be a table")
