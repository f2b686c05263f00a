"""A refund that a review has decided and that has failed is asked for again: it is the same decision, no second one."""

from collections.abc import Sequence

from checkout.errors import StaleWrite
from checkout.model import keys
from checkout.model.activity import MessageNoted
from checkout.model.audit import Action
from checkout.model.message_content import StripeRefund
from checkout.model.outbox import State
from checkout.model.payment import Payment
from checkout.notifications.compose import Composer
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage


class RepeatRefund:
    """Whoever asks, and however often: a new request is made only once the one before is known to have failed."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock

    async def due(self, payment: Payment) -> None:
        """Raises StaleWrite when nothing is to be asked for again."""
        async with self._storage.read() as tx:
            asked = await tx.outbox.of_payment(payment.payment_id)
        _requests(payment, asked)

    async def ask(self, payment_id: str, admin_id: int) -> None:
        """Raises StaleWrite when nothing is to be asked for again, and DatabaseAway."""
        now = self._clock.now()
        async with self._storage.begin() as tx:
            await tx.audit.get_for_update(payment_id)  # two admins who press at once wait for each other
            payment = await tx.payments.get(payment_id)
            if payment is None:
                raise StaleWrite(f"there is no payment {payment_id} any more")
            requests = _requests(payment, await tx.outbox.of_payment(payment_id))
            composer = Composer((), now)
            messages = [composer.review_refund(payment_id, one, number) for one, number in requests]
            await tx.outbox.add(messages)
            await tx.audit.add(admin_id, Action.REFUND_REPEATED, payment_id, {}, now)


def _requests(payment: Payment, asked: Sequence[MessageNoted]) -> list[tuple[str, int]]:
    """Of which PaymentIntents, and which request for each; the first one has the number 0."""
    if not payment.may_refund_again:
        raise StaleWrite(f"the refund of payment {payment.payment_id} is under way, done, or was never decided")
    numbers = [(one, next_request(payment, one, asked)) for one in payment.facts.not_given_back]
    due = [(intent_id, number) for intent_id, number in numbers if number is not None]
    if not due:
        raise StaleWrite(f"Stripe has been asked for the refund of payment {payment.payment_id}")
    return due


def next_request(payment: Payment, intent_id: str, asked: Sequence[MessageNoted]) -> int | None:
    """The first that neither Stripe nor the bank has refused; None while it is under way.

    One that was sent, and of which Stripe made no refund, has found all on its way back by another one: it is over
    when that one has failed.
    """
    refunds = payment.facts.refunds_of(intent_id)
    states = {
        one.content.again: one.state
        for one in asked
        if isinstance(one.content, StripeRefund) and one.content.intent_id == intent_id
    }
    ours = [keys.review_request(intent_id, number) for number in range(len(refunds) + len(states) + 1)]
    failed = [one.request for one in refunds if one.state == "failed"]
    others_failed = sum(request not in ours for request in failed)
    known = {one.request for one in refunds}
    for number, request in enumerate(ours):
        state = states.get(number)
        if request in failed or state in (State.PARKED, State.DROPPED):
            continue
        if state is State.SENT and request not in known and others_failed:
            others_failed -= 1
            continue
        return number if state is None else None
    return None
