"""What can be bought: a product of the catalogue, or an invoice."""

from collections.abc import Sequence

from checkout.errors import NotFound, NotOnSale
from checkout.model.catalog import Catalog, Product
from checkout.model.invoice import InvoiceClosed, is_invoice
from checkout.model.payment import PAYABLE, Payment
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.purchase.close_shop import ShopClosed

RECENT = 20  # of a customer's payments, among which open ones are looked for


def is_on_sale(catalog: Catalog, sku: str) -> bool:
    """Whether money may be taken for it; what an invoice is for, its admin knows."""
    product = catalog.find(sku)
    return is_invoice(sku) if product is None else product.is_on_sale


class FindOffer:
    def __init__(self, catalog: Catalog, storage: Storage, clock: Clock) -> None:
        self._catalog, self._storage, self._clock = catalog, storage, clock

    async def get(self, sku: str, telegram_user_id: int) -> Product:
        """What this customer may buy.

        Raises NotFound, NotOnSale, ShopClosed, and InvoiceClosed for an invoice that is not theirs to pay.
        """
        product = self._catalog.find(sku)
        if product is not None:
            await self._check_open()
            if not product.is_on_sale:
                raise NotOnSale(f"{sku} is sold out, or a file of it is gone")
            return product
        if not is_invoice(sku):
            raise NotFound("there is no such product")
        async with self._storage.read() as tx:
            invoice = await tx.invoices.get(sku)
        if invoice is None:
            raise NotFound("there is no such invoice")
        invoice.check_open_for(telegram_user_id, self._clock.now())
        return invoice.product

    async def _check_open(self) -> None:
        async with self._storage.read() as tx:
            text = await tx.shop.closed_text()
        if text is not None:
            raise ShopClosed(text)

    async def open_links(self, telegram_user_id: int) -> Sequence[Payment]:
        """The customer's payments that wait for them to pay, the newest first; a closed shop's stay payable.

        Not those beside one of the same that is under way: their links take no money meanwhile.
        """
        async with self._storage.read() as tx:
            payments = await tx.payments.of_customer(telegram_user_id, RECENT)
        now = self._clock.now()
        under_way = {one.sku: one for one in payments if one.is_under_way_at(now)}
        payable = [one for one in payments if one.status_at(now) in PAYABLE and is_on_sale(self._catalog, one.sku)]
        return [one for one in payable if under_way.get(one.sku, one) is one]

    async def find(self, sku: str, telegram_user_id: int) -> Product | None:
        """As ``get``; None for all that cannot be bought."""
        try:
            return await self.get(sku, telegram_user_id)
        except (NotFound, NotOnSale, ShopClosed, InvoiceClosed):
            return None
