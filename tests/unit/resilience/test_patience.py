"""No time passes for a service while this process itself stands still."""

import asyncio

import pytest

from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.patience import STEPS, AwakeTimer, patience
from checkout.resilience.service_health import ServiceHealth
from tests.support.clock import MovedClock
from tests.support.faults.standstill import Standstill, what_is_due


@pytest.fixture
async def standstill(monkeypatch: pytest.MonkeyPatch) -> Standstill:
    return Standstill(monkeypatch)


async def sleep_for_an_hour(standstill: Standstill) -> None:
    await what_is_due()  # what has begun waits by now
    standstill.leap()
    await what_is_due()


async def test_each_standstill_counts_as_one_step_however_long_it_is(standstill: Standstill) -> None:
    timer = AwakeTimer(20)
    for _ in range(STEPS - 1):
        await sleep_for_an_hour(standstill)
        assert not timer.is_over
    await sleep_for_an_hour(standstill)
    assert timer.is_over


async def test_what_takes_longer_than_the_limit_ends_with_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with patience(0.01):
            await asyncio.get_running_loop().create_future()


async def test_an_answer_found_after_a_long_sleep_is_taken(standstill: Standstill) -> None:
    answer = asyncio.get_running_loop().create_future()

    async def ask() -> str:
        async with patience(20):
            return str(await answer)

    asking = asyncio.create_task(ask())
    await sleep_for_an_hour(standstill)
    answer.set_result("yes")
    assert await asking == "yes"


async def test_whoever_stops_waiting_on_a_machine_that_slept_says_nothing_of_the_service(
    standstill: Standstill,
) -> None:
    health = ServiceHealth("Stripe", MovedClock())
    breaker = CircuitBreaker(health)
    never = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(breaker.call(lambda: never, lambda _: None, "anna"))
    await sleep_for_an_hour(standstill)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert not health.is_down


async def test_whoever_stops_waiting_after_a_long_silence_tells_of_an_outage(
    standstill: Standstill,
) -> None:
    health = ServiceHealth("Stripe", MovedClock())
    breaker = CircuitBreaker(health)
    never = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(breaker.call(lambda: never, lambda _: None, "anna"))
    for _ in range(STEPS):
        await sleep_for_an_hour(standstill)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert health.is_down
