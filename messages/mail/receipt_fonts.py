"""Which font of the receipt draws which character, and what none of them can: nothing vanishes unsaid.

Each character is drawn by itself, from left to right. So scripts whose letters join, move or run from the right are
left out on purpose: drawn like that they would be wrong. Of Chinese, Japanese and Korean there is no font here: they
would make the application a fifth larger.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from threading import RLock
from typing import Any

import fontpkg_noto_sans
import manimgx_fonts
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from checkout.catalog.mistakes import Mistake
from checkout.model.catalog import Catalog
from checkout.model.text import JOINER, visible
from checkout.sentence import Said, Sentence, joined, t

MORE = Path(manimgx_fonts.__file__).parent
# In the order in which they are asked. Latin, Greek and Cyrillic are in the first; the others are read when needed.
FILES = {
    "NotoSans": fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf",
    **{
        name: MORE / f"{name}[wght].ttf"
        for name in ("NotoSansArmenian", "NotoSansGeorgian", "NotoSansEthiopic", "NotoSansSymbols", "NotoEmoji")
    },
}
FONT = "NotoSans"
# The first font has its letters, but not how they are put together.
PUT_TOGETHER = "DEVANAGARI"
UNKNOWN = "?"
SHOWN = 12  # characters in one line
JAPANESE = t("Japanese")
SCRIPTS = {"CJK": t("Chinese or Japanese"), "HIRAGANA": JAPANESE, "KATAKANA": JAPANESE, "HANGUL": t("Korean")}
# Registered in globals of reportlab, and read by several threads.
fonts_lock = RLock()


def runs(text: str) -> list[tuple[str, str]]:
    """The text in pieces, each with the font that draws it.

    For a letter that none of them can there is a question mark; a mere sign (a star, say) is left out.
    """
    drawn = [(_font_of(char) or FONT, char if _font_of(char) else UNKNOWN) for char in _seen(text) if _is_shown(char)]
    return [(name, "".join(char for _, char in piece)) for name, piece in groupby(drawn, key=itemgetter(0))]


def undrawn(text: str) -> str:
    """What a reader of the receipt would miss in it: each character once."""
    with fonts_lock:
        return "".join(dict.fromkeys(char for char in _seen(text) if not _font_of(char)))


def undrawn_letters(text: str) -> str:
    """Those among them without which it cannot be read."""
    return "".join(filter(_is_letter, undrawn(text)))


def named(characters: str) -> Sentence:
    """The characters and what they are: ``東京 (Chinese or Japanese)``, ``★ (black star)``."""
    shown = characters if len(characters) <= SHOWN else f"{characters[:SHOWN]}…"
    kinds = {str(kind): kind for kind in map(_kind, characters)}
    return t("{shown} ({kinds})", shown=shown, kinds=joined(", ", list(kinds.values())))


def receipt_mistakes(catalog: Catalog) -> list[Mistake]:
    """One for each text of the catalogue that could not be read on the receipt."""
    found = {key: undrawn_letters(text) for key, text in _texts(catalog)}
    return [(key, _cannot_be_shown(missing)) for key, missing in found.items() if missing]


def _cannot_be_shown(letters: str) -> Sentence:
    shown = named(letters)
    return t("the receipt cannot show {letters}; it can Latin, Greek, Cyrillic, Armenian and Georgian", letters=shown)


def receipt_warnings(catalog: Catalog) -> list[Sentence]:
    """A line for each text of which the receipt leaves out a sign."""
    found = {key: undrawn(text) for key, text in _texts(catalog)}
    return [
        t("{key}: the receipt leaves out {letters}", key=key, letters=named(missing))
        for key, missing in found.items()
        if missing
    ]


def _texts(catalog: Catalog) -> Iterator[tuple[str, str]]:
    shop = catalog.shop
    yield from {"shop.name": shop.name, "shop.seller": shop.seller, "shop.support": shop.support}.items()
    for product in catalog.products.values():
        for language, title in product.title.by_language.items():
            yield f"product {product.sku}.title.{language}", title


def _seen(text: str) -> str:
    """Composed, on one line, without what is not seen; the no-break space in an amount stays."""
    composed = unicodedata.normalize("NFC", visible(text))
    kept = "".join(" " if char in "\n\t" else _plain(char) for char in composed if not _is_unseen(char))
    return " ".join(word for word in kept.split(" ") if word)


def _plain(char: str) -> str:
    """A letter in disguise (fullwidth, of mathematics) is written as itself where no font has the disguise."""
    return char if _font_of(char) else unicodedata.normalize("NFKC", char)


def _is_unseen(char: str) -> bool:
    """What joins pictures, or picks their colour or variant."""
    is_variant = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return is_variant or char == JOINER or "\U0001f3fb" <= char <= "\U0001f3ff"


@lru_cache(maxsize=2000)
def _font_of(char: str) -> str | None:
    if unicodedata.name(char, "").startswith(PUT_TOGETHER):
        return None
    return next((name for name in FILES if ord(char) in font(name).face.charToGlyph), None)


def _is_shown(char: str) -> bool:
    return _font_of(char) is not None or _is_letter(char)


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or unicodedata.category(char) == "Sc"


def _kind(char: str) -> Said:
    """A letter's script, a sign's own name."""
    name = unicodedata.name(char, "unknown")
    if not _is_letter(char):
        return name.lower()
    return SCRIPTS.get(name.split()[0], name.split()[0].capitalize())


@lru_cache
def font(name: str) -> Any:
    """Parsed once for the process, in a few hundredths of a second."""
    parsed = TTFont(name, str(FILES[name]))
    pdfmetrics.registerFont(parsed)
    return parsed
