"""What no other table tells of a payment's way: a code was sent, the link was sent, the page was opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from checkout.model.audit import AuditEntry
from checkout.model.customer import Customer
from checkout.model.message_content import StoredContent
from checkout.model.outbox import State


class Step(StrEnum):
    """The steps with a code come before there is a payment, the others belong to one."""

    CODE_SENT = "code_sent"
    CODE_UNSENT = "code_unsent"
    VERIFIED = "verified"
    LINK_SENT = "link_sent"
    PAGE_OPENED = "page_opened"
    INTENT_MADE = "intent_made"


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    """``at`` in UTC. ``details`` is the address of a code, the id of a chat message or PaymentIntent: no secret.

    A step of a payment with the same details happens once. ``payment_id`` is None before there is one.
    """

    telegram_user_id: int
    step: Step
    at: datetime
    details: str = ""
    payment_id: str | None = None


@dataclass(frozen=True, slots=True)
class EventNoted:
    """A provider's event that was recorded; ``created_at`` is the provider's time, both in UTC."""

    event_id: str
    type: str
    created_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class MessageNoted:
    """A message of the outbox as it stands. ``error`` is what went wrong last, ``provider_id`` the sent one's."""

    channel: str
    content: StoredContent
    recipient: str
    state: State
    mail_status: str
    error: str
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the database holds of one payment besides its row. ``customer`` is None once they are forgotten."""

    customer: Customer | None
    activity: Sequence[ActivityEntry]
    events: Sequence[EventNoted]
    messages: Sequence[MessageNoted]
    decisions: Sequence[AuditEntry]
