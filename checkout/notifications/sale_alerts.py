"""Each admin chooses whether to hear of every sale."""

from checkout.model.audit import Action
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


class SaleAlerts:
    """On until an admin says otherwise."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def choose(self, admin_id: int, *, hears: bool) -> None:
        now = self._clock.now()
        async with self._storage.begin() as tx:
            await tx.admin_settings.choose_sales(admin_id, now, hears=hears)
            await tx.audit.add(admin_id, Action.NOTIFY_SET, "", {"sales": "on" if hears else "off"}, now)

    async def chosen(self, admin_id: int) -> bool:
        async with self._storage.read() as tx:
            return await tx.admin_settings.hears_sales(admin_id)
