"""The real time."""

import time
from datetime import UTC, datetime

# Linux' other one stands still while the machine sleeps, and the time does not.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def passed(self) -> float:
        return time.clock_gettime(STEADY)
