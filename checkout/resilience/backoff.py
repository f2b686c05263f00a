"""How long to wait before the next try."""

import random
from datetime import timedelta

from checkout.limits import longest_backoff


def backoff(attempts: int, retry_after: float | None = None) -> timedelta:
    """Seconds double from one to a minute, with jitter, and are never fewer than the provider asks for.

    A minute is the most, whatever it asks for: its return must be noticed.
    """
    longest = longest_backoff().total_seconds()
    ceiling = min(2.0 ** min(attempts - 1, 10), longest)
    grown = ceiling * random.uniform(0.5, 1.0)  # noqa: S311 -- jitter, no secret
    return timedelta(seconds=min(max(grown, retry_after or 0.0), longest))
