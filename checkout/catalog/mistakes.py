"""What is wrong with a catalogue, with line and product. ``tomllib`` names a line only where it cannot read on."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from checkout.errors import CatalogError
from checkout.sentence import Said, joined, t

LONGEST_NAME = 32


# A key and what is wrong with it.
Mistake = tuple[str, Said]


def catalog_error(path: Path, text: str, mistakes: Sequence[Mistake], *, by_sku: bool = False) -> CatalogError:
    """Keys are like ``product 1.price``, or like ``product guide.price`` with ``by_sku``.

    ``text`` is what the file says, and TOML.
    """
    places = _Places(text, by_sku)
    lines = [joined(": ", [str(path), *places.of(key), key, reason]) for key, reason in mistakes]
    return CatalogError(lines, [joined(": ", [key, reason]) for key, reason in mistakes])


class _Places:
    def __init__(self, text: str, by_sku: bool) -> None:
        products = tomllib.loads(text).get("product", [])
        self._skus = [str(one.get("sku", "")) if isinstance(one, dict) else "" for one in _list(products)]
        self._lines, self._by_sku = lines_of(text), by_sku

    def of(self, key: str) -> list[Said]:
        """``line 12 (guide)``, or as much of it as there is."""
        found = re.match(r"product ([\w-]+)", key)
        number = self._number(found[1]) if found else 0
        if found and number:
            key = f"product {number}{key[found.end() :]}"
        line = next((self._lines[one] for one in _within(key) if one in self._lines), None)
        name = " ".join(self._skus[number - 1].split())[:LONGEST_NAME] if number else ""
        if not line:
            return []
        return [t("line {line} ({name})", line=line, name=name) if name else t("line {line}", line=line)]

    def _number(self, word: str) -> int:
        """Which of the products, from 1; 0 for none of them."""
        if self._by_sku:
            return self._skus.index(word) + 1 if word in self._skus else 0
        return int(word) if word.isdecimal() and int(word) <= len(self._skus) else 0


def _within(key: str) -> Iterator[str]:
    """A key, and what it stands in: what is missing has no line of its own."""
    while key:
        yield key
        key = key.rpartition(".")[0]


def lines_of(text: str) -> dict[str, int]:
    """``product 2.title.ru`` and the line where it is written, for all that a TOML document says."""
    lines: dict[str, int] = {}
    table, products = "", 0
    for number, statement in _statements(text):
        names = list(_names(tomllib.loads(statement), ""))
        if statement.lstrip().startswith("["):
            products += names[-1] == "product 1"  # [[product]]: each statement is read by itself
            table = re.sub(r"^product( 1)?(?=\.|$)", f"product {products}", names[-1]) if products else names[-1]
            names = [""]
        for name in names:
            lines.setdefault(".".join(filter(None, (table, name))), number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each with the number of its first line. One that is complete is TOML of its own."""
    begun, first = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        begun += f"{line}\n"
        try:
            tomllib.loads(begun)
        except tomllib.TOMLDecodeError:
            continue
        yield first, begun
        begun, first = "", number + 1


def _names(value: Any, where: str) -> Iterator[str]:
    """Of all that is within ``value``; what is in a list has its number from 1."""
    if isinstance(value, dict):
        inner = [(f"{where}.{key}" if where else key, one) for key, one in value.items()]
    else:
        inner = [(f"{where} {number}", one) for number, one in enumerate(_list(value), 1)]
    for name, one in inner:
        yield name
        yield from _names(one, name)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
