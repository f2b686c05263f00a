"""The callback data of every button. Buttons in old messages are pressed too, so none of it ever changes.

Telegram takes 64 bytes: what a list is of follows from the payment that its next page goes on from.
"""

from dataclasses import dataclass
from enum import StrEnum

from checkout.model.payment import Status
from checkout.model.search import LONGEST_ID, LONGEST_TEXT, By, Page, PageRequest, Search, SearchUsername

LONGEST_NUMBER = 18  # digits that every database keeps
LONGEST_LENGTH = 3  # digits of how many letters of an address were looked for


@dataclass(frozen=True, slots=True)
class Callback:
    """Buttons about something: their data is the prefix and then what they are about."""

    prefix: str

    def data(self, about: object) -> str:
        return f"{self.prefix}{about}"

    def about(self, data: str | None) -> str:
        return (data or "").removeprefix(self.prefix)

    def number(self, data: str | None) -> int:
        """The id that the button is about; 0, which nothing has, where there is none."""
        about = self.about(data)
        return int(about) if _is_number(about, LONGEST_NUMBER) else 0


CODE_AGAIN = "code:again"
EMAIL_CHANGE = "email:change"
EMAIL_USE = "email:use"
EMAIL_KEEP = "email:keep"

BUY = Callback("buy:")  # a sku
CATALOGUE_PAGE = Callback("catalog:page:")  # a number from 0, and the sku that is left out
ORDER_PAY = Callback("order:pay:")  # a payment
ORDER_RECEIPT = Callback("order:receipt:")
ORDER_FILES = Callback("order:files:")
LANGUAGE = Callback("lang:")
EMAIL_CORRECT = Callback("email:correct:")  # a payment, as far as nothing else is said
EMAIL_SEND = Callback("email:send:")

OPEN = Callback("desk:open:")
REFRESH = Callback("desk:refresh:")
REFUND = Callback("desk:refund:")
REFUND_ALL = Callback("desk:refund_all:")
REFUND_PART = Callback("desk:refund_part:")
RESEND = Callback("desk:resend:")
KEEP = Callback("desk:keep:")
REVIEW_DELIVER = Callback("review:deliver:")
REVIEW_REFUND = Callback("review:refund:")
TO_DO_DONE = Callback("todo:done:")
TO_DO_UNDONE = Callback("todo:undone:")
INVOICE_CANCEL = Callback("invoice:cancel:")  # a sku

OUTBOX_PAGE = Callback("outbox:page:")  # a message
OUTBOX_TRY = Callback("outbox:try:")
OUTBOX_DROP = Callback("outbox:drop:")
AUDIT_PAGE = Callback("audit:page:")  # an entry

LIST = Callback("desk:list:")
FILTERS = Callback("desk:filters:")  # the list of which all filters are wanted
FIND = Callback("desk:find:")
FIND_AS = Callback("desk:as:")


class Topic(StrEnum):
    """What a question is about that is answered with *yes* or *no*."""

    FORGET = "forget"
    DELIVER = "deliver"
    REFUND = "refund"
    REFUND_REVIEW = "refund_review"
    DROP = "drop"
    CANCEL_INVOICE = "cancel_invoice"
    RESEND = "resend"

    @property
    def yes(self) -> Callback:
        """About the nonce of the question."""
        return Callback(f"yes:{self}:")

    @property
    def no(self) -> Callback:
        return Callback(f"no:{self}:")

    def nonce(self, data: str | None) -> str:
        """Of the question that this answers, one way or the other."""
        return self.no.about(self.yes.about(data))


def catalogue_page(page: int, without: str) -> str:
    return CATALOGUE_PAGE.data(f"{page}:{without}")


def read_catalogue_page(data: str | None) -> tuple[int, str]:
    """The page, the first where there is no number, and the sku that is left out or nothing."""
    page, without = _parts(CATALOGUE_PAGE.about(data), 2)
    return int(page) if _is_number(page, LONGEST_LENGTH) else 0, without


OLDER, NEWER = "o", "n"
USERNAME = "name"  # beside the words of By: whoever has this name in Telegram


def first_page(search: Search) -> str:
    """Of all payments, of those with a status, or of those that wait for a person."""
    return LIST.data(f"{search.value or search.by}::")


def all_filters(search: Search) -> str:
    """The same list again, from its top."""
    return FILTERS.data(search.value or search.by)


def turn_page(page: Page, *, newer: bool) -> str:
    at = page.payments[0 if newer else -1].payment_id
    direction, by, value = NEWER if newer else OLDER, page.search.by, page.search.value
    if by in (By.ALL, By.TO_DO, By.STATUS):
        return LIST.data(f"{value or by}:{direction}:{at}")
    return FIND.data(f"{by}:{len(value) if by is By.EMAIL else ''}:{direction}:{at}")


def find_as(search: Search | SearchUsername) -> str:
    if isinstance(search, SearchUsername):
        return FIND_AS.data(f"{USERNAME}:{search.username}")
    return FIND_AS.data(f"{search.by}:{search.value}")


def read_list(data: str | None) -> PageRequest | None:
    """None where there is no such status any more."""
    word, direction, payment_id = _parts(LIST.about(data), 3)
    if word in (By.ALL, By.TO_DO):
        return PageRequest(By(word), "", direction == NEWER, payment_id)
    return PageRequest(By.STATUS, word, direction == NEWER, payment_id) if word in frozenset(Status) else None


def read_filters(data: str | None) -> Search | None:
    """None where there is no such status any more."""
    wanted = read_list(LIST.data(FILTERS.about(data)))
    return Search(wanted.by, wanted.hint) if wanted else None


def read_find(data: str | None) -> PageRequest | None:
    """None where this says of no list."""
    by, length, direction, payment_id = _parts(FIND.about(data), 4)
    if by in (By.CUSTOMER, By.CARD) or (by == By.EMAIL and _is_number(length, LONGEST_LENGTH)):
        return PageRequest(By(by), length, direction == NEWER, payment_id)
    return None


def read_find_as(data: str | None) -> Search | SearchUsername | None:
    by, _, value = FIND_AS.about(data).partition(":")
    if by == USERNAME and value:
        return SearchUsername(value)
    if (by, len(value)) == (By.CARD, 4) or by == By.CUSTOMER:
        return Search(By(by), value) if _is_number(value, LONGEST_ID) else None
    if by == By.EMAIL and value:
        return Search(By.EMAIL, value[:LONGEST_TEXT])
    return None


def _parts(about: str, count: int) -> list[str]:
    """What is missing is empty."""
    return [*about.split(":"), *[""] * count][:count]


def _is_number(text: str, longest: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= longest
