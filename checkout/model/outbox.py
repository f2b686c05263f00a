"""What must be said later is a row: its channel, its kind, its dedupe key, and when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from checkout.model.mail_status import DEAD


class Channel(StrEnum):
    CHAT = "chat"
    MAIL = "mail"


class Kind(StrEnum):
    """What is said. Kinds with ``admin_`` go to an admin's chat."""

    PAY_MESSAGE = "pay_message"
    PAYMENT_PAID = "payment_paid"
    PAYMENT_FILE = "payment_file"
    PAYMENT_FAILED = "payment_failed"
    PAYMENT_REFUNDED = "payment_refunded"
    MAIL_UNDELIVERED = "mail_undelivered"
    ADMIN_REVIEW = "admin_review"
    ADMIN_PAID_TWICE = "admin_paid_twice"
    ADMIN_DISPUTE = "admin_dispute"
    ADMIN_FRAUD_WARNING = "admin_fraud_warning"
    ADMIN_UNREACHABLE = "admin_unreachable"
    ADMIN_REFUND_FAILED = "admin_refund_failed"
    ADMIN_REFUND_DONE = "admin_refund_done"
    ADMIN_FIRST_PAYMENT = "admin_first_payment"
    ADMIN_INVOICE_PAID = "admin_invoice_paid"
    ADMIN_NO_WEBHOOKS = "admin_no_webhooks"
    ADMIN_SERVICE_DOWN = "admin_service_down"
    ADMIN_SERVICE_BACK = "admin_service_back"
    ADMIN_SUMMARY = "admin_summary"


class State(StrEnum):
    """``waiting`` until sent; ``parked`` needs a person; ``superseded`` is no longer true and never leaves.

    ``dropped`` was given up by a person: what it says was not told.
    """

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    SUPERSEDED = "superseded"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to put in the outbox. ``recipient`` is a chat id or an e-mail address.

    ``details`` is what the payment's row does not tell (a refund's amount, a decline's code), as strings.
    ``payment_id`` is empty for what is about the shop as a whole.
    """

    dedupe_key: str
    channel: Channel
    kind: Kind
    recipient: str
    payment_id: str
    not_before: datetime
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A claimed message. ``rendered`` is what was stored at its first try; ``attempts`` counts this try too."""

    message_id: int
    dedupe_key: str
    channel: Channel
    kind: Kind
    recipient: str
    payment_id: str
    details: Mapping[str, str]
    attempts: int
    created_at: datetime
    rendered: bytes | None


@dataclass(frozen=True, slots=True)
class Lease:
    """``worker`` holds the message. ``until`` (UTC) moves on whenever it says that it lives."""

    message_id: int
    worker: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that waits or is parked, as admins see it. ``error`` is what went wrong last, empty before a failure.

    ``due_at`` (UTC) is when it is tried next, unless it is parked.
    """

    message_id: int
    channel: Channel
    kind: Kind
    recipient: str
    payment_id: str
    state: State
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox as it stands. ``fate`` is one of FATES, or empty while nothing was told of it."""

    message_id: int
    dedupe_key: str
    kind: Kind
    recipient: str
    payment_id: str
    details: Mapping[str, str]
    state: State
    mail_status: str
    created_at: datetime

    @property
    def is_dead(self) -> bool:
        return self.state in (State.PARKED, State.DROPPED) or self.mail_status in DEAD
