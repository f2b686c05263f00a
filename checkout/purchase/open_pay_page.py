"""The page: what it shows, and the PaymentIntent it asks for."""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from checkout import limits
from checkout.errors import (
    AlreadyPaid,
    AnswerKept,
    LinkExpired,
    NotFound,
    NotOnSale,
    ServiceRefused,
    ServiceUnavailable,
    StaleWrite,
)
from checkout.model.activity import ActivityEntry, Step
from checkout.model.catalog import Catalog
from checkout.model.events import IntentReport
from checkout.model.payment import PAYABLE, Payment, Status
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage, Transaction
from checkout.purchase.find_offer import is_on_sale

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent at the provider. ``client_secret`` goes to the customer's browser and nowhere else."""

    intent_id: str
    client_secret: str
    canceled: bool
    report: IntentReport


class PaymentGateway(Protocol):
    """Raises ServiceUnavailable or ServiceRefused; every call ends within limits.gateway_timeout()."""

    async def create_intent(self, payment: Payment, shop_id: str, attempt: int) -> Intent:
        """The one intent of this payment and attempt: asked for again, the same one comes back."""
        ...

    async def retrieve_intent(self, intent_id: str) -> Intent: ...


@dataclass(frozen=True, slots=True)
class PageView:
    """``status`` is what a reader must see now; ``language`` is the customer's.

    ``under_way`` is another payment of theirs for the same product that may still succeed.
    """

    payment: Payment
    status: Status
    language: str
    is_on_sale: bool = True
    under_way: Payment | None = None

    @property
    def is_payable(self) -> bool:
        return self.status in PAYABLE and self.is_on_sale and self.under_way is None


@dataclass(frozen=True, slots=True)
class OpenedIntent:
    client_secret: str
    payment: Payment
    language: str


class OpenPayPage:
    def __init__(self, storage: Storage, clock: Clock, gateway: PaymentGateway, catalog: Catalog) -> None:
        self._storage, self._clock, self._gateway = storage, clock, gateway
        self._catalog = catalog
        self._locks = _Locks()

    async def view(self, pay_token: str) -> PageView:
        """Reads only. Raises NotFound."""
        async with self._storage.read() as tx:
            payment = await tx.payments.by_token(pay_token)
            if payment is None:
                raise NotFound("there is no payment behind this link")
            customer = await tx.customers.get(payment.telegram_user_id)
            status = payment.status_at(self._clock.now())
            under_way = await self._under_way(tx, payment) if status in PAYABLE else None
        language = customer.language if customer else payment.language or "en"
        return PageView(payment, status, language, is_on_sale(self._catalog, payment.sku), under_way)

    async def _under_way(self, tx: Transaction, payment: Payment) -> Payment | None:
        """A link that was open before: nobody is to pay twice by it."""
        now, others = self._clock.now(), await tx.payments.others_open(payment)
        return next((one for one in others if one.livemode == payment.livemode and one.is_under_way_at(now)), None)

    async def open_intent(self, pay_token: str) -> OpenedIntent:
        """The one live PaymentIntent of this payment, made at the first call; a fresh one when it was canceled.

        Raises NotFound, AlreadyPaid (paid, or under way: ask the status), LinkExpired, NotOnSale, ServiceError.
        """
        try:
            async with asyncio.timeout(limits.gateway_timeout().total_seconds()):
                return await self._open_one_at_a_time(pay_token)
        except TimeoutError:
            raise ServiceUnavailable("Stripe has not answered in time", retry_after=5) from None

    async def _open_one_at_a_time(self, pay_token: str) -> OpenedIntent:
        # Clicks and tabs on one process queue up here; several processes meet in the idempotency key.
        async with self._locks.of(pay_token):
            view = await self.view(pay_token)
            _refuse_unpayable(view)
            intent = await self._live_intent(view.payment)
        return OpenedIntent(intent.client_secret, view.payment, view.language)

    async def _live_intent(self, payment: Payment) -> Intent:
        attempt, opened_at = payment.attempt, self._clock.now()
        if payment.payment_intent_id:
            known = await self._known_intent(payment.payment_intent_id)
            if known and not known.canceled:
                return known
            attempt += 1
        while True:
            intent = await self._made(payment, attempt)
            if not intent.canceled:
                break
            attempt += 1  # the idempotency key remembered an intent that was canceled before we noted it
        await self._note_intent(payment.payment_id, intent.intent_id, attempt, opened_at)
        about = {"payment_id": payment.payment_id}
        log.info("PaymentIntent %s is made, attempt %d", intent.intent_id, attempt, extra=about)
        return intent

    async def _known_intent(self, intent_id: str) -> Intent | None:
        """None where the shop has gone to another account at Stripe since: the link goes on by a fresh one there."""
        try:
            return await self._gateway.retrieve_intent(intent_id)
        except ServiceRefused as error:
            if not error.is_missing:
                raise
            log.warning("Stripe knows no %s, a fresh one is made: %s", intent_id, error)
            return None

    async def _made(self, payment: Payment, attempt: int) -> Intent:
        try:
            return await self._gateway.create_intent(payment, self._catalog.shop.shop_id, attempt)
        except (ServiceRefused, AnswerKept):
            # The idempotency key remembers a refusal, mended or not, and a failure of Stripe's own: the next try needs
            # another. Nobody can pay by an intent that was made all the same, for nobody has its secret.
            with contextlib.suppress(StaleWrite):
                async with self._storage.begin() as tx:
                    await tx.payments.update(replace(payment, attempt=attempt + 1, updated_at=self._clock.now()))
            raise

    async def _note_intent(self, payment_id: str, intent_id: str, attempt: int, opened_at: datetime) -> None:
        while True:
            async with self._storage.begin() as tx:
                payment = await tx.payments.get(payment_id)
                if payment is None:
                    raise NotFound("the payment is gone")
                opened = ActivityEntry(payment.telegram_user_id, Step.PAGE_OPENED, opened_at, "", payment_id)
                made = replace(opened, step=Step.INTENT_MADE, at=self._clock.now(), details=intent_id)
                await tx.activity.note(opened, made)
                if payment.facts.paid_at or payment.payment_intent_id == intent_id:
                    return
                try:
                    await tx.payments.update(payment.with_fresh_intent(intent_id, attempt, self._clock.now()))
                except StaleWrite:
                    continue
                return


def _refuse_unpayable(view: PageView) -> None:
    if view.status is Status.EXPIRED:
        raise LinkExpired("the pay link is past its time")
    if view.status not in PAYABLE:
        raise AlreadyPaid(f"the payment is {view.status}")
    if not view.is_on_sale:
        log.warning("%s is sold out, or a file of it is gone: nobody can pay for it", view.payment.sku)
        raise NotOnSale(f"{view.payment.sku} is not on sale")
    if view.under_way is not None:
        raise AlreadyPaid(f"payment {view.under_way.payment_id} is under way for the same product")


class _Locks:
    """A lock a payment, forgotten once nobody has asked for it in a while."""

    MOST = 1000

    def __init__(self) -> None:
        self._locks: OrderedDict[str, asyncio.Lock] = OrderedDict()

    def of(self, key: str) -> asyncio.Lock:
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._locks.move_to_end(key)
        for old in list(self._locks)[: max(0, len(self._locks) - self.MOST)]:
            if not self._locks[old].locked():
                del self._locks[old]
        return lock
