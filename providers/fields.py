"""Reading what a provider sends, field by field: past this, every text can be stored and every number is in range."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from checkout.errors import InvalidInput
from checkout.model.text import one_line

LONGEST_WORD = 255  # the longest id that Stripe promises; our databases put them into indexes
LONGEST_METADATA = 500  # Stripe's own limit of a value
LONGEST_PROSE = 1000  # more words than these nobody reads, and not a byte of them is ever decided by
# Minor units. Stripe charges eight digits of most currencies and up to twelve of a few.
LARGEST_AMOUNT = 10**12
# Times outside of this century are mistakes, and there are some that no database keeps.
FIRST_TIME, LAST_TIME = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
FIRST_SECOND, LAST_SECOND = int(FIRST_TIME.timestamp()), int(LAST_TIME.timestamp())
LONGEST_LINK = 2000
LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+", re.ASCII)  # what may stand in an address: no quotes, no spaces
HALVES = re.compile(r"[\ud800-\udfff]")


class Fields:
    """An object of a provider's. Every reading raises InvalidInput for what is not as published.

    What is absent, null or empty reads as ``default``; without one it is refused.
    """

    __slots__ = ("_data",)

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise InvalidInput("an object was expected")
        self._data: dict[str, Any] = data

    def word(self, name: str, default: str | None = None) -> str:
        """An id, a code or another short text."""
        value = self._data.get(name) or default
        if value == "":
            return ""
        if not isinstance(value, str) or len(value) > LONGEST_WORD:
            raise InvalidInput(f"{name} is no text or too long a one")
        return stored_text(name, value)

    def prose(self, name: str) -> str:
        """What people read, on one line and cut to what they do read."""
        value = self._data.get(name)
        if not value:
            return ""
        if not isinstance(value, str):
            raise InvalidInput(f"{name} is no text")
        return one_line(stored_text(name, value[:LONGEST_PROSE]))

    def amount(self, name: str, default: int | None = None) -> int:
        """In minor units."""
        value = self._whole(name, default)
        if not 0 <= value <= LARGEST_AMOUNT:
            raise InvalidInput(f"{name} is no amount that can be charged")
        return value

    def signed_amount(self, name: str) -> int:
        """In minor units, and may be below zero."""
        value = self._whole(name, None)
        if not -LARGEST_AMOUNT <= value <= LARGEST_AMOUNT:
            raise InvalidInput(f"{name} is no amount that can be settled")
        return value

    def time(self, name: str) -> datetime:
        """From whole seconds since 1970, in UTC."""
        value = self._whole(name, None)
        if not FIRST_SECOND <= value < LAST_SECOND:
            raise InvalidInput(f"{name} is no time of this century")
        return datetime.fromtimestamp(value, UTC)

    def time_or_none(self, name: str) -> datetime | None:
        return self.time(name) if self._data.get(name) else None

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self._data.get(name, default)
        if not isinstance(value, bool):
            raise InvalidInput(f"{name} is neither true nor false")
        return value

    def reference(self, name: str) -> str:
        """The id of what this refers to, be it expanded or not; empty where it refers to nothing."""
        value = self._data.get(name)
        return Fields(value).word("id", "") if isinstance(value, dict) else self.word(name, "")

    def link(self, name: str) -> str:
        """The address of a web page; empty where there is none that could be shown to people."""
        value = self._data.get(name)
        return value if isinstance(value, str) and len(value) <= LONGEST_LINK and LINK.fullmatch(value) else ""

    def inner(self, name: str) -> "Fields":
        """The object in this one; an empty one where there is none."""
        return Fields(self._data.get(name) or {})

    def inner_or_none(self, name: str) -> "Fields | None":
        """The same, but None also where there is something else: an id that was not expanded, say."""
        value = self._data.get(name)
        return Fields(value) if isinstance(value, dict) else None

    def objects(self, name: str) -> list["Fields"]:
        """The objects of a list; what is no object, or no list, counts as missing."""
        values = self._data.get(name)
        return [Fields(one) for one in values if isinstance(one, dict)] if isinstance(values, list) else []

    def words(self, name: str) -> tuple[str, ...]:
        """The texts of a list; what is no text, or no list, counts as missing."""
        values = self._data.get(name)
        texts = [one for one in values if isinstance(one, str)] if isinstance(values, list) else []
        return tuple(stored_text(name, one[:LONGEST_WORD]) for one in texts)

    def written(self, name: str) -> str:
        """What the shop, or another program, wrote into metadata: a value of another kind counts as missing."""
        value = self._data.get(name)
        if not value or not isinstance(value, str):
            return ""
        if len(value) > LONGEST_METADATA:
            raise InvalidInput(f"{name} is longer than metadata can be")
        return stored_text(name, value)

    def _whole(self, name: str, default: int | None) -> int:
        value = self._data.get(name)
        value = default if value is None else value
        if not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInput(f"{name} is no whole number")
        return value


def stored_text(name: str, value: str) -> str:
    """``value`` itself. Raises InvalidInput where no database keeps it: for half a character, and for NUL."""
    if "\0" in value or (not value.isascii() and HALVES.search(value)):
        raise InvalidInput(f"{name} holds what cannot be stored")
    return value


def json_value(body: bytes) -> object:
    """Raises InvalidInput for what is no JSON in UTF-8."""
    try:
        return _decoded(body)
    except (ValueError, RecursionError):
        pass
    # Python's own reader has the last word: halves of characters and endless numbers are well where nobody reads them.
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        raise InvalidInput("the body is no JSON") from None


_decoded = msgspec.json.Decoder().decode


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds after which a provider wants to be asked again; None where it names no whole number of them."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(value) if value.isdecimal() else None
