"""An admin closes the shop for a while: what was begun goes on, nothing new is."""

from checkout.errors import CheckoutError
from checkout.model.audit import Action
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


class ShopClosed(CheckoutError):
    """Nothing is sold now; ``text`` is what the admin wants customers to be told."""

    def __init__(self, text: str) -> None:
        super().__init__("the shop is closed")
        self.text = text


class CloseShop:
    """Links that were given out stay payable, invoices too: only a new purchase is not begun."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def closed_text(self) -> str | None:
        """What customers are told; None while the shop is open."""
        async with self._storage.read() as tx:
            return await tx.shop.closed_text()

    async def close(self, admin_id: int, text: str) -> None:
        async with self._storage.begin() as tx:
            await tx.shop.close(text)
            await tx.audit.add(admin_id, Action.SHOP_CLOSED, "", {"text": text}, self._clock.now())

    async def open(self, admin_id: int) -> bool:
        """False when it was open."""
        async with self._storage.begin() as tx:
            was_closed = await tx.shop.open()
            if was_closed:
                await tx.audit.add(admin_id, Action.SHOP_OPENED, "", {}, self._clock.now())
        return was_closed
