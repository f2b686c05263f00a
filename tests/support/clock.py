"""A clock that the tests move."""

from datetime import UTC, datetime, timedelta


class MovedClock:
    def __init__(self, start: datetime = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def forward(self, **units: float) -> None:
        """Moves the clock: forward(minutes=10)."""
        self._now += timedelta(**units)


class ShiftedClock:
    """The real time and what the test adds to it: for tests in which real services sign with the real time."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def forward(self, **units: float) -> None:
        self._shift += timedelta(**units)
