"""Money is given back: asked for here, done only when the provider's event says so."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from checkout import limits
from checkout.errors import AnswerKept, CannotRefund, ServiceRefused, ServiceUnavailable
from checkout.model import keys
from checkout.model.audit import Action, AuditEntry
from checkout.model.payment import SETTLED, Payment, Status
from checkout.notifications.log_words import reason_of
from checkout.ports.providers import PaymentActions
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage, Transaction
from checkout.reporting.look_up_payments import named_payment

log = logging.getLogger(__name__)
MOST_KEYS = 20  # of one refund, each of which Stripe may keep a failure under: one for each time that it is asked for


@dataclass(frozen=True, slots=True)
class Refundable:
    """``left`` in minor units is what can still be given back, of ``intent_id``; ``on_its_way`` was asked for and has
    not arrived."""

    payment: Payment
    left: int
    on_its_way: int
    intent_id: str = ""

    def check(self, amount: int) -> None:
        """Raises CannotRefund for more than is left."""
        if amount > self.left:
            raise CannotRefund("more_than_left", self.payment.payment_id, self.left, self.payment.came_in.currency)


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """``request`` is stable over every repetition of one decision, and another for the next one.

    ``left`` is what the admin was shown to be left as they were asked; None where that was not noted.
    """

    request: str
    payment_id: str
    amount: int
    admin_id: int
    left: int | None = None


class RefundPayment:
    def __init__(self, storage: Storage, clock: Clock, actions: PaymentActions, *, shop_id: str) -> None:
        self._storage, self._clock, self._actions, self._shop_id = storage, clock, actions, shop_id

    async def refundable(self, name: str) -> Refundable:
        """What can be given back of the payment of this id or PaymentIntent. Raises NotFound or CannotRefund."""
        async with self._storage.read() as tx:
            payment = await named_payment(tx, name)
            done = await tx.audit.of_payment(payment.payment_id)
        return _checked(payment, done, self._clock.now())

    async def request(self, wanted: RefundRequest) -> Payment:
        """Asks the provider; the same request asked again is the same refund, whatever crashed meanwhile.

        The amount is set aside before: two admins together never ask for more than is left. Raises NotFound,
        CannotRefund, ServiceRefused, and ServiceUnavailable when it is not known whether the request was taken.
        """
        async with self._storage.begin() as tx:
            payment, intent_id = await self._set_aside(tx, wanted)
        try:
            await self._ask(intent_id, wanted)
        except ServiceRefused as error:
            await self._note(wanted, Action.REFUND_REFUSED, {"reason": str(error), "code": error.code})
            raise
        except ServiceUnavailable as error:
            about = {"payment_id": wanted.payment_id}
            log.warning(
                "a refund was asked for and not answered, the admin may ask again: %s", reason_of(error), extra=about
            )
            raise
        await self._note(wanted, Action.REFUND_REQUESTED, {})
        return payment

    async def _ask(self, intent_id: str, wanted: RefundRequest) -> None:
        key = keys.refund(wanted.payment_id, wanted.request)
        metadata = keys.refund_metadata(self._shop_id, wanted.payment_id, wanted.request, wanted.admin_id)
        for tries in range(MOST_KEYS):
            another = keys.refund_after_failure(key, tries) if tries else key
            with suppress(AnswerKept):
                await self._actions.refund(intent_id, wanted.amount, another, metadata)
                return
            # By another key it would be another refund, where Stripe has made one in spite of its failure.
            if wanted.request in await self._actions.refund_requests(intent_id):
                return
        raise ServiceUnavailable("Stripe repeats failures of its own")

    async def _set_aside(self, tx: Transaction, wanted: RefundRequest) -> tuple[Payment, str]:
        """Of which PaymentIntent is noted: asked again, the same key must carry the same."""
        done, now = await tx.audit.get_for_update(wanted.payment_id), self._clock.now()
        payment = await named_payment(tx, wanted.payment_id)
        for entry in done:
            if _is(entry, Action.REFUND_REFUSED, wanted.request):
                # What was refused is not set aside any more: others may have it by now.
                raise ServiceRefused(entry.details["reason"], code=entry.details["code"])
        for entry in done:
            if _is(entry, Action.REFUND_ASKED, wanted.request):
                return payment, entry.details.get("intent", payment.payment_intent_id or "")
        found = _checked(payment, done, now)
        if wanted.left not in (None, found.left):
            # Two admins who mean the same refund would make two of it.
            raise CannotRefund("changed", payment.payment_id, found.left, payment.came_in.currency)
        found.check(wanted.amount)
        details = {"request": wanted.request, "amount": str(wanted.amount), "currency": payment.came_in.currency}
        details["intent"] = found.intent_id
        await tx.audit.add(wanted.admin_id, Action.REFUND_ASKED, wanted.payment_id, details, now)
        return payment, found.intent_id

    async def _note(self, wanted: RefundRequest, action: Action, more: dict[str, str]) -> None:
        async with self._storage.begin() as tx:
            done = await tx.audit.get_for_update(wanted.payment_id)
            if any(_is(entry, action, wanted.request) for entry in done):
                return
            asked = next(one for one in done if _is(one, Action.REFUND_ASKED, wanted.request))
            details = {**asked.details, **more}
            await tx.audit.add(wanted.admin_id, action, wanted.payment_id, details, self._clock.now())


def _checked(payment: Payment, done: Sequence[AuditEntry], now: datetime) -> Refundable:
    if payment.status is Status.REVIEW and payment.facts.received:
        raise CannotRefund("under_review", payment.payment_id)
    if payment.status not in SETTLED:
        raise CannotRefund("not_paid", payment.payment_id)
    kept = kept_intents(payment)
    if len(kept) > 1:
        raise CannotRefund("paid_twice", payment.payment_id)
    if payment.facts.paid_intents and not kept:
        raise CannotRefund("on_its_way" if payment.kept.amount else "nothing_left", payment.payment_id)
    intent_id = kept[0] if kept else payment.payment_intent_id or ""
    on_its_way = payment.facts.on_its_way(intent_id) + _set_aside_in(payment, done, now)
    back = payment.facts.given_back(intent_id) if kept else payment.amount_refunded
    left = payment.taken.amount - back - on_its_way
    if left <= 0:
        raise CannotRefund("on_its_way" if on_its_way else "nothing_left", payment.payment_id)
    return Refundable(payment, left, on_its_way, intent_id)


def kept_intents(payment: Payment) -> list[str]:
    """The PaymentIntents by which it was paid, as agreed, whose money is not all back or on its way; of what was paid
    twice both, until one was given back."""
    return [one for one in payment.facts.paid_intents if payment.facts.going_back(one) < payment.amount]


def _set_aside_in(payment: Payment, done: Sequence[AuditEntry], now: datetime) -> int:
    """What was asked for, was not refused, and is not among the refunds that the provider's events have told of."""
    told = {refund.request for refund in payment.facts.refunds.values()}
    refused = {one.details["request"] for one in done if one.action == Action.REFUND_REFUSED}
    taken = {one.details["request"] for one in done if one.action == Action.REFUND_REQUESTED}
    asked = [one for one in done if one.action == Action.REFUND_ASKED]
    # Without an answer the question stays open for so long; then nobody can press its button any more, and what the
    # provider has taken all the same it has told of.
    open_since = now - limits.question_lifetime()
    return sum(
        int(one.details["amount"])
        for one in asked
        if one.details["request"] not in told | refused and (one.details["request"] in taken or one.at > open_since)
    )


def _is(entry: AuditEntry, action: Action, request: str) -> bool:
    return entry.action == action and entry.details.get("request") == request
