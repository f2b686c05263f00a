"""What a group of provider events changes, before it is written."""

from dataclasses import dataclass, field

from checkout.model.daily_totals import Totals
from checkout.model.events import DecisionReport, ProviderEvent
from checkout.model.outbox import NewMessage
from checkout.model.payment import Payment


@dataclass(slots=True)
class Plan:
    """Everything to write. ``changed`` payments carry the version they were read with.

    ``moves`` tells the log what each event has changed, ``to_do`` what a person is to hand over; ``foreign`` are the
    ids of events that are not this shop's. ``adopted_intents`` tell whose the events are that waited for a payment.
    ``unclear`` are messages that may have been told by a database which is gone: a person decides whether they leave.
    ``corrected`` is what a correction makes up for: where it has not left it need not any more, or it would say in the
    same words what the correction says.
    """

    events: list[tuple[ProviderEvent, str | None]] = field(default_factory=list)
    inserted: dict[str, Payment] = field(default_factory=dict)
    changed: dict[str, Payment] = field(default_factory=dict)
    messages: list[NewMessage] = field(default_factory=list)
    silenced: set[str] = field(default_factory=set)
    failures_replaced: set[str] = field(default_factory=set)
    corrected: list[NewMessage] = field(default_factory=list)
    new_orphans: list[ProviderEvent] = field(default_factory=list)
    adopted_intents: dict[str, str] = field(default_factory=dict)
    last_receipt_number: int = 0
    decisions: list[tuple[str, DecisionReport]] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    moves: list[tuple[ProviderEvent, Payment]] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    to_do: list[Payment] = field(default_factory=list)
    unclear: list[NewMessage] = field(default_factory=list)
