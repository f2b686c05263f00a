"""Which product a customer means by its title, as people type it."""

import re
import unicodedata

from checkout.model.catalog import Catalog, Product

WORD = re.compile(r"\w+")
WANTED = re.compile(r"\b(?:(?:buy|i|want|the|купить|куплю|хочу|заказать)\b ?)+")
# Of whoever asks whether it is there, or for how much.
ASKED = re.compile(
    rf"{WANTED.pattern}|\b(?:(?:a(?= )|can|do|you|have|how|much|is|does|cost"
    r"|сколько|стоит|почем|есть|ли|у|вас|можно|как|мне|нужен|нужна|нужно)\b ?)+"
)
POLITE = re.compile(
    r"\b(?:please|hi|hello|hey|good (?:morning|day|afternoon|evening)"
    r"|пожалуйста|привет|здравствуйте|доброе утро|добрый (?:день|вечер))\b ?"
)
# Of a Russian word from its case (“книгу”), of an English one from its number.
ENDING = re.compile(r"(?<=[а-я]{3})[аеиоуыэюяьй]{1,2}$|(?<=[a-z]{3})s$")
PRICE = re.compile(r"(?: [^\W\d]{3})?(?: \d+)+(?: [^\W\d]{1,6})?$")  # behind the title, as on its button
SHORTEST = 3  # letters of a word that names a product by less than its title
LONGEST = 200


def titled(catalog: Catalog, typed: str) -> Product | None:
    """The product of this sku or title in any language, in any case, with or without quotes and the price."""
    if typed in catalog.products:
        return catalog.products[typed]
    products = catalog.products.values()
    named = next((one for one in products if typed.casefold() in _names(one)), None)
    if named is not None or len(typed) > LONGEST:
        return named
    for words in filter(None, _variants(typed)):  # some titles have none: “🎁”
        same = [one for one in products if words in map(_words, one.title.by_language.values())]
        if len(same) == 1:  # “C” and “C++” are the same in words
            return same[0]
    return None


def begun(catalog: Catalog, typed: str) -> list[Product]:
    """Those on sale whose title has every word that was typed, in any case or number, or one that begins so."""
    if len(typed) > LONGEST:
        return []
    for words in _variants(typed):
        parts = words.split()
        if max(map(len, parts), default=0) >= SHORTEST:
            meant = [one for one in catalog.products.values() if one.is_on_sale and _has(one, parts)]
            if meant:
                return meant
    return []


def _has(product: Product, parts: list[str]) -> bool:
    titles = [_words(one).split() for one in product.title.by_language.values()]
    return any(all(any(_is_meant(word, part) for word in title) for part in parts) for title in titles)


def _is_meant(word: str, part: str) -> bool:
    return word.startswith(part) or ENDING.sub("", word) == ENDING.sub("", part)


def _variants(typed: str) -> list[str]:
    words = _words(typed)
    return _asked_for(words) + _asked_for(POLITE.sub("", words).rstrip())


def _asked_for(words: str) -> list[str]:
    without_price = PRICE.sub("", words)
    wanted = WANTED.sub("", without_price, count=1)
    return [words, without_price, wanted, ASKED.sub("", wanted).rstrip()]


def _words(text: str) -> str:
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("ё", "е")))


def _names(product: Product) -> frozenset[str]:
    return frozenset(name.casefold() for name in (product.sku, *product.title.by_language.values()))
