"""One shop speaking one language: translated, filled in, and escaped for Telegram's HTML."""

from dataclasses import dataclass
from datetime import datetime

from checkout.model.catalog import Catalog, Product, Shop
from checkout.model.money import Money
from checkout.model.payment import Payment
from messages.language.formats import format_date, format_deadline, format_money, format_time, format_wait, name_zone
from messages.language.i18n import texts
from messages.language.text import fill, quoted


@dataclass(frozen=True, slots=True)
class Translator:
    """Everything filled in is escaped, so that no name or title can bring markup of its own.

    ``domain`` is the gettext catalogue: ``chat`` for the conversation, ``mail`` for what is told of payments.
    """

    language: str
    shop: Shop
    domain: str = "chat"
    catalog: Catalog | None = None

    def t_html(self, sentence: str, **values: object) -> str:
        """The English ``sentence`` in the customer's language; it may hold markup, the values may not."""
        pattern = texts(self.domain, self.language).gettext(sentence)
        return fill(pattern, **quoted(pattern, values))

    def t(self, sentence: str, **values: object) -> str:
        """For mails, buttons and hints, which know no markup: nothing is escaped."""
        pattern = texts(self.domain, self.language).gettext(sentence)
        return pattern.format(**quoted(pattern, values))

    def nt(self, one: str, many: str, n: int, **values: object) -> str:
        """The form for ``n``, which is filled in too; as t_html."""
        return fill(texts(self.domain, self.language).ngettext(one, many, n), n=n, **values)

    def money(self, money: Money) -> str:
        return format_money(money, self.language)

    def time(self, at: datetime) -> str:
        """Date and time in the shop's zone."""
        return format_time(at, self.language, self.shop.timezone)

    def date(self, at: datetime) -> str:
        """The day in the shop's zone."""
        return format_date(at, self.language, self.shop.timezone)

    @property
    def zone(self) -> str:
        """The shop's, as people say it: ``Tallinn time``."""
        return name_zone(self.shop.timezone, self.language)

    def deadline(self, at: datetime, now: datetime | None = None) -> str:
        """Like time, with the zone: a customer elsewhere must not be an hour late. ``now`` when it is read."""
        return format_deadline(at, self.language, self.shop.timezone, now)

    def moment(self, at: datetime) -> str:
        """Like time, with the zone: what was paid just now is not to look hours old to a customer elsewhere."""
        return self.deadline(at)

    def wait(self, seconds: float) -> str:
        """A duration; its number and unit stay on one line."""
        return format_wait(seconds, self.language).replace(" ", "\u00a0")

    def title(self, product: Product) -> str:
        return product.title.in_(self.language)

    def title_of(self, payment: Payment) -> str:
        """In the reader's language, while the catalogue sells it under that title; else as it was sold."""
        product = self.catalog.sold_as(payment.sku, payment.title) if self.catalog else None
        return self.title(product) if product else payment.title
