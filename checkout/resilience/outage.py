"""How fast a provider is called, and how a provider that is down is left in peace."""

import logging
from datetime import datetime, timedelta

from checkout import limits
from checkout.errors import AskedToWait
from checkout.ports.runtime import Clock
from checkout.resilience.backoff import backoff

log = logging.getLogger(__name__)


class Outage:
    """What the log says of one service: once that it is down, once that it is back, in however many ways it is used.

    With a ``clock`` it also knows for how long: ``since`` the first failure, until ``failed_at``, the last; and when
    the service ``answered_at`` last. All in UTC, None for never.
    """

    def __init__(self, service: str, clock: Clock | None = None) -> None:
        self.service = service
        self._clock = clock
        self._failing: set[object] = set()
        self.since: datetime | None = None
        self.failed_at: datetime | None = None
        self.answered_at: datetime | None = None

    @property
    def is_down(self) -> bool:
        return bool(self._failing)

    def began(self, way: object, reason: str) -> None:
        """One ``way`` of using the service fails; said only if all others work."""
        if self._clock is not None:
            self._note_failure(self._clock.now())
        if not self._failing:
            log.warning("%s is down: %s; nothing is lost, it is asked again until it is back", self.service, reason)
        self._failing.add(way)

    def ended(self, way: object) -> None:
        """This way works; said once no other fails."""
        if self._clock is not None:
            self.answered_at, self.since, self.failed_at = self._clock.now(), None, None
        if way in self._failing:
            self._failing.discard(way)
            if not self._failing:
                log.info("%s is back", self.service)

    def _note_failure(self, now: datetime) -> None:
        """Nobody asked for long in between: whether it was down all the time is not known."""
        if self.since is None or self.failed_at is None or now - self.failed_at > limits.outage_quiet():
            self.since = now
        self.failed_at = now


class Health:
    """Whether a service answers. While it is down one probe at a time may call it, at growing distances."""

    def __init__(self, service: str, outage: Outage | None = None) -> None:
        self.service = service
        self._outage = outage or Outage(service)
        self._failures = 0
        self._probe_at: datetime | None = None
        self._asked_to_wait: dict[str, tuple[int, datetime]] = {}

    @property
    def is_down(self) -> bool:
        return self._failures > 0

    def probe_at(self) -> datetime | None:
        """When the next probe is due; None while the service is up."""
        return self._probe_at

    def succeeded(self, recipient: str = "") -> None:
        self._asked_to_wait.pop(recipient, None)
        self._failures, self._probe_at = 0, None
        self._outage.ended(self)

    def failed(self, now: datetime, retry_after: float | None, reason: str) -> datetime:
        """Notes a failure; returns when to try again. What fails before the next probe is due is the same failure."""
        if self._probe_at is None or now >= self._probe_at:
            self._failures += 1
            self._probe_at = now + backoff(self._failures, retry_after)
        elif retry_after is not None:
            self._probe_at = max(self._probe_at, now + backoff(1, retry_after))
        self._outage.began(self, reason)
        return self._probe_at

    def asked_to_wait(self, now: datetime, error: AskedToWait, recipient: str, reason: str) -> datetime:
        """When to try again. A limit may be one recipient's own; once a second one meets it, it is everybody's."""
        waiting = {who: kept for who, kept in self._asked_to_wait.items() if kept[1] + FORGET_AFTER > now}
        times = waiting.pop(recipient, (0, now))[0] + 1
        others_wait = any(until > now for _, until in waiting.values())
        at = now + backoff(times, error.retry_after)
        self._asked_to_wait = {**waiting, recipient: (times, at)}
        if error.everyone or others_wait or self.is_down:
            return max(at, self.failed(now, error.retry_after, reason))
        return at


# A recipient that was to wait and had nothing more to get for so long starts anew.
FORGET_AFTER = timedelta(minutes=5)
