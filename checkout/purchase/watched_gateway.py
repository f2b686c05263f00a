"""What Stripe refuses for good is told to the admins: once for each refusal, and once when it works again."""

import logging
from functools import partial

from checkout.errors import PaymentRefused, RefusalArea
from checkout.model import keys
from checkout.model.payment import Payment
from checkout.model.shop_notice import PaymentsRefused, PaymentsTaken
from checkout.notifications.compose import notices
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage
from checkout.purchase.open_pay_page import Intent, PaymentGateway
from checkout.purchase.refusal import Asked, Operation, Refusal, all_names

log = logging.getLogger(__name__)
# One PaymentIntent that cannot be looked at is no trouble of the shop's.
_OF_THE_SHOP = frozenset({RefusalArea.KEY, RefusalArea.ACCOUNT})


class WatchedGateway:
    """A PaymentGateway; checkpoints remember over every process and restart what is open."""

    def __init__(
        self, gateway: PaymentGateway, storage: Storage, clock: Clock, wake: Wake, admin_ids: tuple[int, ...]
    ) -> None:
        self._gateway, self._storage, self._clock, self._wake = gateway, storage, clock, wake
        self._admin_ids = admin_ids

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        asked = Asked(Operation.CREATE, payment.money)
        try:
            intent = await self._gateway.create_intent(payment, shop_id, attempt)
        except PaymentRefused as error:
            await self._refused(error, asked)
            raise
        await self._answered(asked)
        return intent

    async def retrieve_intent(self, intent_id: str) -> Intent:
        asked = Asked(Operation.RETRIEVE)
        try:
            intent = await self._gateway.retrieve_intent(intent_id)
        except PaymentRefused as error:
            if error.area in _OF_THE_SHOP:
                await self._refused(error, asked)
            raise
        await self._answered(asked)
        return intent

    async def _refused(self, error: PaymentRefused, asked: Asked) -> None:
        # Not every refusal has a code.
        refusal = Refusal(error.area, asked.subject(error.area), error.code or error.area)
        now = self._clock.now()
        amount, currency = (asked.money.amount, asked.money.currency) if asked.money else (0, "")
        content = PaymentsRefused(error.area, refusal.code, error.words, amount, currency)
        async with self._storage.begin() as tx:
            if not await tx.checkpoints.add(refusal.name, now):
                return  # it is told already
            key = partial(keys.payments_refused, refusal.name, now)
            await tx.outbox.add(notices(self._admin_ids, content, key, now))
        log.error("Stripe refuses payments until somebody mends it: %s", refusal.name)
        self._wake()

    async def _answered(self, asked: Asked) -> None:
        async with self._storage.read() as tx:
            known = await tx.checkpoints.beginning_with(all_names())
        for name in known:
            if Refusal.named(name).is_over(asked):
                await self._is_over(name)

    async def _is_over(self, name: str) -> None:
        now, refusal = self._clock.now(), Refusal.named(name)
        async with self._storage.begin() as tx:
            since = await tx.checkpoints.remove(name)
            if since is None:
                return  # another process was faster
            key = partial(keys.payments_taken, name, since)
            content = PaymentsTaken(refusal.code, since)
            await tx.outbox.add(notices(self._admin_ids, content, key, now))
        log.info("Stripe takes payments again: %s", name)
        self._wake()
