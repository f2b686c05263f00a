"""One payment from the first code to the last refund, in the order it happened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from checkout.model.activity import ActivityEntry, EventNoted, MessageNoted, Step, Traces
from checkout.model.audit import AuditEntry
from checkout.model.intent_facts import Failure
from checkout.model.message_content import PayMessage, StoredContent, StripeNote, is_for_admins
from checkout.model.outbox import State, edited_by
from checkout.model.payment import Payment
from checkout.ports.storage import Storage
from checkout.reporting.look_up_payments import named_payment

# A code lives for ten minutes; whoever tries a second address takes a little longer.
BEFORE_VERIFIED = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class LinkMade:
    """The payment came to be."""


@dataclass(frozen=True, slots=True)
class Declined:
    """A declined attempt. ``event`` is what told of it; None where it is known otherwise."""

    failure: Failure
    event: EventNoted | None


What = ActivityEntry | LinkMade | Declined | EventNoted | MessageNoted | AuditEntry


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """``at`` in UTC, by this machine's clock wherever it saw what happened."""

    at: datetime
    what: What


@dataclass(frozen=True, slots=True)
class Timeline:
    payment: Payment
    traces: Traces
    timeline_entries: Sequence[TimelineEntry]


class PaymentTimeline:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def of(self, any_id: str) -> Timeline:
        """By our id or that of the PaymentIntent. Raises NotFound."""
        async with self._storage.read() as tx:
            payment = await named_payment(tx, any_id)
            traces = Traces(
                customer=await tx.customers.get(payment.telegram_user_id),
                activity=await tx.activity.of_payment(payment),
                events=await tx.events.of_payment(payment.payment_id),
                messages=await tx.outbox.of_payment(payment.payment_id),
                decisions=await tx.audit.of_payment(payment.payment_id),
            )
        return Timeline(payment, traces, timeline(payment, traces))


def timeline(payment: Payment, traces: Traces) -> list[TimelineEntry]:
    """Everything that is worth telling, the oldest first."""
    found = [
        *(TimelineEntry(entry.at, entry) for entry in _codes(traces.activity)),
        TimelineEntry(payment.created_at, LinkMade()),
        *(TimelineEntry(entry.at, entry) for entry in traces.activity if entry.payment_id),
        *_events(payment, traces.events),
        *(TimelineEntry(one.sent_at or one.created_at, one) for one in _messages(traces.messages)),
        *(TimelineEntry(decision.at, decision) for decision in traces.decisions),
    ]
    return sorted(found, key=lambda timeline_entry: timeline_entry.at)


def _codes(activity: Sequence[ActivityEntry]) -> Iterator[ActivityEntry]:
    """The last verification before the payment and the codes that led to it; a mail that did not leave is told once."""
    before = [entry for entry in activity if entry.payment_id is None]
    verified = next((entry for entry in reversed(before) if entry.step is Step.VERIFIED), None)
    unsent = {(entry.details, entry.at) for entry in before if entry.step is Step.CODE_UNSENT}
    for entry in before:
        is_earlier = verified is not None and (
            entry.at < verified.at - BEFORE_VERIFIED or (entry.step is Step.VERIFIED and entry is not verified)
        )
        if not is_earlier and not (entry.step is Step.CODE_SENT and (entry.details, entry.at) in unsent):
            yield entry


def _events(payment: Payment, events: Sequence[EventNoted]) -> Iterator[TimelineEntry]:
    """A decline and the event that told of it are one."""
    failures = {
        failure.event_id: failure for facts in payment.facts.intents.values() for failure in facts.failures.values()
    }
    for event in events:
        failure = failures.pop(event.event_id, None)
        yield TimelineEntry(event.received_at, Declined(failure, event) if failure else event)
    yield from (TimelineEntry(failure.at, Declined(failure, None)) for failure in failures.values())


def _messages(messages: Sequence[MessageNoted]) -> Iterator[MessageNoted]:
    """Without those that never left because they were no longer true, and the message with the button or an alert
    brought up to date or taken away: what it shows is told by what happened. An alert went to every admin and is told
    once."""
    told: set[tuple[StoredContent, State]] = set()
    for message in messages:
        is_no_news = isinstance(message.content, PayMessage | StripeNote) and message.state is State.SENT
        is_question = isinstance(message.content, StripeNote) and message.content.fees_asked > 0
        is_removal = isinstance(message.content, PayMessage) and message.content.left is not None
        is_edit = edited_by(message.content) is not None
        if message.state is State.SUPERSEDED or is_no_news or is_question or is_removal or is_edit:
            continue
        if is_for_admins(message.content):
            alert = (message.content, message.state)
            if alert in told:
                continue
            told.add(alert)
        yield message
