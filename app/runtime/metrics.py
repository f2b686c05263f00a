"""What /metrics shows: counters and durations kept in memory, and what the database tells when it is asked.

A registry belongs to one application. No label holds an id, an address or a token, and every label's values are a
short list: what is not on it is ``other``.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from checkout.model.outbox import Channel, State
from db.maintenance.health import Backlog

log = logging.getLogger(__name__)
LOOK_SECONDS = 2.0
# Seconds. Recording takes milliseconds; a call to a service may take as long as its timeout.
RECORDING = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CALLING = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30)
BACKLOG_STATES = (State.WAITING, State.PARKED)
# Asked at each scrape; sets gauges.
Look = Callable[[], Awaitable[object]]


class Metrics:
    """A Meter whose numbers ``scrape`` writes out.

    ``known_types`` are the event types of each provider that get a label of their own.
    """

    def __init__(self, known_types: Mapping[str, Collection[str]]) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._known = {(provider, one): one for provider, types in known_types.items() for one in types}
        self._looks: list[Look] = []
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._make_webhooks()
        self._make_sends()
        self._calls = self._histogram(
            "checkout_call_duration_seconds",
            "Requests to Stripe, Resend and Telegram",
            ("service", "operation", "result"),
            CALLING,
        )
        self._verifications = self._counter(
            "checkout_verifications", "Verification codes: sent, asked too often, right, wrong, gone", ("result",)
        )
        self._database_up = self.gauge("checkout_database_up", "1 when the database has answered this scrape")

    def _make_webhooks(self) -> None:
        self._webhooks = self._counter(
            "checkout_webhooks", "Webhooks by what became of them", ("provider", "type", "result")
        )
        self._recording = self._histogram(
            "checkout_webhook_duration_seconds", "From a webhook's arrival to its answer", ("provider",), RECORDING
        )
        self._events = self._counter(
            "checkout_events",
            "Stripe's events, by webhook or reconciliation: new, repeated or foreign",
            ("type", "result"),
        )
        # Thousands a second come by here: looking a child up by its labels costs as much as counting.
        self._webhook_children: dict[tuple[str, str, str], Counter] = {}
        self._event_children: dict[tuple[str, str], Counter] = {}
        self._recording_children: dict[str, Histogram] = {}

    def _make_sends(self) -> None:
        self._sends = self._counter(
            "checkout_sends", "Tries to send a message of the outbox", ("channel", "kind", "result")
        )
        self._sending = self._histogram(
            "checkout_send_duration_seconds", "One such try, rendering included", ("channel",), CALLING
        )
        self._backlog = self.gauge(
            "checkout_outbox_messages", "Messages that have not left: waiting or parked", ("channel", "state")
        )
        self._oldest = self.gauge(
            "checkout_outbox_oldest_seconds", "Age of the oldest message that has not left", ("channel", "state")
        )

    def webhook(self, provider: str, event_type: str, result: str, seconds: float) -> None:
        known = self._known.get((provider, event_type), "other")
        child = self._webhook_children.get((provider, known, result))
        if child is None:
            child = self._webhook_children[provider, known, result] = self._webhooks.labels(provider, known, result)
            self._recording_children[provider] = self._recording.labels(provider)
        child.inc()
        self._recording_children[provider].observe(seconds)

    def events(self, event_type: str, result: str, count: int) -> None:
        known = self._known.get(("stripe", event_type), "other")
        child = self._event_children.get((known, result))
        if child is None:
            child = self._event_children[known, result] = self._events.labels(known, result)
        child.inc(count)

    def send(self, channel: str, kind: str, result: str) -> None:
        self._sends.labels(channel, kind, result).inc()

    def sending(self, channel: str, seconds: float) -> None:
        self._sending.labels(channel).observe(seconds)

    def call(self, service: str, operation: str, result: str, seconds: float) -> None:
        self._calls.labels(service, operation, result).observe(seconds)

    def verification(self, result: str) -> None:
        self._verifications.labels(result).inc()

    def gauge(self, name: str, help_: str, labels: Sequence[str] = ()) -> Gauge:
        """A number that goes up and down: set it when it changes, or in a look."""
        return Gauge(name, help_, labels, registry=self.registry)

    def on_scrape(self, look: Look) -> None:
        """``look`` is asked at each scrape and sets gauges; when it raises or takes long, the rest is shown still."""
        self._looks.append(look)

    def show_backlog(self, backlog: Sequence[Backlog]) -> None:
        """Sets the outbox's gauges; what is not named is empty."""
        found = {(one.channel, one.state): one for one in backlog}
        for channel in Channel:
            for state in BACKLOG_STATES:
                one = found.get((channel.value, state.value))
                self._backlog.labels(channel, state).set(one.messages if one else 0)
                self._oldest.labels(channel, state).set(one.oldest_seconds if one else 0)

    async def scrape(self) -> str:
        """Everything in Prometheus' text format. Raises nothing when the database is away."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                for look in self._looks:
                    await look()
        except Exception as error:  # noqa: BLE001 -- whatever the database raises, what is in memory is still told
            log.warning("the numbers of this scrape lack what the database knows: %s", type(error).__name__)
            self._database_up.set(0)
            # Numbers of a while ago would look like those of now.
            self._backlog.clear()
            self._oldest.clear()
        else:
            self._database_up.set(1)
        return generate_latest(self.registry).decode()

    def _counter(self, name: str, help_: str, labels: Sequence[str]) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)

    def _histogram(self, name: str, help_: str, labels: Sequence[str], buckets: Sequence[float]) -> Histogram:
        return Histogram(name, help_, labels, registry=self.registry, buckets=buckets)
