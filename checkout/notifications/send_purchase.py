"""What was bought goes into the chat once more, when its customer asks. Nothing is asked of Stripe."""

from checkout.errors import NotFound, NotPaid
from checkout.model.catalog import Catalog
from checkout.model.message_content import PaymentPaid
from checkout.model.payment import SETTLED, Payment
from checkout.notifications.compose import Composer
from checkout.notifications.handover import Handover, handover_of
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage


class SendPurchase:
    def __init__(self, storage: Storage, clock: Clock, wake: Wake, catalog: Catalog) -> None:
        self._storage, self._clock, self._wake, self._catalog = storage, clock, wake, catalog

    async def paid(self, payment_id: str, telegram_user_id: int) -> Payment:
        """This customer's payment, which has a receipt. Raises NotFound for one that is not theirs, and NotPaid."""
        async with self._storage.read() as tx:
            payment = await tx.payments.get(payment_id)
        if payment is None or payment.telegram_user_id != telegram_user_id:
            raise NotFound(payment_id)
        if payment.status not in SETTLED or payment.receipt_number is None:
            raise NotPaid(payment_id)
        return payment

    def has_files(self, payment: Payment) -> bool:
        """Files or text that are this payment's and that the program can send now."""
        if not payment.is_bought or payment.waits_for_a_person:
            return False
        return handover_of(self._catalog, payment.sku) is Handover.PROGRAM

    async def queue_files(self, payment: Payment, request: str) -> None:
        """For a payment that ``has_files``; the same ``request`` again sends nothing more."""
        count = max(1, len(self._catalog.products[payment.sku].files))
        asked_for = PaymentPaid(again=0, request=request)
        async with self._storage.begin() as tx:
            await tx.outbox.add(Composer((), self._clock.now()).files(payment, count, asked_for))
        self._wake()
