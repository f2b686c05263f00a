"""The clock, the rate limit, the counters, and the call that wakes the outbox."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from checkout.model.outbox import Channel

# Tells the outbox's workers that there may be something new.
Wake = Callable[[], None]


class WakeChannels(Protocol):
    """Something is due now on these channels; where none is named, as Wake for all of them."""

    def __call__(self, *channels: Channel) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC."""
        ...

    def passed(self) -> float:
        """Seconds since some moment, by a clock that nobody sets."""
        ...


class Meter(Protocol):
    """Counts and times what happens, in seconds. No word given to it tells of whom: no id, address or token."""

    def webhook(self, provider: str, event_type: str, result: str, seconds: float) -> None:
        """``result`` is ``recorded``, ``refused`` (nothing of ours, or malformed) or ``failed`` (to be sent again)."""
        ...

    def events(self, event_type: str, result: str, count: int) -> None:
        """Events of the payment provider, however they came; ``result`` is ``new``, ``repeated`` or ``foreign``."""
        ...

    def send(self, channel: str, kind: str, result: str) -> None:
        """What came of a try to send a message of the outbox: ``sent``, ``retry`` or ``parked``."""
        ...

    def sending(self, channel: str, seconds: float) -> None:
        """How long such a try took."""
        ...

    def call(self, service: str, operation: str, result: str, seconds: float) -> None:
        """One request; ``result`` is ``ok``, ``limited``, ``refused``, ``failed`` or ``unreachable``."""
        ...

    def verification(self, result: str) -> None:
        """``sent``, ``unsent``, ``limited``, ``ok``, ``wrong`` or ``gone``."""
        ...


class RateLimit(Protocol):
    async def wait(self, recipient: str) -> None:
        """Returns when this call may go."""
        ...

    async def ended(self, recipient: str) -> None:
        """The call is over: where each recipient has a pause, it begins now."""
        ...
