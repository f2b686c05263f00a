"""A rate limit counts from what really went, and a pause from what really ended."""

import asyncio

import pytest

from checkout.model.outgoing import OutgoingMail
from checkout.resilience.rate_limit import RateLimitedMailSender, RateLimiter
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


async def test_a_receipt_waits_behind_one_code_at_most() -> None:
    left: list[str] = []
    limiter = RateLimiter(100)

    class Remembers:
        async def send(self, mail: OutgoingMail, idempotency_key: str) -> str:
            left.append(idempotency_key)
            return ""

    codes = RateLimitedMailSender(Remembers(), limiter)
    mail = OutgoingMail("a@example.com", "Code", "<p>1</p>", "1", {})
    flood = [asyncio.create_task(codes.send(mail, f"code {number}")) for number in range(50)]
    await asyncio.sleep(0)
    for number in range(3):
        await limiter.wait("")
        left.append(f"receipt {number}")
    for task in flood:
        task.cancel()
    assert left.index("receipt 0") <= 2
    assert left.index("receipt 2") <= 6
