"""The clock that the tests move."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class MovedClock:
    """Stands still until a test moves it; with no ``start`` it goes, as where services sign with the real time."""

    def __init__(self, start: datetime | None = NOON) -> None:
        self._start, self._moved, self._jumped = start, timedelta(), timedelta()

    def now(self) -> datetime:
        return (self._start or datetime.now(UTC)) + self._moved + self._jumped

    def stand_still(self) -> None:
        self._start = datetime.now(UTC)

    def passed(self) -> float:
        return self._moved.total_seconds()

    def forward(self, **units: float) -> None:
        """Moves the clock: forward(minutes=10)."""
        self._moved += timedelta(**units)

    def jump(self, **units: float) -> None:
        """Somebody sets it: no time passes."""
        self._jumped += timedelta(**units)
