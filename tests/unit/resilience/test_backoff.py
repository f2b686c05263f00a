"""How long to wait before the next try."""

from datetime import timedelta

import pytest

from checkout import limits
from checkout.resilience.backoff import backoff, database_backoff

OUTAGE = range(1, 40)


def test_a_service_is_spared_for_up_to_a_minute() -> None:
    pauses = [backoff(attempt) for attempt in OUTAGE]
    assert pauses[0] <= timedelta(seconds=1)
    assert limits.longest_backoff() / 2 <= max(pauses) <= limits.longest_backoff()


@pytest.mark.parametrize("attempt", [1, 3, 39])
def test_a_service_gets_the_rest_it_asks_for(attempt: int) -> None:
    assert backoff(attempt, 3600.0) == timedelta(hours=1)


def test_our_own_database_is_asked_again_within_seconds_however_long_it_was_away() -> None:
    pauses = [database_backoff(attempt) for attempt in OUTAGE]
    assert pauses[0] <= timedelta(seconds=1)
    assert (
        limits.longest_database_backoff() / 2
        <= max(pauses)
        <= limits.longest_database_backoff()
        <= timedelta(seconds=5)
    )
