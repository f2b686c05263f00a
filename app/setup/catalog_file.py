"""The shop's first catalogue, as it is written into the file; what is wrong with an answer is said by the catalogue."""

import json
import re
import secrets
import string
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.setup.whole_file import FOR_OTHERS_TOO, write_whole
from checkout.catalog.load_catalog import load_catalog
from checkout.errors import CatalogError
from checkout.model.catalog import Catalog
from messages.showable_catalog import load_showable_catalog

SAMPLE_ID = "night-market"  # that of the catalogue which comes with the program
RANDOM_LETTERS = 8
EXPLAINED = """\
# The shop and its products. `checkout-bot check` names every mistake; `serve` reads it at its start.
"""
ID_STAYS = "never changes: payments are known as this shop's by it"


@dataclass(frozen=True, slots=True)
class FirstCatalog:
    """As somebody typed it; ``files`` as seen from the folder of the catalogue, or whole paths."""

    name: str
    seller: str
    support: str
    timezone: str
    title: str
    price: str
    currency: str
    files: tuple[str, ...]

    def text(self, shop_id: str) -> str:
        """The file's content."""
        files = f"files = [{', '.join(map(_quoted, self.files))}]\n" if self.files else ""
        return (
            f"{EXPLAINED}\n[shop]\n"
            f"id = {_quoted(shop_id)}  # {ID_STAYS}\n"
            f"name = {_quoted(self.name)}\nsupport = {_quoted(self.support)}\nseller = {_quoted(self.seller)}\n"
            f"timezone = {_quoted(self.timezone)}\n\n[[product]]\n"
            f"sku = {_quoted(slug(self.title) or 'product')}\ntitle = {_quoted(self.title)}\n"
            f"price = {_quoted(self.price)}\ncurrency = {_quoted(self.currency.upper())}\n{files}"
        )


class Begun:
    """What was answered so far, beside the catalogue ``path`` until that is written: a break takes no answer away."""

    def __init__(self, path: Path) -> None:
        self._file = path.with_name(f".{path.name}.begun")
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            found = None
        kept = found.items() if isinstance(found, dict) else ()
        self._answers = {flag: answer for flag, answer in kept if isinstance(answer, str)}

    def value(self, flag: str) -> str:
        """Empty where nothing was answered."""
        return self._answers.get(flag, "")

    def keep(self, flag: str, answer: str) -> None:
        """As far as the disk lets it: the catalogue itself says why it does not. Empty: what was kept is wrong now."""
        if answer == self.value(flag):
            return
        self._answers[flag] = answer
        with suppress(OSError):
            write_whole(self._file, json.dumps(self._answers, ensure_ascii=False).encode())

    def end(self) -> None:
        with suppress(OSError):
            self._file.unlink(missing_ok=True)


def new_shop_id(name: str) -> str:
    """Nobody else's: other shops may be on the same Stripe account."""
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(RANDOM_LETTERS))
    return f"{slug(name) or 'shop'}-{letters}"


def slug(text: str) -> str:
    """``city-guide`` of *City guide!*; empty of what has no Latin letters or digits."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:24].strip("-")


def write_catalog(path: Path, first: FirstCatalog) -> Catalog:
    """Checked before it is there; a file that was there is kept as ``.bak``. Raises CatalogError and OSError."""
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(beside, first.text(new_shop_id(first.name)).encode(), FOR_OTHERS_TOO)
        _check(beside)
        if path.exists():
            path.replace(path.with_name(f"{path.name}.bak"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return load_catalog(path)


def _check(path: Path) -> None:
    """Without name and lines of a file that nobody will see."""
    try:
        load_showable_catalog(path)
    except CatalogError as error:
        raise CatalogError(error.mistakes or error.lines) from None


def _quoted(text: str) -> str:
    """TOML's basic strings are written as JSON's."""
    return json.dumps(text, ensure_ascii=False)
