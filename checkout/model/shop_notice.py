"""What admins are told of the shop itself, rather than of a payment. Times are in UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from checkout.model.message_kind import Kind
from checkout.model.summary_schedule import CurrencyTotals


@dataclass(frozen=True, slots=True)
class NoWebhooks:
    """``last`` is when the last one came; None when none ever did."""

    kind: ClassVar[Kind] = Kind.ADMIN_NO_WEBHOOKS
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhooksBack:
    """``since`` is when the first event happened that no webhook had told of."""

    kind: ClassVar[Kind] = Kind.ADMIN_WEBHOOKS_BACK
    since: datetime


@dataclass(frozen=True, slots=True)
class ServiceDown:
    kind: ClassVar[Kind] = Kind.ADMIN_SERVICE_DOWN
    service: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ServiceBack:
    kind: ClassVar[Kind] = Kind.ADMIN_SERVICE_BACK
    service: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PaymentsRefused:
    """``code`` and ``words`` are the provider's; ``amount`` of ``currency`` was asked for, empty where nothing was."""

    kind: ClassVar[Kind] = Kind.ADMIN_PAYMENTS_REFUSED
    area: str
    code: str
    words: str
    amount: int = 0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class PaymentsTaken:
    """What was refused with ``code`` since then is refused no more."""

    kind: ClassVar[Kind] = Kind.ADMIN_PAYMENTS_TAKEN
    code: str
    since: datetime


@dataclass(frozen=True, slots=True)
class TroubleFound:
    """The shop has looked at itself: ``trouble`` is the word of a `Trouble`."""

    kind: ClassVar[Kind] = Kind.ADMIN_TROUBLE_FOUND
    trouble: str


@dataclass(frozen=True, slots=True)
class TroubleOver:
    kind: ClassVar[Kind] = Kind.ADMIN_TROUBLE_OVER
    trouble: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The day until ``at``, and what waits for a person: how many there are of each."""

    kind: ClassVar[Kind] = Kind.ADMIN_SUMMARY
    at: datetime
    today: tuple[CurrencyTotals, ...] = ()
    yesterday: tuple[CurrencyTotals, ...] = ()
    declines: int = 0
    reviews: int = 0
    disputes: int = 0
    unsent: int = 0
    to_do: int = 0


ServiceNotice = ServiceDown | ServiceBack | PaymentsRefused | PaymentsTaken
ShopNotice = NoWebhooks | WebhooksBack | ServiceNotice | TroubleFound | TroubleOver | Summary
