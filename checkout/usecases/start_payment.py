"""A customer with a verified address gets a payment and its link."""

from dataclasses import replace
from datetime import timedelta

from checkout.catalog import Product
from checkout.customer import Customer
from checkout.errors import NotFound, StaleWrite
from checkout.payment import PAYABLE, Payment, Status, new_payment_id
from checkout.ports import Clock, Storage, Transaction, Wake
from checkout.usecases.tell import Telling
from checkout.verification import Hasher


class StartPayment:
    """``link_lifetime`` is how long a pay link lives; ``livemode`` what the Stripe key says."""

    def __init__(
        self, storage: Storage, clock: Clock, hasher: Hasher, wake: Wake, *, link_lifetime: timedelta, livemode: bool
    ) -> None:
        self._storage, self._clock, self._hasher, self._wake = storage, clock, hasher, wake
        self._link_lifetime, self._livemode = link_lifetime, livemode

    async def start(self, customer: Customer, product: Product) -> Payment:
        """The open payment for this product, address and price, or a new one.

        Raises NotFound when the customer has no verified address.
        """
        if not customer.email:
            raise NotFound("the customer has no verified e-mail address")
        async with self._storage.begin() as tx:
            for known in await tx.payments.open_of(customer.telegram_user_id, product.sku):
                if self._fits(known, customer, product):
                    return await self._renew(tx, known)
                await self._close(tx, known)
            payment = self._new(customer, product)
            await tx.payments.add(payment)
            return payment

    async def note_chat_message(self, payment_id: str, message_id: int) -> None:
        """Which chat message is to be edited as the payment moves."""
        async with self._storage.begin() as tx:
            await tx.payments.note_chat_message(payment_id, message_id)

    def _fits(self, payment: Payment, customer: Customer, product: Product) -> bool:
        """A payment under way is shown again whatever its age: nobody is to pay twice."""
        if payment.money != product.price or payment.livemode != self._livemode:
            return False
        if payment.status is Status.PROCESSING:
            return True
        return payment.status_at(self._clock.now()) in PAYABLE and payment.email == customer.email

    async def _renew(self, tx: Transaction, payment: Payment) -> Payment:
        """Asking again gives the link its full life back."""
        if payment.status is Status.PROCESSING:
            return payment
        renewed = payment.renewed(self._clock.now(), self._link_lifetime)
        try:
            await tx.payments.update(renewed)
        except StaleWrite:
            return payment
        return renewed

    async def _close(self, tx: Transaction, payment: Payment) -> None:
        """A link for another address or price: one product has one link a customer can press."""
        if payment.status not in PAYABLE:
            return
        now = self._clock.now()
        closed = payment.with_ledger(replace(payment.ledger, expired=True), now)
        await tx.payments.update(closed)
        await tx.outbox.add([Telling((), now).pay_message(closed)])
        self._wake()

    def _new(self, customer: Customer, product: Product) -> Payment:
        now, payment_id = self._clock.now(), new_payment_id()
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
            expires_at=now + self._link_lifetime,
            updated_at=now,
        )
