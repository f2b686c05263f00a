"""Speaking to one customer: translated, filled in, and escaped for Telegram's HTML."""

from dataclasses import dataclass
from html import escape

from checkout.model.catalog import Product, Shop
from checkout.model.money import Money
from messages.language.formats import format_money, format_wait
from messages.language.i18n import texts


@dataclass(frozen=True, slots=True)
class Translator:
    """Everything filled in is escaped, so that no name or title can bring markup of its own."""

    language: str
    shop: Shop

    def t_html(self, sentence: str, **values: object) -> str:
        """The English ``sentence`` in the customer's language."""
        return fill(texts("chat", self.language).gettext(sentence), **values)

    def t(self, sentence: str, **values: object) -> str:
        """For buttons and hints, which know no markup: nothing is escaped."""
        return texts("chat", self.language).gettext(sentence).format(**values)

    def nt(self, one: str, many: str, n: int, **values: object) -> str:
        """The form for ``n``, which is filled in too."""
        return fill(texts("chat", self.language).ngettext(one, many, n), n=n, **values)

    def money(self, money: Money) -> str:
        return format_money(money, self.language)

    def wait(self, seconds: float) -> str:
        """A duration; its number and unit stay on one line."""
        return format_wait(seconds, self.language).replace(" ", "\u00a0")

    def title(self, product: Product) -> str:
        return product.title.in_(self.language)


def fill(pattern: str, **values: object) -> str:
    """A pattern with the values escaped: for what is the same in every language."""
    return pattern.format(**{name: escape(str(value), quote=False) for name, value in values.items()})


def shorten(text: str, length: int) -> str:
    """The beginning of a text on one line, cut at a word where it is too long."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    head = line[: length - 1]
    return f"{head.rsplit(' ', 1)[0] or head}…"
