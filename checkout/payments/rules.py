"""What planning events must know of the shop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout.model.daily_totals import DAYS_IN_UTC, DayOf
from checkout.notifications.handover import Handover


@dataclass(frozen=True, slots=True)
class Rules:
    """``handover_of`` tells who hands a product over, by its sku, as it is now.

    ``put_back_at`` is when the database was found to be an older copy: who has heard of what Stripe said before that
    nobody knows.
    """

    shop_id: str
    admin_ids: tuple[int, ...]
    pay_link_lifetime: timedelta
    pay_token: Callable[[str], str]
    livemode: bool
    handover_of: Callable[[str], Handover]
    day_of: DayOf = DAYS_IN_UTC
    put_back_at: Callable[[], datetime | None] = lambda: None
