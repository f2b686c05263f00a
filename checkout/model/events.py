"""What a provider has told, parsed as it comes in: no raw dictionary gets further."""

from dataclasses import dataclass, replace
from datetime import datetime

from checkout.model.intent_facts import CardUsed, Settlement
from checkout.values import value


@value(frozen=True, slots=True)
class Metadata:
    """What we wrote into the PaymentIntent; empty strings where it holds nothing of ours.

    ``receipt`` is the number of the receipt that was told, 0 before; ``review`` is how an admin ended a review.
    ``probe`` is there where `doctor` looks whether webhooks come: that such an event has come is noted, no more.
    """

    shop: str = ""
    payment_id: str = ""
    email: str = ""
    sku: str = ""
    telegram_user_id: int = 0
    receipt: int = 0
    review: str = ""
    probe: str = ""


@value(frozen=True, slots=True)
class IntentReport:
    """A PaymentIntent as an event or a look-up shows it. ``amount`` in minor units.

    ``kind`` is the last word of the event's type (``created requires_action processing succeeded
    payment_failed canceled`` or another): it says what the event asserts, the rest describes it. ``status`` is
    Stripe's word for the PaymentIntent as it was then. ``voucher_url`` and ``voucher_until`` (UTC, None where Stripe
    names no end) are there while a voucher or transfer is waited for.
    """

    intent_id: str
    kind: str
    amount: int
    amount_received: int
    currency: str
    livemode: bool
    metadata: Metadata
    description: str = ""
    charge: str = ""
    method: str = ""
    failure_code: str = ""
    failure_message: str = ""
    card: CardUsed | None = None
    status: str = ""
    voucher_url: str = ""
    voucher_until: datetime | None = None
    settlement: Settlement | None = None


@dataclass(frozen=True, slots=True)
class ChargeReport:
    """A charge: how much of it was given back (minor units) and how it was paid."""

    intent_id: str
    charge: str
    amount_refunded: int
    metadata: Metadata
    card: CardUsed | None = None


@dataclass(frozen=True, slots=True)
class RefundReport:
    """``request`` is the admin's request behind it, ``asked_by`` the admin; empty and 0 for one made in Stripe."""

    intent_id: str
    refund_id: str
    amount: int
    status: str
    metadata: Metadata
    request: str = ""
    asked_by: int = 0


@dataclass(frozen=True, slots=True)
class DisputeReport:
    """``due_by`` is the deadline for evidence (UTC); ``amount`` in minor units of ``currency``, the dispute's own."""

    intent_id: str
    dispute_id: str
    amount: int
    status: str
    reason: str
    due_by: datetime | None
    metadata: Metadata
    currency: str = ""


@dataclass(frozen=True, slots=True)
class FraudWarningReport:
    intent_id: str
    warning_id: str
    fraud_type: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class DecisionReport:
    """An admin's decision about a payment that is under review: ``deliver`` or ``refund``."""

    intent_id: str
    admin_id: int
    metadata: Metadata
    action: str = "deliver"


Report = DecisionReport | IntentReport | ChargeReport | RefundReport | DisputeReport | FraudWarningReport


def is_foreign(report: Report, shop_id: str) -> bool:
    """Of a report about no payment that is known: whether it is another shop's or program's by its metadata.

    Refunds, disputes and warnings may say nothing of whose they are.
    """
    if isinstance(report, IntentReport):
        return True
    shop = report.metadata.shop
    return shop != shop_id if isinstance(report, ChargeReport) else shop not in ("", shop_id)


@value(frozen=True, slots=True)
class ProviderEvent:
    """One signed event, or what a look-up has shown: then ``asked_at`` (UTC) is when, by the provider's clock.

    ``created`` has whole seconds. ``report`` is None for types that change nothing here.
    """

    event_id: str
    type: str
    created: datetime
    livemode: bool
    report: Report | None
    asked_at: datetime | None = None

    def anonymous(self) -> "ProviderEvent":
        """Its ids, amounts and Stripe's own words: the rest may be another program's, and of its customers."""
        bare = replace(self.report, metadata=Metadata()) if self.report else None
        if isinstance(bare, RefundReport):
            bare = replace(bare, request="", asked_by=0)
        return replace(self, report=bare)


@dataclass(frozen=True, slots=True)
class MailEvent:
    """What became of a mail: ``sent delivered bounced complained suppressed delivery_delayed`` or something else.

    ``mail_id`` is the provider's id of the mail; ``payment_id`` and ``kind`` are the tags it was sent with.
    ``reason`` says in words why it died, without addresses; ``cause`` is the provider's own word for that.
    """

    event_id: str
    mail_status: str
    mail_id: str
    payment_id: str = ""
    kind: str = ""
    to: tuple[str, ...] = ()
    reason: str = ""
    cause: str = ""
