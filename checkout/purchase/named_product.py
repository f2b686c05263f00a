"""Which product a customer means by its title, as people type it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from checkout.model.catalog import Catalog, Product

WORD = re.compile(r"\w+")
# What people say around what they mean, in front of it and behind it: a greeting, a wish, a question for it or its
# price. Nothing that a complaint is made of is here: a person answers that.
BEFORE = frozenset(
    """hi hello hey good morning day afternoon evening please and buy i m d s want would like to get the a an your any
    some can could do does you have sell still is are there what how much cost price of for interested in looking tell
    me about
    привет здравствуйте доброе утро добрый день вечер пожалуйста а и ну скажите подскажите расскажите купить куплю хочу
    хотим хотел хотела хотели хотелось бы заказать приобрести взять можно могу как мне нужен нужна нужно нужны надо
    интересует интересуют сколько стоит стоят будет стоить почем какая какова цена цены цену стоимость на за у вас есть
    ли в наличии продаете еще что такое о об про ваш ваша ваше ваши""".split()
)
BEHIND = frozenset(
    """please cost costs available thanks there
    пожалуйста спасибо есть ли можно нужен нужна нужно нужны купить заказать сколько стоит стоят будет стоить почем
    какая цена у вас в наличии""".split()
)
# Of a Russian word from its case (“книгу”), of an English one from its number.
ENDING = re.compile(r"(?<=[а-я]{3})[аеиоуыэюяьй]{1,2}$|(?<=[a-z]{3})s$")
PRICE = re.compile(r"(?: [^\W\d]{3})?(?: \d+)+(?: [^\W\d]{1,6})?$")  # behind the title, as on its button
SHORTEST = 3  # letters of a word that names a product by less than its title
LONGEST = 200
AROUND = 12  # words that are taken off in front, and as many behind: whoever repeats one keeps nobody waiting


def titled(catalog: Catalog, typed: str) -> Product | None:
    """The product of this sku or title in any language, in any case, with or without quotes and the price."""
    if typed in catalog.products:
        return catalog.products[typed]
    products = catalog.products.values()
    named = next((one for one in products if typed.casefold() in _names(one)), None)
    if named is not None or len(typed) > LONGEST:
        return named
    by_words: dict[str, dict[str, Product]] = {}
    for words, product in _titles(products):
        by_words.setdefault(words, {})[product.sku] = product
    for words in filter(None, _variants(typed)):  # some titles have none: “🎁”
        same = by_words.get(words, {})
        if len(same) == 1:  # “C” and “C++” are the same in words
            return next(iter(same.values()))
    return None


def begun(catalog: Catalog, typed: str) -> list[Product]:
    """Those on sale whose title has every word that was typed, in any case or number, or one that begins so."""
    if len(typed) > LONGEST:
        return []
    titles = [
        ([(word, _stem(word)) for word in words.split()], one) for words, one in _titles(catalog.products.values())
    ]

    @cache
    def having(part: str) -> frozenset[int]:
        """The titles with such a word, by their place in ``titles``."""
        stem = _stem(part)
        return frozenset(
            place
            for place, (words, _) in enumerate(titles)
            if any(word.startswith(part) or its_stem == stem for word, its_stem in words)
        )

    for words in _variants(typed):
        parts = words.split()
        if max(map(len, parts), default=0) >= SHORTEST:
            found = sorted(frozenset.intersection(*map(having, parts)))
            meant = {one.sku: one for _, one in (titles[place] for place in found) if one.is_on_sale}
            if meant:
                return list(meant.values())
    return []


def is_only_around(typed: str) -> bool:
    """A greeting, thanks, or a question for whatever there is: a title with such a word in it is not meant by that."""
    return frozenset(_words(typed).split()) <= BEFORE | BEHIND


def _titles(products: Iterable[Product]) -> Iterator[tuple[str, Product]]:
    """In words, of each product those in every language."""
    return ((_words(title), one) for one in products for title in one.title.by_language.values())


def _stem(word: str) -> str:
    return ENDING.sub("", word)


def _variants(typed: str) -> Iterator[str]:
    """What was typed, with ever less of what is only said around a title: one may begin with such a word itself."""
    words = _words(typed)
    yield words
    parts = PRICE.sub("", words).split()
    for end in range(len(parts), max(0, len(parts) - AROUND - 1), -1):
        for begin in range(min(end, AROUND + 1)):
            yield " ".join(parts[begin:end])
            if parts[begin] not in BEFORE:
                break
        if parts[end - 1] not in BEHIND:
            break


def _words(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")))


def _names(product: Product) -> frozenset[str]:
    return frozenset(name.casefold() for name in (product.sku, *product.title.by_language.values()))
