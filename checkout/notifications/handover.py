"""What was bought reaches the customer by the program, or a person sees to it: nobody is forgotten in between."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from checkout import limits
from checkout.errors import NotFound
from checkout.model.activity import MessageNoted
from checkout.model.audit import Action, AuditEntry
from checkout.model.catalog import Catalog
from checkout.model.invoice import is_invoice
from checkout.model.message_content import PaymentPaid, Unreachable
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, State, asks_for_handover
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.notifications.compose import Composer
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction

log = logging.getLogger(__name__)
BATCH = 50
# What the request of a receipt begins with that brings what was missing before.
LATE = "late-"


class Handover(StrEnum):
    """``missing`` is what the program was to send and cannot: it left the catalogue, or a file of it is gone."""

    PROGRAM = "program"
    PERSON = "person"
    MISSING = "missing"


def handover_of(catalog: Catalog, sku: str) -> Handover:
    """As the catalogue and its files are now."""
    product = catalog.find(sku)
    if product is None:
        return Handover.PERSON if is_invoice(sku) else Handover.MISSING
    if product.is_by_hand:
        return Handover.PERSON
    return Handover.PROGRAM if product.has_its_files else Handover.MISSING


def skus_by_program(catalog: Catalog) -> list[str]:
    """Those that the program can hand over now."""
    return [sku for sku in catalog.products if handover_of(catalog, sku) is Handover.PROGRAM]


@dataclass(frozen=True, slots=True)
class Done:
    """``is_news`` is False when it was settled before; ``by`` is then the admin who was first, 0 for none."""

    payment: Payment
    is_news: bool
    by: int = 0


class HandOver:
    def __init__(
        self, storage: Storage, clock: Clock, wake: Wake, catalog: Catalog, admin_ids: tuple[int, ...] = ()
    ) -> None:
        self._storage, self._clock, self._wake = storage, clock, wake
        self._catalog, self._admin_ids = catalog, admin_ids

    async def look_again(self, payment: Payment) -> Payment:
        """Right before it is sent: what the program cannot send any more, the admins hear of.

        Money that was given back whole has ended it.
        """
        while _is_to_be_sent(payment) and self._handover_of(payment) is Handover.MISSING:
            if await self._is_to_do_now(payment):
                return replace(payment, fulfilment=Fulfilment.TO_DO)
            async with self._storage.read() as tx:  # a refund, another process or an admin was faster
                payment = await tx.payments.get(payment.payment_id) or replace(payment, fulfilment=Fulfilment.DONE)
        return payment

    async def _is_to_do_now(self, payment: Payment) -> bool:
        """False when the row has moved since ``payment`` was read."""
        now = self._clock.now()
        async with self._storage.begin() as tx:
            if not await tx.payments.move_fulfilment(payment, Fulfilment.TO_DO, now):
                return False
            await tx.outbox.add(Composer(self._admin_ids, now).to_do(payment))
        about = {"payment_id": payment.payment_id}
        log.warning("%s cannot be sent: it left the catalogue, or a file of it is gone", payment.sku, extra=about)
        self._wake()
        return True

    async def done(self, payment_id: str, admin_id: int, pressed_id: int | None = None) -> Done:
        """A person has seen to it; the first who says so is kept. Their message with the button is answered anyway.

        Raises NotFound.
        """
        now = self._clock.now()
        async with self._storage.begin() as tx:
            before = await tx.audit.get_for_update(payment_id)  # two admins who press at once wait for each other
            payment = await tx.payments.get(payment_id)
            if payment is None:
                raise NotFound(f"there is no payment {payment_id}")
            is_first = payment.waits_for_a_person and await seen_to(
                tx, payment, Fulfilment.DONE, now, (admin_id, pressed_id)
            )
            if not is_first:
                return Done(payment, is_news=False, by=_last_who(before))
            await tx.audit.add(admin_id, Action.HANDED_OVER, payment_id, {}, now)
        self._wake()
        log.info("a person has handed over %s", payment.sku, extra={"payment_id": payment_id})
        return Done(replace(payment, fulfilment=Fulfilment.DONE), is_news=True)

    async def undone(self, payment_id: str, admin_id: int, pressed_id: int | None = None) -> Done:
        """The button was pressed by mistake: it waits again, and every admin's alert says so. Raises NotFound."""
        now = self._clock.now()
        async with self._storage.begin() as tx:
            before = await tx.audit.get_for_update(payment_id)
            payment = await tx.payments.get(payment_id)
            if payment is None:
                raise NotFound(f"there is no payment {payment_id}")
            is_wrong = payment.fulfilment is Fulfilment.DONE and payment.status is not Status.REFUNDED
            if not (is_wrong and await seen_to(tx, payment, Fulfilment.TO_DO, now, (admin_id, pressed_id))):
                return Done(payment, is_news=False, by=_last_who(before))
            await tx.audit.add(admin_id, Action.NOT_HANDED_OVER, payment_id, {}, now)
        self._wake()
        return Done(replace(payment, fulfilment=Fulfilment.TO_DO), is_news=True)

    async def run_once(self) -> int:
        """Sends what could not be sent and now can, in the chat and by mail; returns how many."""
        skus = skus_by_program(self._catalog)
        sent, after = 0, None
        while skus and (due := await self._due(skus, after)):
            for payment in due:
                sent += await self._send_late(payment)
            after = due[-1]
        if sent:
            self._wake()
        return sent

    async def _due(self, skus: Sequence[str], after: Payment | None) -> Sequence[Payment]:
        async with self._storage.read() as tx:
            return await tx.payments.to_deliver(skus, after, BATCH)

    async def _send_late(self, payment: Payment) -> bool:
        """False where somebody else has moved it meanwhile, or nothing reaches this customer.

        No channel that is dead is tried again, and in the chat a receipt that waits brings what was bought by itself.
        """
        now = self._clock.now()
        async with self._storage.begin() as tx:
            told = await tx.outbox.of_payment(payment.payment_id)
            channels = await _alive(tx, payment) if _may_leave(told, now) else []
            if not channels or not await seen_to(tx, payment, Fulfilment.DELIVERED, now):
                return False
            mails = await tx.outbox.mails(payment.payment_id, Kind.PAYMENT_PAID)
            in_chat, by_mail = Channel.CHAT in channels and not _waits_in_chat(told), Channel.MAIL in channels
            # Of its own, not how many mails there were: those do not count what leaves in the chat alone.
            receipt = PaymentPaid(again=len(mails), request=f"{LATE}{len(_late(told)) + 1}")
            again = Composer((), now).receipt_again(payment, receipt, in_chat=in_chat, by_mail=by_mail)
            await tx.outbox.add(again)
        log.info("%s can be sent now, and leaves by itself", payment.sku, extra={"payment_id": payment.payment_id})
        return True

    def _handover_of(self, payment: Payment) -> Handover:
        return handover_of(self._catalog, payment.sku)


