"""Reads catalog.toml, and checks it as a whole."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkout.catalog.mistakes import Mistake, catalog_error
from checkout.catalog.named_files import named_file
from checkout.catalog.toml_hints import hint, with_place
from checkout.errors import CatalogError, InvalidAmount, InvalidInput
from checkout.file_owner import why
from checkout.language import ENGLISH, LANGUAGES, RUSSIAN
from checkout.model.catalog import FILES_LIMIT, SKU, Catalog, LocalizedText, Product, ProductKind, Shop, size_of
from checkout.model.money import Money, parse_price
from checkout.model.text import one_line, read_text_file, says_something, visible
from checkout.sentence import Said, joined, t, words_of

PRODUCT_KEYS = {"sku", "title", "description", "price", "currency", "files", "text", "available", "kind", "image"}


def load_catalog(path: Path) -> Catalog:
    """Raises CatalogError with every mistake in it, one a line, each with its line, product and reason."""
    text, data = _tables(path)
    return _Reader(path, text).read(data)


def shops_timezone(path: Path) -> ZoneInfo:
    """Whatever is wrong with the rest. Raises CatalogError where it cannot be read."""
    text, data = _tables(path)
    reader, shop = _Reader(path, text), data.get("shop")
    zone = reader.timezone(shop if isinstance(shop, dict) else {})
    if reader.mistakes:
        raise catalog_error(path, text, reader.mistakes)
    return zone


def _tables(path: Path) -> tuple[str, Mapping[str, Any]]:
    """As it was written, and what TOML makes of it."""
    try:
        text = read_text_file(path)
    except FileNotFoundError:
        where = t("there is no such file in {folder}", folder=path.parent.absolute())
        raise CatalogError([joined(": ", [str(path), where])]) from None
    except OSError as error:
        reason = why(path, error, is_ours=False)
        raise CatalogError([t("{path}: cannot be read: {reason}", path=path, reason=reason)]) from None
    except InvalidInput as error:
        raise CatalogError([joined(": ", [str(path), words_of(error)])]) from None
    try:
        # Decimal keeps a price as it was written.
        return text, tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        said = joined(": ", [str(path), with_place(str(error))])
        raise CatalogError([joined("; ", [said, *hint(text, str(error))])]) from None


class _Reader:
    """Collects mistakes instead of stopping at the first."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text
        self.mistakes: list[Mistake] = []

    def read(self, data: Mapping[str, Any]) -> Catalog:
        self._only(data, "", {"shop", "product"})
        shop = self._shop(data.get("shop"))
        products: dict[str, Product] = {}
        entries = data.get("product", [])
        if not isinstance(entries, list) or not entries:
            self._wrong("product", t("at least one [[product]] is needed"))
            entries = []
        for number, entry in enumerate(entries, 1):
            product = self._product(f"product {number}", entry)
            if product and product.sku in products:
                self._wrong(f"product {number}.sku", t("{sku!r} is there twice", sku=product.sku))
            elif product:
                products[product.sku] = product
        if self.mistakes or shop is None:
            raise catalog_error(self.path, self.text, self.mistakes)
        return Catalog(shop, products)

    def _wrong(self, key: str, reason: Said) -> None:
        self.mistakes.append((key, reason))

    def _only(self, table: Mapping[str, Any], where: str, known: set[str]) -> None:
        for key in table:
            if key not in known:
                self._wrong(f"{where}{key}", t("is not a known key; known are {names}", names=", ".join(sorted(known))))

    def _string(self, table: Mapping[str, Any], where: str, key: str) -> str:
        value = table.get(key)
        if isinstance(value, str) and says_something(value):
            return one_line(value)
        self._wrong(f"{where}.{key}", t("is missing") if value is None else t("must be a text that is not empty"))
        return ""

    def _shop(self, table: Any) -> Shop | None:
        if not isinstance(table, dict):
            self._wrong("shop", t("the table [shop] is missing"))
            return None
        self._only(table, "shop.", {"id", "name", "support", "seller", "timezone", "logo", "terms"})
        shop_id = self._string(table, "shop", "id")
        if shop_id and not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", shop_id):
            self._wrong("shop.id", t("may have letters, digits and _ . - (at most 100)"))
        return Shop(
            shop_id=shop_id,
            name=self._string(table, "shop", "name"),
            support=self._string(table, "shop", "support"),
            seller=self._string(table, "shop", "seller"),
            timezone=self.timezone(table),
            logo=self._image(table.get("logo"), "shop.logo"),
            terms=self._text(table, "shop", "terms", limit=3000),
        )

    def timezone(self, table: Mapping[str, Any]) -> ZoneInfo:
        name = table.get("timezone", "UTC")
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self._wrong("shop.timezone", t("{name!r} is not a time zone; write one like Europe/Tallinn", name=name))
            return ZoneInfo("UTC")

    def _product(self, where: str, table: Any) -> Product | None:
        if not isinstance(table, dict):
            self._wrong(where, t("must be a table: [[product]]"))
            return None
        self._only(table, f"{where}.", PRODUCT_KEYS)
        sku = self._string(table, where, "sku")
        if sku and not SKU.fullmatch(sku):
            self._wrong(f"{where}.sku", t("must be 1-32 characters of A-Z a-z 0-9 _ -"))
        files = self._files(table.get("files", []), f"{where}.files")
        text = self._text(table, where, "text", limit=3000)
        return Product(
            sku=sku,
            title=self._text(table, where, "title", limit=120, required=True, lines=False),
            description=self._text(table, where, "description", limit=1000),
            price=self._price(table, where),
            files=files,
            text=text,
            available=self._flag(table, where, "available"),
            kind=self._kind(table, where, ProductKind.DIGITAL if files or text else ProductKind.PHYSICAL),
            image=self._image(table.get("image"), f"{where}.image"),
        )

    def _kind(self, table: Mapping[str, Any], where: str, usual: ProductKind) -> ProductKind:
        value = table.get("kind", usual)
        if isinstance(value, str) and value in frozenset(ProductKind):
            return ProductKind(value)
        self._wrong(f"{where}.kind", t("must be one of {names}", names=", ".join(ProductKind)))
        return usual

    def _flag(self, table: Mapping[str, Any], where: str, key: str) -> bool:
        value = table.get(key, True)
        if not isinstance(value, bool):
            self._wrong(f"{where}.{key}", t("must be true or false, without quotes"))
        return value is not False

    def _text(
        self, table: Mapping[str, Any], where: str, key: str, *, limit: int, required: bool = False, lines: bool = True
    ) -> LocalizedText:
        value = table.get(key)
        if isinstance(value, str):
            value = {"en": value}
        if value is None and not required:
            return LocalizedText({})
        if not isinstance(value, dict) or not value:
            self._wrong(f"{where}.{key}", t('is missing; write "text" or {{ en = "text", ru = "текст" }}'))
            return LocalizedText({})
        texts: dict[str, str] = {}
        for language, text in value.items():
            if language not in LANGUAGES:
                self._wrong(
                    f"{where}.{key}.{language}", t("languages are {one} and {other}", one=ENGLISH, other=RUSSIAN)
                )
            elif not isinstance(text, str) or not says_something(text):
                self._wrong(f"{where}.{key}.{language}", t("must be a text that is not empty"))
            elif len(text) > limit:
                self._wrong(f"{where}.{key}.{language}", t("is longer than {limit} characters", limit=limit))
            else:
                texts[language] = visible(text).strip() if lines else one_line(text)
        return LocalizedText(texts)

    def _price(self, table: Mapping[str, Any], where: str) -> Money:
        number: Any = table.get("price")
        is_number = isinstance(number, int | Decimal) and not isinstance(number, bool)
        price = f"{Decimal(number):f}" if is_number else self._string(table, where, "price")
        currency = self._string(table, where, "currency")
        if not price or not currency:
            return Money(0, "eur")
        try:
            return parse_price(price, currency)
        except InvalidAmount as error:
            self._wrong(f"{where}.price", joined(": ", [f"{price} {currency}", words_of(error)]))
            return Money(0, "eur")

    def _image(self, name: Any, key: str) -> Path | None:
        """Where it is; whether it is a picture is seen by whoever draws it."""
        if name is None:
            return None
        if isinstance(name, str) and name:
            return self._files([name], key)[0]
        self._wrong(key, t('must be a path: "files/guide.jpg"'))
        return None

    def _files(self, names: Any, key: str) -> tuple[Path, ...]:
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._wrong(key, t('must be a list of paths: ["files/guide.pdf"]'))
            return ()
        paths = {named_file(self.path.parent, name): name for name in names}  # one that is named twice is sent once
        for path, name in paths.items():
            try:
                path.open("rb").close()
                if not path.stat().st_size:
                    self._wrong(key, t("the file {name!r} is empty ({path})", name=name, path=path))
            except (FileNotFoundError, NotADirectoryError):
                none = t("there is no file {name!r} (looked for {path})", name=name, path=path)
                slashes = [t("a path has / in place of \\")] if "\\" in name else []
                self._wrong(key, joined("; ", [none, *slashes]))
            except OSError as error:
                reason = why(path, error, is_ours=False)
                closed = t("the file {name!r} cannot be read by the shop's user: {reason}", name=name, reason=reason)
                self._wrong(key, closed)
        total = sum(map(size_of, paths))
        if total > FILES_LIMIT:
            too_large = t(
                "together {total:,} bytes; a mail carries {limit:,}. What is larger is put where it can be downloaded,"
                " and its address into text",
                total=total,
                limit=FILES_LIMIT,
            )
            self._wrong(key, too_large)
        return tuple(paths)
