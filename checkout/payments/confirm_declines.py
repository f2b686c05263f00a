"""Before a customer is told of a decline Stripe is asked: no webhook may have told of what has come after it."""

from dataclasses import replace
from datetime import datetime

from checkout import limits
from checkout.errors import OwnTrouble, ServiceRefused, ServiceUnavailable
from checkout.model.events import IntentReport, ProviderEvent
from checkout.model.outbox import Channel, OutboxMessage, tells_of_a_decline
from checkout.notifications.delivery import Delivery, Sent
from checkout.notifications.send_slot import SendSlot
from checkout.ports.payments import EventRecorder
from checkout.ports.providers import PaymentHistory
from checkout.resilience.patience import patience


class ConfirmDeclines:
    """Sends all else at once by ``delivery``. What Stripe says is recorded as if a webhook had told of it: a decline
    that is not the end any more is superseded, and then has no slot to leave in."""

    def __init__(self, delivery: Delivery, history: PaymentHistory, recorder: EventRecorder) -> None:
        self._delivery, self._history, self._recorder = delivery, history, recorder

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        """Raises as the delivery does; OwnTrouble while the mail waits for Stripe's answer."""
        intent_id = message.payment.payment_intent_id if message.payment else None
        if intent_id and tells_of_a_decline(message.content):
            await self._ask(message, intent_id, now)
            message = replace(message, payment=None)  # it is read anew
        return await self._delivery.send(message, now, slot)

    async def _ask(self, message: OutboxMessage, intent_id: str, now: datetime) -> None:
        try:
            async with patience(limits.decline_look_up().total_seconds()):
                found = await self._history.look_up(intent_id)
        except ServiceRefused:
            return  # what its webhook has said is all that there is
        except (ServiceUnavailable, TimeoutError) as error:
            # In the chat others would wait behind it.
            waited = now - (message.failing_since or now)
            if message.channel is Channel.MAIL and waited < limits.decline_patience():
                raise OwnTrouble(f"Stripe does not say whether it still holds: {error or 'no answer'}") from error
            return
        for event in found:
            if _is_news(event):
                await self._recorder.record(event)


def _is_news(event: ProviderEvent) -> bool:
    """Of another decline its own webhook tells, or reconciliation."""
    return isinstance(event.report, IntentReport) and event.report.kind != "payment_failed"
