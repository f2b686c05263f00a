"""What is known of a service: in which ways it fails, since when, and when it may be asked again."""

import logging
from datetime import timedelta

import pytest

from checkout import limits
from checkout.errors import AskedToWait, ServiceUnavailable
from checkout.resilience.service_health import ServiceHealth
from tests.support.clock import MovedClock

LIMITED = AskedToWait("asks to wait", retry_after=5.0)


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def health(clock: MovedClock) -> ServiceHealth:
    return ServiceHealth("Resend", clock)


def test_probes_come_at_growing_distances_up_to_a_minute(health: ServiceHealth, clock: MovedClock) -> None:
    longest = limits.longest_backoff()
    waits = []
    for _ in range(10):
        at = health.failed("sending", "refused")
        waits.append(at - clock.now())
        clock.forward(seconds=waits[-1].total_seconds())
    assert waits[:6] == sorted(waits[:6])
    assert all(longest / 2 <= wait <= longest for wait in waits[-3:])


def test_what_fails_before_the_next_probe_is_due_is_the_same_failure(health: ServiceHealth) -> None:
    first = health.failed("sending", "refused", retry_after=3.0)
    assert [health.failed("sending", "refused") for _ in range(5)] == [first] * 5
    assert health.failed("sending", "refused", retry_after=30.0) > first, "but the service may ask for more"


def test_a_way_that_works_does_not_wait_for_one_that_fails(health: ServiceHealth) -> None:
    health.failed("polling", "refused")
    assert health.is_down
    assert health.is_failing("polling") and not health.is_failing("sending")
    assert health.probe_at("sending") is None


def test_the_log_says_once_that_it_is_down_and_once_that_it_is_back(
    health: ServiceHealth, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            health.failed("sending", "refused")
            health.failed("calls", "reset")
        for way in ("sending", "calls", "polling"):
            health.answered(way)
    assert [record.getMessage() for record in caplog.records] == [
        "Resend is down: refused; nothing is lost, it is asked again until it is back",
        "Resend is back",
    ]


def test_an_outage_is_as_long_as_somebody_asked(health: ServiceHealth, clock: MovedClock) -> None:
    began = clock.now()
    health.failed("sending", "refused")
    clock.forward(seconds=limits.outage_quiet().total_seconds())
    health.failed("calls", "refused")
    assert (health.since, health.failed_at) == (began, clock.now())
    clock.forward(seconds=limits.outage_quiet().total_seconds() + 1)
    health.failed("calls", "refused")
    assert health.since == clock.now(), "nobody asked for long: whether it was down all the time is not known"


def test_a_limit_is_one_recipients_own_until_a_second_one_meets_it(health: ServiceHealth, clock: MovedClock) -> None:
    assert health.not_served("sending", LIMITED, "anna", "429") == clock.now() + timedelta(seconds=5)
    assert not health.is_down
    health.not_served("sending", LIMITED, "ben", "429")
    assert health.is_failing("sending")


def test_who_was_served_meanwhile_waits_no_more(health: ServiceHealth) -> None:
    health.not_served("sending", LIMITED, "anna", "429")
    health.answered("sending", "anna")
    health.not_served("sending", LIMITED, "ben", "429")
    assert not health.is_down


@pytest.mark.parametrize("error", [LIMITED, ServiceUnavailable("it failed")])
def test_who_is_not_served_while_others_are_is_alone_in_it(
    health: ServiceHealth, clock: MovedClock, error: ServiceUnavailable
) -> None:
    for recipient in ("anna", "ben"):
        health.not_served("sending", error, recipient, "no")
    assert health.is_failing("sending")
    health.answered("sending", "carl")
    for times in range(2, 9):
        clock.forward(minutes=1)
        at = [health.not_served("sending", error, recipient, "no") for recipient in ("anna", "ben")]
        assert not health.is_down
        assert min(at) >= clock.now() + timedelta(seconds=min(2.0 ** (times - 1), 60) / 2)
    health.not_served("sending", ServiceUnavailable("no"), "dora", "no")
    assert health.is_failing("sending"), "of her nobody knows that yet"


@pytest.mark.parametrize("ends", ["another way is back", "a person wants it"])
def test_nobody_rests_on_for_hours_once_that_is_over(health: ServiceHealth, clock: MovedClock, ends: str) -> None:
    health.failed("sending", "quota", retry_after=7200)
    health.failed("calls", "quota")
    clock.forward(minutes=20)
    health.answered("polling")
    assert health.probe_at("sending") == clock.now() + timedelta(minutes=100), "that one never failed"
    if ends == "another way is back":
        health.answered("calls")
    else:
        health.ask_now()
    assert health.probe_at("sending") == clock.now()


def test_that_another_way_works_tells_nothing(health: ServiceHealth, clock: MovedClock) -> None:
    for _ in range(2):
        health.not_served("sending", ServiceUnavailable("no"), "anna", "no")
        health.answered("polling")
        clock.forward(minutes=1)
    assert health.is_failing("sending")


def test_a_limit_that_may_be_everybodys_is_tried_by_somebody_else_within_a_minute(
    health: ServiceHealth, clock: MovedClock
) -> None:
    long = AskedToWait("asks to wait", retry_after=7200.0)
    at = [health.not_served("sending", long, recipient, "429") for recipient in ("anna", "ben", "carl")]
    assert min(at) == clock.now() + timedelta(hours=2)
    assert health.probe_at("sending") == clock.now() + limits.longest_backoff()
