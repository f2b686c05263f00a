"""What the terminal is told: made in English where it is known, said in the language of whoever reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from gettext import NullTranslations
from typing import Protocol


class Language(Protocol):
    """gettext's translations."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str: ...


ENGLISH: Language = NullTranslations()


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` with ``values`` in its places; ``many`` in the place of it for all numbers ``n`` but one.

    Values may be sentences, or lists of them; what is a mere text is said as it is in every language.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    many: str = ""

    def __str__(self) -> str:
        return self.said(ENGLISH)

    def said(self, language: Language) -> str:
        number = self.values.get("n")
        if self.many and isinstance(number, int):
            text = language.ngettext(self.text, self.many, number)
        else:  # for no text at all gettext has what heads its file
            text = language.gettext(self.text) if self.text else ""
        return text.format(**{name: _value(value, language) for name, value in self.values.items()})


Said = Sentence | str


def t(text: str, **values: object) -> Sentence:
    """The English ``text``, to be said later."""
    return Sentence(text, values)


def N_(text: str) -> str:  # noqa: N802 -- gettext's own name for "translate later"
    """For texts that stand elsewhere, too: in the documents, say."""
    return text


def plural(one: str, many: str, n: int) -> Sentence:
    """A number ``n`` of things."""
    return Sentence(one, {"n": n}, many)


def joined(between: str, parts: Sequence[Said]) -> Sentence:
    """Of several one, with ``between`` between them."""
    names = {f"part{number}": part for number, part in enumerate(parts)}
    return Sentence(between.join(f"{{{name}}}" for name in names), names)


def words_of(error: Exception) -> Said:
    """What it was made of: a sentence, or a text that is the same in every language."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Sentence) else str(error)


def in_language(words: Said, language: Language) -> str:
    return words.said(language) if isinstance(words, Sentence) else words


def _value(value: object, language: Language) -> object:
    match value:
        case Sentence():
            return value.said(language)
        case list():
            return "; ".join(str(_value(one, language)) for one in value)
    return value
