"""A customer with a verified address gets a payment and its link."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from checkout.errors import NotFound, StaleWrite
from checkout.model.activity import ActivityEntry, Step
from checkout.model.catalog import Product
from checkout.model.customer import Customer
from checkout.model.invoice import is_invoice
from checkout.model.payment import PAYABLE, Payment, Status
from checkout.model.verification import Hasher
from checkout.notifications.compose import Composer
from checkout.payments.changes import shown
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction
from checkout.purchase.close_shop import ShopClosed
from checkout.purchase.payment_ids import new_payment_id

log = logging.getLogger(__name__)
RECENT = 20  # of a customer's payments, among which expired ones of the product are looked for


class StartPayment:
    """``link_lifetime`` is how long a pay link lives; ``livemode`` what the Stripe key says."""

    def __init__(
        self, storage: Storage, clock: Clock, hasher: Hasher, wake: Wake, *, link_lifetime: timedelta, livemode: bool
    ) -> None:
        self._storage, self._clock, self._hasher, self._wake = storage, clock, hasher, wake
        self._link_lifetime, self._livemode = link_lifetime, livemode

    async def start(self, customer: Customer, product: Product) -> Payment:
        """The open payment for this product, address and price, or a new one.

        An invoice is this customer's from now on. Raises NotFound when the customer has no verified address,
        ShopClosed where a new one would have to be begun, and InvoiceClosed for an invoice that cannot be paid, or not
        by this customer.
        """
        if not customer.email:
            raise NotFound("the customer has no verified e-mail address")
        async with self._storage.begin() as tx:
            lifetime = await self._lifetime(tx, customer, product)
            open_ = await tx.payments.open_of(customer.telegram_user_id, product.sku)
            now = self._clock.now()
            for known in sorted(open_, key=lambda one: not one.is_under_way_at(now)):
                if self._fits(known, customer, product):
                    return await self._renew(tx, known, lifetime)
                await self._close(tx, known)
            await self._check_shop_is_open(tx, product)
            await self._take_buttons(tx, customer, product)
            payment = self._new(customer, product, lifetime)
            await tx.payments.add(payment)
        about = {"payment_id": payment.payment_id}
        log.info("payment for %s is made: %d %s", payment.sku, payment.amount, payment.currency, extra=about)
        return payment

    async def _check_shop_is_open(self, tx: Transaction, product: Product) -> None:
        """An invoice was given out by an admin, as a link was."""
        text = None if is_invoice(product.sku) else await tx.shop.closed_text()
        if text is not None:
            raise ShopClosed(text)

    async def note_chat_message(self, payment: Payment, message_id: int) -> None:
        """The link was sent with this chat message, which is to be edited as the payment moves.

        It shows ``payment``: what has moved while it was on its way is shown at once. The one before it goes.
        """
        who, now = payment.telegram_user_id, self._clock.now()
        composer, messages = Composer((), now), []
        async with self._storage.begin() as tx:
            left = await tx.payments.note_chat_message(payment.payment_id, message_id)
            if payment.status in PAYABLE and not payment.is_under_way_at(now):  # it has no button otherwise
                await tx.activity.note(ActivityEntry(who, Step.LINK_SENT, now, str(message_id), payment.payment_id))
            current = await tx.payments.get(payment.payment_id)
            if current is not None and shown(current) != shown(payment):
                messages.append(composer.pay_message_as_sent(payment, message_id))
            if left is not None and left != message_id:
                messages.append(composer.pay_message_left(payment.payment_id, who, left))
            await tx.outbox.add(messages)
        if messages:
            self._wake()

    async def say_in_words(self, payments: Sequence[Payment], update_id: int) -> None:
        """Their chat messages are written anew: the customer has chosen another language by this update."""
        composer = Composer((), self._clock.now())
        shown_in_chat = [one for one in payments if one.chat_message_id is not None]
        async with self._storage.begin() as tx:
            await tx.outbox.add([composer.pay_message_in_words(one, update_id) for one in shown_in_chat])
        self._wake()

    async def _lifetime(self, tx: Transaction, customer: Customer, product: Product) -> timedelta:
        """A link for an invoice ends with it."""
        invoice = await tx.invoices.get_for_update(product.sku) if is_invoice(product.sku) else None
        if invoice is None:
            return self._link_lifetime
        now = self._clock.now()
        invoice.check_open_for(customer.telegram_user_id, now)
        await tx.invoices.claim(invoice.sku, customer.telegram_user_id)
        return min(self._link_lifetime, invoice.expires_at - now)

    def _fits(self, payment: Payment, customer: Customer, product: Product) -> bool:
        """A payment under way is shown again whatever its age and price: nobody is to pay twice."""
        if payment.livemode != self._livemode:
            return False
        now = self._clock.now()
        if payment.is_under_way_at(now):
            return True
        if payment.money != product.price:
            return False
        return payment.status_at(now) in PAYABLE and payment.email == customer.email

    async def _renew(self, tx: Transaction, payment: Payment, lifetime: timedelta) -> Payment:
        """Asking again gives the link its full life back."""
        if payment.is_under_way_at(self._clock.now()):
            return payment
        renewed = payment.renewed(self._clock.now(), lifetime)
        try:
            await tx.payments.update(renewed)
        except StaleWrite:
            return payment
        return renewed

    async def _close(self, tx: Transaction, payment: Payment) -> None:
        """A link for another address or price: one product has one link a customer can press."""
        await self._silence(tx, payment)
        if payment.status not in PAYABLE:
            return
        now = self._clock.now()
        closed = payment.closed(now)
        await tx.payments.update(closed)
        await tx.outbox.add([Composer((), now).pay_message(closed)])
        self._wake()

    async def _silence(self, tx: Transaction, payment: Payment) -> None:
        """A mail about its decline would lead back to it, when the new one may be paid already."""
        if payment.failure_told_at is not None:
            await tx.outbox.silence_failures(payment.payment_id)

    async def _take_buttons(self, tx: Transaction, customer: Customer, product: Product) -> None:
        """*New link* under expired ones: it would ask to pay once more for what the new one pays."""
        now = self._clock.now()
        earlier = await tx.payments.of_customer(customer.telegram_user_id, RECENT)
        expired = [one for one in earlier if one.sku == product.sku and one.status_at(now) is Status.EXPIRED]
        for one in expired:
            await self._silence(tx, one)
        with_buttons = [one for one in expired if one.chat_message_id is not None]
        await tx.outbox.add([Composer((), now).newer_payment(one) for one in with_buttons])
        if with_buttons:
            self._wake()

    def _new(self, customer: Customer, product: Product, lifetime: timedelta) -> Payment:
        now = self._clock.now()
        payment_id = new_payment_id(now)
        return Payment(
            payment_id=payment_id,
            pay_token=self._hasher.pay_token(payment_id),
            telegram_user_id=customer.telegram_user_id,
            email=customer.email or "",
            sku=product.sku,
            title=product.title.in_(customer.language),
            amount=product.price.amount,
            currency=product.price.currency,
            livemode=self._livemode,
            language=customer.language,
            created_at=now,
            expires_at=now + lifetime,
            updated_at=now,
        )