def _is_to_be_sent(payment: Payment) -> bool:
    return payment.fulfilment is Fulfilment.DELIVERED and payment.is_bought


def _last_who(entries: Sequence[AuditEntry]) -> int:
    return next((one.admin_id for one in reversed(entries) if one.action == Action.HANDED_OVER), 0)


async def seen_to(
    tx: Transaction, payment: Payment, how: Fulfilment, now: datetime, answered: tuple[int, int | None] = (0, None)
) -> bool:
    """What waited for a person waits no more, or again, and every admin's last alert of each kind says so, but the
    message of an admin that is ``answered`` anyway. False when the row has moved."""
    if not await tx.payments.move_fulfilment(payment, how, now):
        return False
    last: dict[tuple[int, bool], int] = {}
    for one in await tx.outbox.of_payment(payment.payment_id):
        if asks_for_handover(one.content):
            asked = int(one.recipient), isinstance(one.content, Unreachable)
            last[asked] = max(last.get(asked, 0), int(one.provider_id or 0))
    for (admin_id, is_lost), message_id in sorted(last.items()):
        if (admin_id, message_id) != answered:
            await tx.outbox.add(Composer((admin_id,), now).to_do_turned(payment, is_lost=is_lost))
    return True


async def reaches_nobody(tx: Transaction, payment_id: str) -> bool:
    """Whether what was bought has got through by neither channel: to send it once more is for a person to decide."""
    dead = partial(tx.outbox.is_dead, payment_id)
    if not await dead(Channel.MAIL, Kind.PAYMENT_PAID):
        return False
    return await dead(Channel.CHAT, Kind.PAYMENT_PAID) or await dead(Channel.CHAT, Kind.PAYMENT_FILE)


async def _alive(tx: Transaction, payment: Payment) -> list[Channel]:
    """Those that a receipt has not been in vain on; none where what was bought reaches nobody."""
    if await reaches_nobody(tx, payment.payment_id):
        return []
    channels = [Channel.MAIL, Channel.CHAT] if payment.telegram_user_id > 0 else [Channel.MAIL]
    return [one for one in channels if not await tx.outbox.is_dead(payment.payment_id, one, Kind.PAYMENT_PAID)]


def _may_leave(told: Sequence[MessageNoted], now: datetime) -> bool:
    """Once it is there; what was missing again right before it left is waited for longer, and not for ever."""
    late = _late(told)
    # Beyond the pause lies what a wrong clock has noted.
    rested = all(abs(now - at) >= limits.late_delivery_pause() for at in late.values())
    return rested and len(late) < limits.late_deliveries()


def _late(told: Sequence[MessageNoted]) -> dict[str, datetime]:
    """When each late delivery was begun."""
    receipts = [(one.content.request, one.created_at) for one in told if isinstance(one.content, PaymentPaid)]
    return {request: at for request, at in receipts if request.startswith(LATE)}


def _waits_in_chat(told: Sequence[MessageNoted]) -> bool:
    receipts = [one for one in told if one.channel == Channel.CHAT and isinstance(one.content, PaymentPaid)]
    return any(one.state is State.WAITING for one in receipts)
