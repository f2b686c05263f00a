"""What must be said later is a row: its channel, what it says, its dedupe key, and when to try again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from checkout.model.mail_status import DEAD
from checkout.model.message_content import (
    Content,
    InvoicePaid,
    MailUndelivered,
    PaymentFailed,
    Review,
    StoredContent,
    ToDo,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.payment import Payment
from checkout.values import value


class Channel(StrEnum):
    """``stripe`` carries what Stripe is to do or to remember."""

    CHAT = "chat"
    MAIL = "mail"
    STRIPE = "stripe"


class State(StrEnum):
    """``waiting`` until sent; ``parked`` needs a person; ``superseded`` is no longer true and never leaves.

    ``dropped`` was given up by a person: what it says was not told.
    """

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


@value(frozen=True, slots=True)
class NewMessage:
    """A message to put in the outbox. ``recipient`` is a chat id or an e-mail address.

    ``payment_id`` is empty for what is about the shop as a whole.
    """

    dedupe_key: str
    channel: Channel
    content: Content
    recipient: str
    payment_id: str
    not_before: datetime

    @property
    def kind(self) -> str:
        return self.content.kind


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A claimed message. ``rendered`` is what was stored at its first try; ``attempts`` counts this try too.

    ``failing_since`` (UTC) is its first failure, or the first one after a person had it tried anew; since then it may
    have arrived ``unclear`` times. ``payment`` and its reader's ``language`` are as they were when it was claimed; None
    and empty where nobody has read them. ``mail_is_dead`` of what follows a receipt in the chat: the mail has not come.
    """

    message_id: int
    dedupe_key: str
    channel: Channel
    content: StoredContent
    recipient: str
    payment_id: str
    attempts: int
    created_at: datetime
    rendered: bytes | None
    failing_since: datetime | None = None
    unclear: int = 0
    payment: Payment | None = None
    language: str = ""
    mail_is_dead: bool = False

    @property
    def kind(self) -> str:
        return self.content.kind


# Why a message is set aside: see checkout/payments/older_copy.py.
MAYBE_TOLD = "it waited in an older copy of the database; whether it has left since, nobody knows"


@dataclass(frozen=True, slots=True)
class OldMessage:
    """A message that waits for a customer since before the process began."""

    message_id: int
    dedupe_key: str
    content: StoredContent
    payment_id: str


@dataclass(frozen=True, slots=True)
class Lane:
    """Which messages of a channel a worker takes: ``heavy`` those that carry the files of ``skus``, ``light`` the rest.

    The products of ``skus`` have files that take a while on an ordinary line: others are not to wait behind them.
    """

    name: Literal["all", "light", "heavy"] = "all"
    skus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lease:
    """``worker`` holds the message. ``until`` (UTC) moves on whenever it says that it lives."""

    message_id: int
    worker: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that waits or is parked, as admins see it. ``error`` is what went wrong last, empty before a failure.

    ``kind`` is the word it is stored under; ``due_at`` (UTC) is when it is tried next, unless it is parked.
    """

    message_id: int
    channel: Channel
    kind: str
    recipient: str
    payment_id: str
    state: State
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox as it stands. ``mail_status`` is one of MAIL_STATUSES, or empty while nothing was told."""

    message_id: int
    content: StoredContent
    recipient: str
    payment_id: str
    state: State
    mail_status: str
    created_at: datetime

    @property
    def kind(self) -> str:
        return self.content.kind

    @property
    def is_dead(self) -> bool:
        return self.state in (State.PARKED, State.DROPPED) or self.mail_status in DEAD


def edited_by(content: StoredContent) -> int | None:
    """The alert that this brings up to date, by its message id (0: not looked up yet); None of what is news."""
    return content.edits if isinstance(content, Review | ToDo | Unreachable) else None


def asks_for_handover(content: StoredContent) -> bool:
    """Whether this alert asks admins to see to what was bought."""
    if isinstance(content, Unreachable):
        return content.missed is Kind.PAYMENT_PAID and not content.may_have_arrived
    return isinstance(content, ToDo | InvoicePaid)


def tells_of_a_decline(content: StoredContent) -> bool:
    """Be it in the place of a mail that has not arrived."""
    return isinstance(content.lost if isinstance(content, MailUndelivered) else content, PaymentFailed)
