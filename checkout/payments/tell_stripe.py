"""What the outbox brings to Stripe: what it is to remember with a payment, and refunds that a review has decided."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from checkout import limits
from checkout.errors import AnswerKept, OwnTrouble, PaymentRefused, RefusalArea, ServiceRefused, StaleWrite
from checkout.model import keys
from checkout.model.daily_totals import DayOf, Totals
from checkout.model.intent_facts import IntentFacts, Settlement
from checkout.model.message_content import StripeNote, StripeRefund
from checkout.model.outbox import OutboxMessage
from checkout.model.payment import Payment
from checkout.notifications.compose import Composer
from checkout.notifications.delivery import Sent
from checkout.notifications.send_slot import SendSlot
from checkout.ports.providers import PaymentActions
from checkout.ports.storage import Storage

TRIES = 3
ALREADY_REFUNDED = "charge_already_refunded"


class StripeActions(PaymentActions, Protocol):
    @property
    def tells_fees(self) -> bool:
        """Whether the key may read what Stripe takes."""
        ...

    async def note(self, intent_id: str, metadata: Mapping[str, str]) -> Settlement | None:
        """The PaymentIntent remembers this too, whatever its status; what else it remembers stays.

        Returns what Stripe took for it, as far as it tells.
        """
        ...


class StripeDelivery:
    """Stripe is our second memory: a database that was lost, or is older, takes numbers and decisions in from there.

    ``livemode`` is the shop's, ``day_of`` its days.
    """

    def __init__(
        self, storage: Storage, actions: StripeActions, *, shop_id: str, livemode: bool, day_of: DayOf
    ) -> None:
        self._storage, self._actions, self._shop_id = storage, actions, shop_id
        self._livemode, self._day_of = livemode, day_of

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        """Raises ServiceError."""
        payment = message.payment or await self._payment(message.payment_id)
        await slot.wait()
        match message.content:
            case StripeNote(fees_asked, is_address):
                # Another account, to which the shop has gone since, has nothing to remember it with.
                with _no_matter_if(lambda error: error.is_missing), _waiting_for_the_shop():
                    if is_address:
                        await self._actions.note(payment.payment_intent_id or "", {"email": payment.email})
                    else:
                        await self._remember(payment, fees_asked, now)
            case StripeRefund(intent_id, again):
                # All has gone back already: by Stripe's dashboard, or before the database was lost.
                with _no_matter_if(lambda error: error.code == ALREADY_REFUNDED):
                    await self._give_back(payment.payment_id, intent_id, again, message.attempts)
            case unknown:
                raise ServiceRefused(f"Stripe is not told {unknown.kind}")
        return Sent("")

    async def _remember(self, payment: Payment, fees_asked: int, now: datetime) -> None:
        """Asked again Stripe is only to say what it takes, be it for a second payment: it must not remember a receipt
        before that was told."""
        first, intents = payment.payment_intent_id or "", payment.facts.intents
        paid = payment.facts.paid_intents or (first,)
        untold = {one for one in paid if not intents.get(one, IntentFacts()).settlement}
        for intent_id in sorted(untold) if fees_asked else [first]:
            if settlement := await self._actions.note(intent_id, {} if fees_asked else _to_remember(payment)):
                await self._keep(payment.payment_id, intent_id, settlement, now)
                untold.discard(intent_id)
        if untold and payment.paid_at:
            await self._ask_later(payment, fees_asked, now)

    async def _ask_later(self, payment: Payment, asked: int, now: datetime) -> None:
        pauses = limits.fees_pauses()
        if asked < len(pauses) and self._actions.tells_fees:
            async with self._storage.begin() as tx:
                await tx.outbox.add([Composer((), now).stripe_fees(payment, asked + 1, now + pauses[asked])])

    async def _give_back(self, payment_id: str, intent_id: str, again: int, attempts: int) -> None:
        request = keys.review_request(intent_id, again)
        metadata, key = keys.refund_metadata(self._shop_id, payment_id, request), keys.refund(payment_id, request)
        try:
            await self._actions.refund(intent_id, None, key, metadata)
        except AnswerKept:
            # All that is left is asked for, which cannot go back twice, whatever the key.
            await self._actions.refund(intent_id, None, keys.refund_after_failure(key, attempts), metadata)

    async def _payment(self, payment_id: str) -> Payment:
        async with self._storage.read() as tx:
            payment = await tx.payments.get(payment_id)
        if payment is None:
            raise ServiceRefused(f"payment {payment_id} is gone")
        return payment

    async def _keep(self, payment_id: str, intent_id: str, settlement: Settlement, now: datetime) -> None:
        """Where somebody else moves the payment again and again, reconciliation may find it once more."""
        for _ in range(TRIES):
            with contextlib.suppress(StaleWrite):
                async with self._storage.begin() as tx:
                    before = await tx.payments.get(payment_id)
                    if before is None:
                        return
                    facts = before.facts.with_intent(intent_id, IntentFacts(settlement=settlement))
                    after = before.with_facts(facts, now)
                    if after is not before:
                        totals = Totals()
                        totals.count(before, after, now, self._day_of, livemode=self._livemode)
                        await tx.payments.update(after)
                        await tx.statistics.add(totals.rows())
                return


@contextlib.contextmanager
def _no_matter_if(is_well: Callable[[ServiceRefused], bool]) -> Iterator[None]:
    try:
        yield
    except ServiceRefused as error:
        if not is_well(error):
            raise


@contextlib.contextmanager
def _waiting_for_the_shop() -> Iterator[None]:
    """A key that Stripe refuses is no refusal of the note: somebody mends that, and what was told stays told."""
    try:
        yield
    except PaymentRefused as error:
        if error.area not in (RefusalArea.KEY, RefusalArea.ACCOUNT):
            raise
        raise OwnTrouble(str(error), code=error.code) from error


def _to_remember(payment: Payment) -> dict[str, str]:
    remembered = {}
    if payment.receipt_number is not None:
        remembered["receipt"] = str(payment.receipt_number)
    if payment.facts.decision:
        remembered["review"] = payment.facts.decision.action
    return remembered
