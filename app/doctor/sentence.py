"""What doctor says: made in English where it is found, said in the terminal's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from messages.language.i18n import Texts, texts

ENGLISH = texts("doctor", "en")


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

    def said(self, language: Texts) -> str:
        number = self.values.get("n")
        if self.many and isinstance(number, int):
            text = language.ngettext(self.text, self.many, number)
        else:
            text = language.gettext(self.text)
        return text.format(**{name: _said(value, language) for name, value in self.values.items()})


def t(text: str, **values: object) -> Sentence:
    """The English ``text``, to be said later."""
    return Sentence(text, values)


def plural(one: str, many: str, n: int) -> Sentence:
    """A number ``n`` of things."""
    return Sentence(one, {"n": n}, many)


def _said(value: object, language: Texts) -> object:
    match value:
        case Sentence():
            return value.said(language)
        case list():
            return "; ".join(str(_said(one, language)) for one in value)
    return value
