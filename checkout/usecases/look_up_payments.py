"""Payments as customers see theirs."""

from collections.abc import Sequence

from checkout.payment import Payment
from checkout.ports import Storage


class LookUpPayments:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def orders(self, telegram_user_id: int, limit: int = 10) -> Sequence[Payment]:
        """The customer's newest payments."""
        async with self._storage.read() as tx:
            return await tx.payments.of_customer(telegram_user_id, limit)

    async def get(self, payment_id: str) -> Payment | None:
        async with self._storage.read() as tx:
            return await tx.payments.get(payment_id)
