"""How long to wait before the next try."""

import random
from datetime import timedelta

from checkout import limits


def backoff(attempts: int, retry_after: float | None = None) -> timedelta:
    """For a service. Seconds double from one to a minute, with jitter, and are never fewer than the provider asks for.

    A minute is the most only where nothing is asked for: whoever comes sooner than asked is made to wait longer.
    """
    asked_for = min(retry_after or 0.0, limits.giving_up().total_seconds())
    return max(_grown(attempts, limits.longest_backoff()), timedelta(seconds=asked_for))


def database_backoff(attempts: int) -> timedelta:
    """For our own database. Seconds double from one to three, with jitter."""
    return _grown(attempts, limits.longest_database_backoff())


def _grown(attempts: int, longest: timedelta) -> timedelta:
    ceiling = min(2.0 ** min(attempts - 1, 10), longest.total_seconds())
    return timedelta(seconds=ceiling * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, no secret


def is_short(retry_after: float | None) -> bool:
    """Whether it can be waited for on the spot; for more than a minute nobody stands still."""
    return (retry_after or 0.0) <= limits.longest_backoff().total_seconds()
