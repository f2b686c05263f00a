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
    ADMIN_REVIEW = "admin_review"
    ADMIN_PAID_TWICE = "admin_paid_twice"
    ADMIN_DISPUTE = "admin_dispute"
    ADMIN_FRAUD_WARNING = "admin_fraud_warning"
    ADMIN_UNREACHABLE = "admin_unreachable"
    ADMIN_REFUND_FAILED = "admin_refund_failed"


class State(StrEnum):
    """``waiting`` until sent; ``parked`` needs a person; ``superseded`` is no longer true and never leaves."""

    WAITING = "waiting"
    SENT = "sent"
    PARKED = "parked"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to put in the outbox. ``recipient`` is a chat id or an e-mail address.

    ``details`` is what the payment's row does not tell (a refund's amount, a decline's code), as strings.
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


def backoff(attempts: int, retry_after: float | None = None) -> timedelta:
    """Seconds double from one to a minute, with jitter; a provider's own wish is kept (a minute at most)."""
    longest = longest_backoff().total_seconds()
    if retry_after is not None:
        return timedelta(seconds=min(max(retry_after, 0.5), longest))
    ceiling = min(2.0 ** min(attempts - 1, 10), longest)
    return timedelta(seconds=ceiling * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, no secret


def idempotency_key(message: OutboxMessage) -> str:
    """The provider's key for this message: the dedupe key is made from stable ids already."""
    return f"checkout/{message.dedupe_key}"


def intent_key(payment_id: str, attempt: int) -> str:
    """One PaymentIntent a payment and attempt, however often it is asked for."""
    return f"intent/{payment_id}/{attempt}"
