"""A catalogue for the run: each product has a title, a price and a file that no other has."""

import random
from dataclasses import dataclass
from pathlib import Path

SHOP = """[shop]
id = "night-market"
name = "Night Market"
support = "@nightmarket_help"
seller = "Night Market OÜ"

"""


@dataclass(frozen=True, slots=True)
class Ware:
    """``amount`` in cents."""

    number: int

    @property
    def sku(self) -> str:
        return f"walk-{self.number:03}"

    @property
    def title(self) -> str:
        return f"Walk {self.number:03}"

    @property
    def amount(self) -> int:
        return 1001 + self.number

    @property
    def filename(self) -> str:
        return f"{self.sku}.pdf"


LARGE = 5_000_000


def write_catalog(folder: Path, count: int, *, large: bool = False) -> Path:
    """Writes the catalogue and its files, the first of them ``large``; returns the catalogue's path."""
    wares = [Ware(number) for number in range(count)]
    for ware in wares:
        (folder / ware.filename).write_bytes(b"%PDF-1.4\n" + ware.title.encode() * 40)
    if large:
        (folder / wares[0].filename).write_bytes(b"%PDF-1.4\n" + random.Random(LARGE).randbytes(LARGE))
    path = folder / "catalog.toml"
    path.write_text(SHOP + "".join(_entry(ware) for ware in wares))
    return path


def _entry(ware: Ware) -> str:
    return f"""[[product]]
sku = "{ware.sku}"
title = "{ware.title}"
price = "{ware.amount // 100}.{ware.amount % 100:02}"
currency = "EUR"
files = ["{ware.filename}"]

"""
