"""Times that were noted by a clock that was ahead: what lies in the future counts as now."""

from datetime import datetime, timedelta

# Replicas' clocks differ by less.
TOLERANCE = timedelta(minutes=1)


def is_ahead(noted_at: datetime, now: datetime) -> bool:
    """Whether nobody can have noted it yet."""
    return noted_at > now + TOLERANCE
