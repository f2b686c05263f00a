"""How far back a database that has never asked Stripe must ask: it may be in the place of one that was lost."""

from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from checkout import limits
from checkout.model.events import IntentReport
from checkout.ports.providers import PaymentHistory

BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
# Other programs on the account may have made many PaymentIntents since: more are not asked for at a start.
MOST_PAGES = 20


async def since_last_told(history: PaymentHistory, shop_id: str, now: datetime) -> datetime:
    """A month before the newest payment of which Stripe remembers a receipt's number, or before ``now`` without one.

    One request where the shop is new, or sells every day. Raises ServiceError.
    """
    pages: Any = history.objects(BEFORE_ALL)
    last = now
    async with aclosing(pages):
        for _ in range(MOST_PAGES):
            page = await anext(pages, ())
            told = [one.created for one in page if _is_told(one.report, shop_id)]
            if told:
                last = min(now, max(told))
            if told or not page or not isinstance(page[-1].report, IntentReport):
                break
    return last - limits.events_remembered()


def _is_told(report: object, shop_id: str) -> bool:
    return isinstance(report, IntentReport) and report.metadata.shop == shop_id and report.metadata.receipt > 0
