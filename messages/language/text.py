"""Text that others wrote, made fit to be shown: escaped for Telegram's HTML, on one line, cut, measured."""

import html
import re
from collections.abc import Mapping

from checkout.model.customer import shown_email
from checkout.model.text import one_line

LONGEST_CAPTION = 1024  # Telegram's limit, in UTF-16 units of what is shown
NEAR = 40  # units at the end of a cut text where the end of a word is looked for
# Marks around a text, and those that its own give way to within them.
INNER_QUOTES = {"«{%s}»": str.maketrans("«»", "„“"), "“{%s}”": str.maketrans("“”", "‘’")}
ADDRESSES = frozenset({"email", "suggestion"})
TAG = re.compile(r"<[^>]*>")


def escape(text: str) -> str:
    """For Telegram's HTML, where only these three characters mean anything."""
    return html.escape(text, quote=False)


def fill(pattern: str, **values: object) -> str:
    """A pattern with the values escaped: for what is the same in every language."""
    return pattern.format(**{name: escape(str(value)) for name, value in values.items()})


def quoted(pattern: str, values: Mapping[str, object]) -> dict[str, object]:
    """The values; one that stands in quotes has others within: «Курс „Ночь“», “A ‘good’ day”. Addresses are shown as
    their owners know them."""
    filled = dict(values)
    for name, value in values.items():
        if name in ADDRESSES and isinstance(value, str):
            filled[name] = shown_email(value)
        for marks, inner in INNER_QUOTES.items():
            if isinstance(value, str) and marks % name in pattern:
                filled[name] = value.translate(inner)
    return filled


def shorten(text: str, limit: int) -> str:
    """On one line and without what is not seen, at most ``limit`` characters, cut between words."""
    line = one_line(text)
    return line if len(line) <= limit else _ended(line[: limit - 1])


def shorten_visible(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 units of ``text``, its lines kept, cut between words where there are any."""
    return _ended(text.encode("utf-16-le")[: max(0, limit - 1) * 2].decode("utf-16-le", errors="ignore"))


def visible_length(text: str) -> int:
    """Of Telegram HTML as it is shown, in UTF-16 units: no reading of *characters* counts more."""
    return len(html.unescape(TAG.sub("", text)).encode("utf-16-le")) // 2


def _ended(cut: str) -> str:
    at_word = cut.rpartition(" ")[0] if " " in cut[-NEAR:] else cut
    return at_word.rstrip() + "…"
