"""What is typed in words leads to the product that is meant, and to no other."""

import sys
from dataclasses import replace

import pytest

from checkout.model.catalog import Catalog, LocalizedText
from checkout.purchase.named_product import begun, titled
from tests.support.web_fakes import a_catalog


def selling(*titles: str) -> Catalog:
    a_shop = a_catalog()
    guide = a_shop.products["guide"]
    products = {f"p{n}": replace(guide, sku=f"p{n}", title=LocalizedText({"en": one})) for n, one in enumerate(titles)}
    return Catalog(a_shop.shop, products)


@pytest.mark.parametrize(
    ("titles", "typed", "found"),
    [
        (["Tax"], "I want the tax", "Tax"),
        (["Tax"], "tax · €19.00", "Tax"),
        (["Tax"], "taxi", None),
        (["🎁", "Poster"], "👍", None),
        (["🎁", "Poster"], "хочу", None),
        (["🎁", "Poster"], "🎁", "🎁"),
        (["C", "C++"], "c++", "C++"),
        (["Guide"], "guide not received", None),
        (["Guide"], "refund guide", None),
        (["Guide"], "I do not want the guide", None),
        (["Guide"], "How much does the guide cost?", "Guide"),
        (["Guide"], "Guide", "Guide"),
        (["Гид"], "сколько стоит гид?", "Гид"),
        (["Гид"], "Гид есть?", "Гид"),
        (["Как есть"], "хочу «Как есть»", "Как есть"),
        (["Vitamin A", "Vitamin C"], "Do you have vitamin A?", "Vitamin A"),
        (["Гид"], "У меня нет гида", None),
        (["Гид"], "Как вернуть гид", None),
        (["Карта"], "хочу картину", None),
        (["Hi", "Guide"], "Hi! I want the guide, please", "Guide"),
        (["Vitamin A", "Vitamin C"], "Hello, vitamin A please", "Vitamin A"),
        (["Гид"], "Здравствуйте, сколько стоит гид?", "Гид"),
        (["Гид"], "Добрый день! Можно гид, пожалуйста?", "Гид"),
        (["Гид"], "Здравствуйте! А сколько будет стоить ваш гид?", "Гид"),
        (["Гид"], "добрый вечер, подскажите пожалуйста цену на гид", "Гид"),
        (["Гид"], "Хотела бы купить гид", "Гид"),
        (["Гид"], "гид в наличии?", "Гид"),
        (["Guide"], "Hey, what's the price of the guide?", "Guide"),
        (["Guide"], "I'd like to get your guide please", "Guide"),
        (["Guide"], "I am interested in the guide but cannot open it", None),
        (["Гид"], "Скажите, где мой гид", None),
        (["Гид"], "Хочу вернуть гид", None),
        (["Как есть"], "сколько стоит «Как есть»?", "Как есть"),
        (["Please, please me"], "I want Please, please me", "Please, please me"),
        (["Guide"], "Hello!", None),
        (["Guide"], "Hello, the guide has not come", None),
    ],
)
def test_a_title_is_meant_by_its_own_words(titles: list[str], typed: str, found: str | None) -> None:
    catalog = selling(*titles)
    named = titled(catalog, typed)
    assert (named and named.title.in_("en")) == found
    assert found or begun(catalog, typed) == []


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Прогулка со мной", "хочу прогулку"),
        ("Экскурсия по Риге", "У вас есть экскурсии?"),
        ("Ночная фотография", "купить ночную фотографию"),
        ("Путеводитель по городу", "как купить путеводителя"),
        ("City poster", "Do you have posters?"),
    ],
)
def test_a_word_of_a_title_is_known_in_any_case_and_number(title: str, typed: str) -> None:
    (found,) = begun(selling(title, "Tax"), typed)
    assert found.title.in_("en") == title


TITLES = ("City guide", "Ещё тёплый хлеб", "C", "C++", "Python 3", "Python 3 for children", "🌙", "The night")


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("CITY GUIDE", "City guide"),
        ("  “City   guide”. ", "City guide"),
        ("City guide — €19.00", "City guide"),
        ("city guide 19 euro", "City guide"),
        ("City guide EUR 1,900.00", "City guide"),
        ("I want the city guide", "City guide"),
        ("хочу еще теплый хлеб", "Ещё тёплый хлеб"),
        ("C++", "C++"),
        ("c", "C"),
        ("Python 3", "Python 3"),
        ("🌙", "🌙"),
        ("the night", "The night"),
        ("p3", "C++"),
        ("City guide, please send it again", None),
        ("Where is the city guide", None),
        ("City", None),
        ("C#", None),
        ("19", None),
        ("City guide " * 50, None),
    ],
)
def test_a_product_is_known_by_its_title_however_it_is_typed(typed: str, title: str | None) -> None:
    product = titled(selling(*TITLES), typed)
    assert (product and product.title.in_("en")) == title


@pytest.mark.parametrize(
    ("typed", "titles"),
    [
        ("pyth", ["Python 3", "Python 3 for children"]),
        ("children", ["Python 3 for children"]),
        ("guide city", ["City guide"]),
        ("city gui… · €19.00", ["City guide"]),
        ("buy city", ["City guide"]),
        ("тепл", ["Ещё тёплый хлеб"]),
        ("C", []),
        ("ci", []),
        ("19 €", []),
        ("", []),
        ("!?", []),
        ("I want", []),
        ("city tour", []),
        ("city " * 50, []),
    ],
)
def test_a_part_of_a_title_may_mean_several(typed: str, titles: list[str]) -> None:
    assert [one.title.in_("en") for one in begun(selling(*TITLES), typed)] == titles


@pytest.mark.parametrize("typed", ["у вас " * 33, "есть ли " * 25, "please " * 28, "у " * 100, "сколько стоит " * 14])
def test_who_only_repeats_what_is_said_around_a_title_keeps_nobody_waiting(typed: str) -> None:
    """In calls, whatever the machine's speed: millions were seconds in which the shop stood still."""
    catalog, calls = selling(*(f"Путеводитель номер {number} по городу" for number in range(50))), 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        assert (titled(catalog, typed), begun(catalog, typed)) == (None, [])
    finally:
        sys.setprofile(None)
    assert calls < 50_000
