"""The shop and its products, as the catalogue has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from checkout.model.money import Money

SKU = re.compile(r"[A-Za-z0-9_-]{1,32}")
# Resend takes 40 MB after base64 (four bytes for three); 1 MB is left for the receipt and the text.
FILES_LIMIT = 29_000_000


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """A text in the languages the shopkeeper wrote; falls back to English, then to whatever there is."""

    by_language: Mapping[str, str]

    def in_(self, language: str) -> str:
        texts = self.by_language
        return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")

    def __bool__(self) -> bool:
        return bool(self.by_language)


@dataclass(frozen=True, slots=True)
class Shop:
    """``shop_id`` is the PaymentIntents' metadata ``shop``; ``terms`` of sale are a text or an address."""

    shop_id: str
    name: str
    support: str
    seller: str
    timezone: ZoneInfo
    logo: Path | None = None
    terms: LocalizedText = field(default=LocalizedText({}), hash=False)


class ProductKind(StrEnum):
    """``digital`` is delivered by the program, as far as there are files or a text; the others by a person."""

    DIGITAL = "digital"
    SERVICE = "service"
    PHYSICAL = "physical"


@dataclass(frozen=True, slots=True)
class Product:
    sku: str
    title: LocalizedText
    description: LocalizedText
    price: Money
    files: tuple[Path, ...]
    text: LocalizedText
    available: bool = True
    kind: ProductKind = ProductKind.DIGITAL
    image: Path | None = None

    @property
    def is_on_sale(self) -> bool:
        """No money is taken for what could not be delivered."""
        return self.available and self.has_its_files

    @property
    def has_its_files(self) -> bool:
        return all(map(size_of, self.files)) and sum(map(size_of, self.files)) <= FILES_LIMIT

    @property
    def is_by_hand(self) -> bool:
        """A person has to do what neither files nor a text deliver."""
        return self.kind is not ProductKind.DIGITAL or not (self.files or self.text)


def size_of(path: Path) -> int:
    """Opened, not only seen: a file whose rights are wrong, or a directory, delivers as little as an empty one."""
    try:
        path.open("rb").close()
        return path.stat().st_size
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class Catalog:
    shop: Shop
    products: Mapping[str, Product]

    def find(self, sku: str) -> Product | None:
        return self.products.get(sku)

    def sold_as(self, sku: str, title: str) -> Product | None:
        """The product that was sold under this title; None where the sku means something else by now."""
        product = self.products.get(sku)
        return product if product and title in product.title.by_language.values() else None

    @property
    def digital(self) -> int:
        """How many of the products are files, texts or other digital goods."""
        return sum(product.kind is ProductKind.DIGITAL for product in self.products.values())
