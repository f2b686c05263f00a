"""Chats that Telegram wants left alone for long: whoever knocks meanwhile is made to wait for longer."""

from datetime import datetime

from checkout.ports.runtime import Clock
from checkout.resilience.backoff import backoff, is_short

# So many are remembered before those whose time is over are forgotten.
MOST = 1000


class RestingChats:
    """Waits of a minute at most are the callers' own business."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rests: dict[int | str, tuple[datetime, datetime]] = {}

    def seconds_left(self, chat_id: int | str) -> float:
        """0 for a chat that may be written to. A rest that began in the future is over: the clock was wrong then."""
        now = self._clock.now()
        began, until = self._rests.get(chat_id, (now, now))
        return max(0.0, (until - now).total_seconds()) if began <= now else 0.0

    def note(self, chat_id: int | str, retry_after: float) -> None:
        """``retry_after`` in seconds, as Telegram says it."""
        if is_short(retry_after):
            return
        now = self._clock.now()
        if len(self._rests) >= MOST:
            self._rests = {one: rest for one, rest in self._rests.items() if rest[1] > now}
        self._rests[chat_id] = now, now + backoff(1, retry_after)
