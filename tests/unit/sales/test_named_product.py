"""What is typed in words leads to the product that is meant, and to no other."""

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
        (["Гид"], "У меня нет гида", None),
        (["Гид"], "Как вернуть гид", None),
        (["Карта"], "хочу картину", None),
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
