"""Links past their time are closed, and the message with the button says so."""

import logging

from checkout.errors import StaleWrite
from checkout.notifications.compose import Composer
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage

log = logging.getLogger(__name__)
BATCH = 100


class ExpireLinks:
    def __init__(self, storage: Storage, clock: Clock, wake: Wake) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake

    async def run_once(self) -> int:
        """Closes up to a hundred; returns how many."""
        now = self._clock.now()
        composer = Composer((), now)
        async with self._storage.read() as tx:
            due = await tx.payments.past_their_time(now, BATCH)
        closed = 0
        for payment in due:
            expired = payment.closed(now)
            try:
                async with self._storage.begin() as tx:
                    await tx.payments.update(expired)
                    await tx.outbox.add([composer.pay_message(expired)])
            except StaleWrite:
                continue  # it has moved since it was read: the next round looks again
            log.info("the pay link is past its time and closed", extra={"payment_id": payment.payment_id})
            closed += 1
        if closed:
            self._wake()
        return closed
