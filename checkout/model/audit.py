"""What admins did: who, what, when. Entries are added and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """What an admin did. A refund is asked for first; then Stripe has taken the request, or refused it."""

    REFUND_ASKED = "refund_asked"
    REFUND_REQUESTED = "refund_requested"
    REFUND_REFUSED = "refund_refused"
    REVIEW_DELIVERED = "review_delivered"
    REVIEW_REFUNDED = "review_refunded"
    REFUND_REPEATED = "refund_repeated"
    WARNING_KEPT = "warning_kept"
    HANDED_OVER = "handed_over"
    NOT_HANDED_OVER = "not_handed_over"
    RECEIPT_RESENT = "receipt_resent"
    OUTBOX_TRIED = "outbox_tried"
    OUTBOX_DROPPED = "outbox_dropped"
    EXPORTED = "exported"
    INVOICE_MADE = "invoice_made"
    INVOICE_CANCELED = "invoice_canceled"
    SUMMARY_SET = "summary_set"
    NOTIFY_SET = "notify_set"
    SHOP_CLOSED = "shop_closed"
    SHOP_OPENED = "shop_opened"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """``payment_id`` is empty for what is about no payment; ``at`` is in UTC.

    ``admin_name`` is empty for an admin whom the bot does not know any more. ``action`` is a word of Action.
    """

    audit_id: int
    admin_id: int
    admin_name: str
    action: str
    payment_id: str
    details: Mapping[str, str]
    at: datetime
