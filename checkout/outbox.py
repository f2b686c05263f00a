"""What must be said later is a row: its channel, its kind, its dedupe key, and when to try again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from checkout.limits import longest_backoff


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


# Fates in the provider's words, the weakest first: whatever order they are told in, the strongest one stays.
FATES = ("sent", "delivery_delayed", "delivered", "complained", "failed", "suppressed", "bounced")
DEAD = frozenset({"failed", "suppressed", "bounced"})
# Nobody opens a mail that was not delivered.
_DELIVERED_TOO = frozenset({"opened", "clicked"})


def stronger_fate(known: str, told: str) -> str:
    """What is known of a mail after ``told``; a word that says nothing of its delivery changes nothing."""
    told = "delivered" if told in _DELIVERED_TOO else told
    return max((known, told), key=lambda fate: FATES.index(fate) if fate in FATES else -1)


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
    fate: str
    created_at: datetime

    @property
    def is_dead(self) -> bool:
        return self.state in (State.PARKED, State.DROPPED) or self.fate in DEAD


def backoff(attempts: int, retry_after: float | None = None) -> timedelta:
    """Seconds double from one to a minute, with jitter, and are never fewer than the provider asks for.

    A minute is the most, whatever it asks for: its return must be noticed.
    """
    longest = longest_backoff().total_seconds()
    ceiling = min(2.0 ** min(attempts - 1, 10), longest)
    grown = ceiling * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, no secret
    return timedelta(seconds=min(max(grown, retry_after or 0.0), longest))


def idempotency_key(message: OutboxMessage) -> str:
    """The provider's key for this message: the dedupe key is made from stable ids already."""
    return f"checkout/{message.dedupe_key}"


def intent_key(payment_id: str, attempt: int) -> str:
    """One PaymentIntent a payment and attempt, however often it is asked for."""
    return f"intent/{payment_id}/{attempt}"


def refund_key(payment_id: str, request: str) -> str:
    """One refund for each request of an admin: asked for again, it is the same one."""
    return f"refund/{payment_id}/{request}"


def refund_metadata(shop_id: str, payment_id: str, request: str, admin_id: int) -> dict[str, str]:
    """By which the refund's events are known as ours, and whose request it was."""
    return {"shop": shop_id, "payment_id": payment_id, "request": request, "admin_id": str(admin_id)}
