"""A receipt is mailed once more, to the same address or to the right one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from checkout import limits
from checkout.errors import AddressChanged, NotFound, NotPaid
from checkout.model.audit import Action
from checkout.model.message_content import PaymentPaid
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, Mail, State
from checkout.model.payment import SETTLED, Fulfilment, Payment
from checkout.notifications.compose import Composer
from checkout.notifications.handover import Handover, seen_to
from checkout.ports.runtime import Clock, Wake
from checkout.ports.storage import Storage, Transaction
from checkout.reporting.look_up_payments import named_payment
from checkout.resilience.wrong_clock import is_ahead


@dataclass(frozen=True, slots=True)
class SentAgain:
    """Where the receipt goes. ``is_new`` is False when one to this address is on its way already.

    ``in_chat`` tells that it goes to the customer's chat too; ``handover`` who hands over what was bought.
    """

    email: str
    is_new: bool
    in_chat: bool = False
    handover: Handover = Handover.PROGRAM


@dataclass(frozen=True, slots=True)
class ReceiptOrder:
    """What an admin orders. ``name`` is a payment's id or its PaymentIntent's; ``email`` None keeps the address.

    ``request`` is the same when the same order comes once more. A pressed button is pressed twice more easily than
    a command is typed twice: ``by_button`` orders nothing new within a minute. ``instead_of`` is the payment's address
    as the admin was shown it who was asked about another one.
    """

    name: str
    email: str | None
    admin_id: int
    request: str
    by_button: bool = False
    instead_of: str = ""


class ResendReceipt:
    """``normalise`` makes of an address as typed the one that is kept, or raises InvalidEmail.

    ``handover_of`` tells who hands a product over, by its sku.
    """

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        normalise: Callable[[str], str],
        wake: Wake,
        handover_of: Callable[[str], Handover],
    ) -> None:
        self._storage, self._clock, self._normalise, self._wake = storage, clock, normalise, wake
        self._handover_of = handover_of

    async def undelivered(self, payment_id: str, telegram_user_id: int) -> Payment | None:
        """This customer's payment whose receipt did not arrive; None when it has gone out anew since.

        Raises NotFound for a payment that is not theirs, and NotPaid.
        """
        async with self._storage.read() as tx:
            payment = _paid(await tx.payments.get(payment_id))
            if payment.telegram_user_id != telegram_user_id:
                raise NotFound(payment_id)
            is_dead = await tx.outbox.is_dead(payment_id, Channel.MAIL, Kind.PAYMENT_PAID)
        return payment if is_dead else None

    async def send_again(self, payment_id: str, email: str | None = None, since: datetime | None = None) -> SentAgain:
        """Queues a new mail under a new key. ``email`` becomes the payment's address; None keeps the one it has.

        A mail made ``since`` then (UTC) or within the last minute is what is asked for. Whoever calls has made sure
        that the address is the customer's. Raises NotFound, NotPaid or InvalidEmail.
        """
        wanted = self._normalise(email) if email else None
        now = self._clock.now()
        async with self._storage.begin() as tx:
            payment = _paid(await tx.payments.get(payment_id))
            to = wanted or payment.email
            mails = await tx.outbox.mails(payment_id, Kind.PAYMENT_PAID)
            a_moment_ago = now - limits.receipt_again_pause()
            if mails and _is_on_its_way(mails[-1], to, min(since or now, a_moment_ago), now):
                return SentAgain(to, is_new=False)
            receipt = PaymentPaid(again=len(mails))
            to_customer = await _readdressed(tx, payment, to, receipt, now)
            await tx.outbox.add(Composer((), now).receipt_again(to_customer, receipt, in_chat=False))
            await self._note_handover(tx, payment, now)
        self._wake()
        return SentAgain(to, is_new=True)

    async def new_address(self, order: ReceiptOrder) -> tuple[Payment, str] | None:
        """The payment and the address that the order would give it; None where it keeps its own.

        Raises NotFound, NotPaid or InvalidEmail.
        """
        wanted = self._normalise(order.email) if order.email else None
        async with self._storage.read() as tx:
            payment = _paid(await named_payment(tx, order.name))
        return (payment, wanted) if wanted and wanted != payment.email else None

    async def order(self, order: ReceiptOrder) -> SentAgain:
        """Receipt and files by mail, and without another address in the chat too. Raises NotFound, NotPaid,
        InvalidEmail, and AddressChanged where another admin has changed the address since this one was asked."""
        wanted = self._normalise(order.email) if order.email else None
        async with self._storage.begin() as tx:
            payment = await named_payment(tx, order.name)
            await tx.audit.get_for_update(payment.payment_id)  # two admins who press at once wait for each other
            payment = _paid(await tx.payments.get(payment.payment_id))
            sent = await self._order(tx, payment, wanted, order)
        self._wake()
        return sent

    async def _order(self, tx: Transaction, payment: Payment, wanted: str | None, order: ReceiptOrder) -> SentAgain:
        to, now = wanted or payment.email, self._clock.now()
        in_chat, handover = wanted is None and payment.telegram_user_id > 0, self._handover_of(payment.sku)
        sent = SentAgain(to, is_new=True, in_chat=in_chat, handover=handover)
        mails = await tx.outbox.mails(payment.payment_id, Kind.PAYMENT_PAID)
        if any(_receipt(mail).request == order.request for mail in mails):
            return sent
        if order.instead_of and payment.email not in (order.instead_of, to):
            raise AddressChanged(payment.email)
        if order.by_button and any(_was_ordered(mail, to, now) for mail in mails):
            return SentAgain(to, is_new=False)
        receipt = PaymentPaid(len(mails), order.request)
        to_customer = await _readdressed(tx, payment, to, receipt, now)
        await tx.outbox.add(Composer((), now).receipt_again(to_customer, receipt, in_chat=sent.in_chat))
        await self._note_handover(tx, payment, now)
        details = {"email": to, "in_chat": "yes" if sent.in_chat else "no"}
        await tx.audit.add(order.admin_id, Action.RECEIPT_RESENT, payment.payment_id, details, now)
        return sent

    async def _note_handover(self, tx: Transaction, payment: Payment, now: datetime) -> None:
        """What has waited for a person leaves with this receipt, if the program can send it now."""
        if payment.waits_for_a_person and self._handover_of(payment.sku) is Handover.PROGRAM:
            await seen_to(tx, payment, Fulfilment.DELIVERED, now)


async def _readdressed(tx: Transaction, payment: Payment, to: str, receipt: PaymentPaid, now: datetime) -> Payment:
    """With ``to`` for its address from now on, in its chat's receipt and at Stripe, too."""
    if to == payment.email:
        return payment
    await tx.payments.change_email(payment.payment_id, to, now)
    changed, composer = replace(payment, email=to), Composer((), now)
    await tx.outbox.add([composer.stripe_address(payment.payment_id, receipt)])
    if payment.telegram_user_id > 0:
        await tx.outbox.add([composer.pay_message_readdressed(changed, receipt)])
    return changed


def _receipt(mail: Mail) -> PaymentPaid:
    """What the mail of a receipt says; one that cannot be read is taken for the first."""
    return mail.content if isinstance(mail.content, PaymentPaid) else PaymentPaid()


def _was_ordered(mail: Mail, to: str, now: datetime) -> bool:
    """Just now: what lies in the future was made by a clock that was ahead."""
    if _receipt(mail).again is None or mail.recipient != to or mail.is_dead or is_ahead(mail.created_at, now):
        return False
    return mail.created_at >= now - limits.receipt_again_pause()


def _paid(payment: Payment | None) -> Payment:
    if payment is None:
        raise NotFound("no such payment")
    if payment.status not in SETTLED or payment.paid_at is None:  # given back in a review, nothing was sold
        raise NotPaid(payment.payment_id)
    return payment


def _is_on_its_way(newest: Mail, to: str, since: datetime, now: datetime) -> bool:
    if newest.recipient != to or newest.is_dead:
        return False
    return newest.state is State.WAITING or (newest.created_at >= since and not is_ahead(newest.created_at, now))
