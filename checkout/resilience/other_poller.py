"""Another program that polls with this bot's token takes customers' messages: noted where doctor can read it.

Only who polls can know: Telegram ends the older of two polls, so a doctor that asked would itself be the other program.
"""

from datetime import datetime, timedelta

from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage, Transaction

MET = "another poller"  # the checkpoint of the last time
# Two that poll clash at least once a minute, the longest pause after a failure.
IS_GONE_AFTER = timedelta(minutes=5)
NOTED_EVERY = timedelta(seconds=20)


class OtherPoller:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock
        self._noted: datetime | None = None

    async def met(self) -> None:
        """Telegram has ended our poll for somebody else's. Raises DatabaseAway."""
        now = self._clock.now()
        if self._noted is not None and self._noted <= now < self._noted + NOTED_EVERY:
            return
        async with self._storage.begin() as tx:
            await tx.checkpoints.put(MET, now, now)
        self._noted = now


async def is_met(tx: Transaction, now: datetime) -> bool:
    """Whether it was met within the last minutes by a shop that polls."""
    at = await tx.checkpoints.get(MET)
    return at is not None and now - at < IS_GONE_AFTER
