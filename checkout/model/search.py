"""What admins look for: which kind of thing a typed text is, and a page of what was found."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checkout.model.customer import kept_email
from checkout.model.payment import Payment
from checkout.model.text import one_line

LONGEST_TEXT = 254  # no address is longer
LONGEST_ID = 15  # digits; Telegram promises 52 bits
PAYMENT_ID = re.compile(r"(?<![A-Za-z0-9])(?:(?i:pay)|(?i:pi))_[A-Za-z0-9]{1,60}(?![\w@+-]|\.\w)")
USERNAME = re.compile(r"(?:(?:https?://)?t\.me/|@)([A-Za-z][A-Za-z0-9_]{1,31})/?")
SAID = r"(?:receipt|квитанци\w)\s+"
AS_ON_A_CARD = rf"(?:🧾\s*)?(?:{SAID})?"
RECEIPT = re.compile(AS_ON_A_CARD + r"(?:no\.?\s*|[№#]\s*)?([0-9]{1,15})", re.IGNORECASE)
SURELY_RECEIPT = re.compile(
    rf"{AS_ON_A_CARD}(?:(?:no(?:\.\s*|\s+)|[№#]\s*)[0-9]{{1,15}}|0[0-9]{{4,14}})|{SAID}[0-9]{{1,15}}", re.IGNORECASE
)
CARD = re.compile(r"(?:💳\s*)?(?:[^\W\d_](?:[^\W\d_]|[ ,:.])*\s)?(?:[*•·.…\s]|[xX]{4})*([0-9]{4})")
NAME_AND_REST = re.compile(
    rf"\s*(?P<name>{AS_ON_A_CARD}(?:(?:no\.?|[№#])\s+)?\S*)\s*(?P<rest>.*?)\s*", re.IGNORECASE | re.DOTALL
)
TELEGRAM_ID = re.compile(r"(?:tg://user\?id=|(?:telegram\s+)?id[\s:]*)([0-9]{1,15})", re.IGNORECASE)
# The one address in a sentence, or between the marks of a mail program.
ADDRESS = re.compile(r"[^\s<>()\[\]\"'«»“”„,;:@]+@[^\s<>()\[\]\"'«»“”„,;:@]+")
AROUND = "<>()[]\"'«»“”„,;:.…!? "


class By(StrEnum):
    """What a list of payments has in common; the words stand in callback data and never change."""

    ALL = "all"
    STATUS = "status"
    TO_DO = "todo"
    CUSTOMER = "id"
    CARD = "card"
    EMAIL = "mail"


@dataclass(frozen=True, slots=True)
class Search:
    """``value`` is the status, Telegram id, last four digits or beginning of an address; empty for all."""

    by: By
    value: str = ""


@dataclass(frozen=True, slots=True)
class SearchUsername:
    """Whoever has this name in Telegram, without the @."""

    username: str


@dataclass(frozen=True, slots=True)
class SearchPayment:
    """One payment, by our id, Stripe's or its receipt's number."""

    any_id: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a payment stands in every list that it is in; times in UTC. Name and username are empty if unknown."""

    payment_id: str
    created_at: datetime
    email: str
    telegram_user_id: int
    card_last4: str
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Person:
    """A customer as Telegram shows them; name and username are empty if unknown."""

    telegram_user_id: int
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class Page:
    """Up to ten payments of ``search``; whether more come before and after them. ``person`` is whose they are."""

    search: Search
    payments: Sequence[Payment]
    has_newer: bool
    has_older: bool
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of a list before or after a payment; the first one where ``payment_id`` is empty.

    ``hint`` is the status, or how many letters of the address were looked for; empty for all other lists.
    """

    by: By
    hint: str
    newer: bool
    payment_id: str


def readable(typed: str) -> str:
    """What can be seen of it, on one line and not long."""
    return one_line(typed)[:LONGEST_TEXT]


def payment_id_in(typed: str) -> str:
    """The payment's or PaymentIntent's id in what was typed or pasted, a dashboard's address too; or empty."""
    found = PAYMENT_ID.search(typed)
    return _as_written(found.group()) if found else ""


def _as_written(any_id: str) -> str:
    """Phones begin with a capital letter. In a PaymentIntent's id the others matter."""
    lower = any_id.lower()
    return lower if lower.startswith("pay_") else lower[:3] + any_id[3:]


def payment_named(typed: str) -> str:
    """What one payment was named by: its id as it is copied, in quotes, with a full stop behind it or in the address of
    Stripe's dashboard. All else as it was typed: what follows an id may be an amount."""
    name = readable(typed)
    found = PAYMENT_ID.search(name)
    if found is None or re.match(r"[^?/#]*\w", name[found.end() :]):
        return name
    return _as_written(found.group())


def name_and_rest(typed: str) -> tuple[str, str]:
    """By what a payment is named, and what stands behind that: a receipt's number may stand behind its sign, as in
    ``No. 42 5.00``."""
    said = NAME_AND_REST.fullmatch(typed)
    return (said["name"], said["rest"]) if said else ("", "")


def receipt_number_in(typed: str) -> int | None:
    """The number of a receipt as it stands there or as people say it: ``000042``, ``42``, ``No. 42``, ``№ 42``."""
    found = RECEIPT.fullmatch(typed.strip(AROUND))
    return int(found.group(1)) if found else None


def parse_search(typed: str) -> Search | SearchUsername | SearchPayment | None:
    """Which kind of thing was typed; None when nothing was.

    Four digits are a card's, more or fewer a Telegram id, or with zeros or a sign before them a receipt's number; what
    is nothing else is the beginning of an address.
    """
    text = readable(typed)
    if any_id := payment_id_in(text):
        return SearchPayment(any_id)
    text = text.strip(AROUND)
    if SURELY_RECEIPT.fullmatch(text):
        return SearchPayment(text)
    if name := USERNAME.fullmatch(text):
        return SearchUsername(name.group(1))
    if telegram_id := TELEGRAM_ID.fullmatch(text):
        return Search(By.CUSTOMER, str(int(telegram_id.group(1))))
    if card := CARD.fullmatch(text):
        return Search(By.CARD, card.group(1))
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
        return Search(By.CUSTOMER, str(int(text)))
    return _search_address(text.lower().removeprefix("mailto:"))


def _search_address(text: str) -> Search | None:
    """An address that was cut in its middle, as lists show long ones, is looked for by what stands before that."""
    if len(found := ADDRESS.findall(text)) == 1:
        text = found[0].strip(AROUND)
    beginning = kept_email(text.partition("…")[0])
    return Search(By.EMAIL, beginning) if beginning else None
