"""What has been quiet for long, and what is under review: Stripe is asked for it, one PaymentIntent after another."""

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from checkout import limits
from checkout.errors import ServiceRefused
from checkout.model.events import ProviderEvent
from checkout.model.payment import Payment, Status
from checkout.model.search import By, Cursor, Search
from checkout.ports.providers import PaymentHistory
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)
LOOK_UPS = 50  # of each of the two in a round
REVIEWS = Search(By.STATUS, Status.REVIEW)
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class LookUpOpen:
    """Some in each round, those that follow in the next, and the first ones again once all were asked for."""

    def __init__(self, storage: Storage, clock: Clock, history: PaymentHistory) -> None:
        self._storage, self._clock, self._history = storage, clock, history
        self._under_way_to: datetime | None = None
        self._reviews_to: Cursor | None = None

    async def run_once(self) -> list[ProviderEvent]:
        """What Stripe says of them now. Raises ServiceUnavailable: the next round asks for the same, then.

        No event tells how a review was decided, and an older copy of the database may not know.
        """
        return [*await self._next_under_way(), *await self._next_reviews()]

    async def the_rest(self) -> AsyncIterator[list[ProviderEvent]]:
        """On from where a round has ended, until all were asked for."""
        while self._under_way_to is not None:
            yield await self._next_under_way()
        while self._reviews_to is not None:
            yield await self._next_reviews()

    async def _next_under_way(self) -> list[ProviderEvent]:
        now = self._clock.now()
        async with self._storage.read() as tx:
            due = await tx.payments.under_way(
                self._under_way_to or BEFORE_ALL, now - limits.quiet_before_look_up(), now, LOOK_UPS
            )
        found = await self._look_up(due)
        self._under_way_to = due[-1].created_at if len(due) == LOOK_UPS else None
        return found

    async def _next_reviews(self) -> list[ProviderEvent]:
        async with self._storage.read() as tx:
            due = await tx.payments.page(REVIEWS, self._reviews_to, limit=LOOK_UPS)
            following = await tx.payments.cursor(due[-1].payment_id) if len(due) == LOOK_UPS else None
        found = await self._look_up(due)
        self._reviews_to = following
        return found

    async def _look_up(self, payments: Sequence[Payment]) -> list[ProviderEvent]:
        found: list[ProviderEvent] = []
        for payment in payments:
            try:
                found += await self._history.look_up(payment.payment_intent_id or "")
            except ServiceRefused as error:
                about = {"payment_id": payment.payment_id}
                log.warning("Stripe does not show the PaymentIntent: %s", error, extra=about)
        return found
