"""What waits for a person: how many there are of each."""

from dataclasses import dataclass
from datetime import datetime

from checkout import limits
from checkout.model.payment import Status
from checkout.model.search import By, Search
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage, Transaction

MOST = 200  # who has more of these opens the list anyway


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """``to_do`` is to be handed over, ``unsent`` are messages; disputes count until they are answered, or over."""

    to_do: int = 0
    reviews: int = 0
    disputes: int = 0
    unsent: int = 0


class CountOpenPoints:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def count(self) -> OpenPoints:
        async with self._storage.read() as tx:
            return await count_open_points(tx, self._clock.now())


async def count_open_points(tx: Transaction, now: datetime) -> OpenPoints:
    """Up to MOST of each."""
    disputed = await tx.payments.page(Search(By.STATUS, Status.DISPUTED), limit=MOST)
    return OpenPoints(
        to_do=len(await tx.payments.page(Search(By.TO_DO), limit=MOST)),
        reviews=len(await tx.payments.page(Search(By.STATUS, Status.REVIEW), limit=MOST)),
        disputes=sum(any(one.waits_for_an_answer for one in paid.facts.disputes.values()) for paid in disputed),
        unsent=len(await tx.outbox.unsent(0, now - limits.slow_message(), MOST)),
    )
