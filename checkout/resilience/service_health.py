"""What is known of one service: which ways of using it fail, since when it is down, and when it may be asked again."""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from checkout import limits
from checkout.errors import AskedToWait, ServiceError
from checkout.ports.runtime import Clock
from checkout.resilience.backoff import backoff

log = logging.getLogger(__name__)
# Whoever was not served and had nothing more to get for so long starts anew.
FORGET_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Failing:
    """A way of using the service has failed so often in a row; from ``probe_at`` on one probe may try it again.

    ``at`` is when that was said.
    """

    times: int
    probe_at: datetime
    at: datetime

    def is_due(self, now: datetime) -> bool:
        """What was said in the future counts as said long ago: the clock was ahead then."""
        return now >= self.probe_at or self.at > now


@dataclass(frozen=True, slots=True)
class _NotServed:
    """A recipient or a message that was not served so often in a row, and waits; ``answers`` is how many others were
    served until it began."""

    times: int
    until: datetime
    answers: int


class ServiceHealth:
    """A service is used in several ways, each with a name: one may fail while the others work.

    The log says once that it is down and once that it is back, however many ways fail. ``since`` is the first
    failure, ``failed_at`` the last, and ``answered_at`` the last answer in any way: in UTC, None for never.
    """

    def __init__(self, service: str, clock: Clock) -> None:
        self.service = service
        self._clock = clock
        self._failing: dict[str, _Failing] = {}
        self._not_served: dict[tuple[str, str], _NotServed] = {}
        self._answers: Counter[str] = Counter()
        self.since: datetime | None = None
        self.failed_at: datetime | None = None
        self.answered_at: datetime | None = None

    @property
    def is_down(self) -> bool:
        """In some way at least."""
        return bool(self._failing)

    def is_failing(self, way: str) -> bool:
        return way in self._failing

    @property
    def down_until(self) -> datetime | None:
        """How long it has been down as far as is known, now at most: who was asked to wait need not ask to know. None
        while it works."""
        if self.failed_at is None:
            return None
        rests = [one.probe_at for one in self._failing.values()]
        return max(self.failed_at, min(self._clock.now(), max(rests, default=self.failed_at)))

    def answers(self, way: str) -> int:
        """How often this way has worked."""
        return self._answers[way]

    def probe_at(self, way: str) -> datetime | None:
        """When the next probe of this way is due; None while it works."""
        failing, now = self._failing.get(way), self._clock.now()
        if failing is None:
            return None
        return min(failing.probe_at, now) if failing.is_due(now) else failing.probe_at

    def answered(self, way: str, *served: str) -> None:
        """This way works; said once no other fails. ``served`` are those that were."""
        for one in served:
            self._not_served.pop((way, one), None)
        self._answers[way] += 1
        self.answered_at, self.since, self.failed_at = self._clock.now(), None, None
        if self._failing.pop(way, None) is None:
            return
        if not self._failing:
            log.info("%s is back", self.service)
        self.ask_now()

    def ask_now(self) -> None:
        """Nobody waits on for as long as they were asked to: it works in another way again, or a person wants it."""
        now = self._clock.now()
        self._failing = {way: replace(one, probe_at=min(one.probe_at, now)) for way, one in self._failing.items()}

    def failed(self, way: str, reason: str, retry_after: float | None = None) -> datetime:
        """Notes a failure, said only if all other ways work; returns when to try this one again.

        ``retry_after`` is in seconds. What fails before the next probe is due is the same failure.
        """
        now = self._clock.now()
        if not self._failing:
            log.warning("%s is down: %s; nothing is lost, it is asked again until it is back", self.service, reason)
        self._note_failure(now)
        before = self._failing.get(way, _Failing(0, now, now))
        if before.is_due(now):
            times = before.times + 1
            after = _Failing(times, now + backoff(times, retry_after), now)
        elif retry_after is not None:
            after = _Failing(before.times, max(before.probe_at, now + backoff(1, retry_after)), now)
        else:
            after = before
        self._failing[way] = after
        return after.probe_at

    def not_served(self, way: str, error: ServiceError, whom: str, reason: str, began: int | None = None) -> datetime:
        """When to try again. Who gets nothing while others are served is alone in it: nobody waits for that. Nor is a
        limit everybody's until a second one meets it, and then for a minute at most before somebody else tries.

        ``began`` is how many ``answers`` there were when it began: others may have been served while it hung."""
        now, answers = self._clock.now(), self._answers[way]
        others = {who: kept for who, kept in self._not_served.items() if kept.until + FORGET_AFTER > now}
        is_limit = isinstance(error, AskedToWait)
        before = others.pop((way, whom), _NotServed(0, now, answers if is_limit or began is None else began))
        at = now + backoff(before.times + 1, error.retry_after)
        self._not_served = {**others, (way, whom): _NotServed(before.times + 1, at, before.answers)}
        is_alone = before.answers < answers
        if not isinstance(error, AskedToWait):
            return at if is_alone else self.failed(way, reason, error.retry_after)
        if error.everyone:
            return max(at, self.failed(way, reason, error.retry_after))
        others_wait = any(one.until > now and one.answers == answers for one in others.values())
        if is_alone or not (others_wait or self.is_failing(way)):
            return at
        longest = limits.longest_backoff().total_seconds()
        return max(at, self.failed(way, reason, min(error.retry_after or 0.0, longest)))

    def _note_failure(self, now: datetime) -> None:
        """Nobody asked for long in between: whether it was down all the time is not known."""
        until = self.down_until
        if self.since is None or until is None or abs(now - until) > limits.outage_quiet():
            self.since = now
        self.failed_at = now
