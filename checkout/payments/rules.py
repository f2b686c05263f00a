"""What planning events must know: of the shop, and of what its database holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from checkout.model.daily_totals import DAYS_IN_UTC, DayOf
from checkout.model.events import ProviderEvent
from checkout.model.payment import Payment
from checkout.notifications.handover import Handover


@dataclass(frozen=True, slots=True)
class Rules:
    """``handover_of`` tells who hands a product over, by its sku, as it is now.

    ``put_back_at`` is when the database was found to be an older copy: who has heard of what Stripe said before that
    nobody knows. Receipts' ``numbers_up_to`` this one have owners by Stripe's word, be they taken in yet or not.
    """

    shop_id: str
    admin_ids: tuple[int, ...]
    pay_link_lifetime: timedelta
    pay_token: Callable[[str], str]
    livemode: bool
    handover_of: Callable[[str], Handover]
    day_of: DayOf = DAYS_IN_UTC
    put_back_at: Callable[[], datetime | None] = lambda: None
    numbers_up_to: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds of the things a group speaks of.

    ``orphans`` are kept events whose payment was not known when they came, by PaymentIntent. ``invoice_makers`` are
    the admins who made the invoices, by sku. ``receipt_numbers_taken`` are those of the group's metadata that other
    payments have. ``hear_no_sales`` are the admins who do not want to.
    """

    payments: Sequence[Payment] = ()
    seen_event_ids: frozenset[str] = frozenset()
    orphans: Mapping[str, Sequence[ProviderEvent]] = field(default_factory=dict)
    last_receipt_number: int = 0
    receipt_numbers_taken: frozenset[int] = frozenset()
    invoice_makers: Mapping[str, int] = field(default_factory=dict)
    hear_no_sales: frozenset[int] = frozenset()
