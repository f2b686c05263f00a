"""A rate limit counts from what really went, and a pause from what really ended."""

import asyncio

import pytest

from checkout.resilience.rate_limit import RateLimiter
from tests.support.faults.standstill import Standstill, what_is_due


async def test_after_a_standstill_nobody_catches_up(monkeypatch: pytest.MonkeyPatch) -> None:
    standstill, rate_limiter = Standstill(monkeypatch), RateLimiter(per_second=0.001)
    gone: list[int] = []

    async def call(number: int) -> None:
        await rate_limiter.wait("")
        gone.append(number)

    calls = [asyncio.create_task(call(number)) for number in range(4)]
    for expected in ([0], [0, 1], [0, 1, 2], [0, 1, 2, 3]):
        await what_is_due()
        assert gone == expected, "an hour is time enough for three, but nobody knows how late the last one arrived"
        standstill.leap()
    await asyncio.gather(*calls)


async def test_a_recipients_pause_begins_when_the_call_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    standstill, rate_limiter = Standstill(monkeypatch), RateLimiter(per_second=1e6, pause=1000)
    await rate_limiter.wait("anna")
    standstill.leap()
    await rate_limiter.ended("anna")
    second = asyncio.create_task(rate_limiter.wait("anna"))
    await rate_limiter.wait("ben")
    await what_is_due()
    assert not second.done()
    standstill.leap()
    await second
