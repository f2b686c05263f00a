"""An admin makes an invoice, or takes it back."""

import logging

from checkout import limits
from checkout.errors import NotFound
from checkout.model.audit import Action
from checkout.model.invoice import PREFIX, SKU_RANDOM, Invoice, WrittenInvoice
from checkout.model.payment import PAYABLE
from checkout.model.verification import Hasher
from checkout.notifications.compose import Composer
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction

log = logging.getLogger(__name__)


class ManageInvoices:
    def __init__(self, storage: Storage, clock: Clock, hasher: Hasher, wake: Wake) -> None:
        self._storage, self._clock, self._hasher, self._wake = storage, clock, hasher, wake

    async def make(self, written: WrittenInvoice, admin_id: int, request: str) -> Invoice:
        """The invoice of this ``request``: asked for again, it is the same one."""
        price = written.price
        about = f"{admin_id}:{request}:{price.amount}:{price.currency}:{written.title}"
        sku, now = PREFIX + self._hasher.invoice(about)[:SKU_RANDOM], self._clock.now()
        invoice = Invoice(sku, written.title, price, admin_id, now, now + limits.invoice_lifetime())
        async with self._storage.begin() as tx:
            if await tx.invoices.add(invoice):
                await tx.audit.add(admin_id, Action.INVOICE_MADE, "", _details(invoice), now)
            made = await tx.invoices.get(sku)
        log.info("invoice %s is made: %d %s", sku, price.amount, price.currency)
        return made or invoice

    async def get(self, sku: str) -> Invoice:
        """An invoice that could still be paid. Raises NotFound or InvoiceClosed."""
        async with self._storage.read() as tx:
            invoice = await tx.invoices.get(sku)
        if invoice is None:
            raise NotFound("there is no such invoice")
        invoice.check_open(self._clock.now())
        return invoice

    async def cancel(self, sku: str, admin_id: int) -> Invoice:
        """Nobody can pay it any more; a link that was sent for it is closed.

        Raises NotFound, and InvoiceClosed when it is paid or expired.
        """
        now = self._clock.now()
        async with self._storage.begin() as tx:
            invoice = await tx.invoices.get_for_update(sku)
            if invoice is None:
                raise NotFound("there is no such invoice")
            if invoice.canceled_at is not None:
                return invoice
            invoice.check_open(now)
            await self._close_payments(tx, invoice)
            await tx.invoices.cancel(sku, now)
            await tx.audit.add(admin_id, Action.INVOICE_CANCELED, "", _details(invoice), now)
        self._wake()
        return invoice

    async def _close_payments(self, tx: Transaction, invoice: Invoice) -> None:
        if invoice.telegram_user_id is None:
            return
        now = self._clock.now()
        for payment in await tx.payments.open_of(invoice.telegram_user_id, invoice.sku):
            if payment.status in PAYABLE:
                closed = payment.closed(now)
                await tx.payments.update(closed)
                await tx.outbox.silence_failures(closed.payment_id)
                await tx.outbox.add([Composer((), now).pay_message(closed)])


def _details(invoice: Invoice) -> dict[str, str]:
    price = invoice.price
    return {"sku": invoice.sku, "title": invoice.title, "amount": str(price.amount), "currency": price.currency}
