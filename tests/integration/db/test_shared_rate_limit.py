"""What all replicas at one PostgreSQL do one at a time: periodic tasks, and calls of a service."""

import asyncio
from collections.abc import Sequence

import pytest

from db.engine.connection import Database
from db.replicas.rate_limit import SharedRateLimiter
from tests.support.databases import ask
from tests.support.shop import until


async def test_a_duty_is_done_by_one_at_a_time(replicas: list[Database]) -> None:
    async with replicas[0].try_lock("reconcile") as first, replicas[1].try_lock("reconcile") as second:
        assert (first, second) == (True, False)
        async with replicas[2].try_lock("something else") as other:
            assert other
    async with replicas[2].try_lock("reconcile") as later:
        assert later


async def test_a_duty_whose_holder_died_is_taken_by_another(replicas: list[Database], postgres_url: str) -> None:
    async with replicas[0].try_lock("reconcile") as first:
        assert first
        sql = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        await ask(replicas[1], sql)

        async def is_free() -> bool:
            async with replicas[1].try_lock("reconcile") as taken:
                return taken

        await until(is_free, "the lock to be free")


async def reserved(database: Database, slot: str) -> int:
    """For how many thousand seconds the slot is taken by now."""
    sql = f"SELECT (next_at - extract(epoch FROM clock_timestamp())) / 1000 FROM send_slots WHERE slot = '{slot}'"
    rows = await ask(database, sql)
    return round(rows[0][0]) if rows else 0


async def still_waiting(calls: Sequence["asyncio.Task[None]"]) -> list[int]:
    """Which of these calls wait once the others are through; they are ended."""
    await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    for call in calls:
        call.cancel()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    return [number for number, outcome in enumerate(ended) if outcome is not None]


async def test_all_replicas_keep_one_pace(replicas: list[Database]) -> None:
    # So slow that the time the test takes does not count.
    limiters = [SharedRateLimiter(one, "mail", per_second=0.001) for one in replicas]
    calls = [asyncio.create_task(limiters[number % 3].wait(f"anna{number}@example.org")) for number in range(6)]

    async def all_have_asked() -> bool:
        return await reserved(replicas[0], "mail") == 6

    await until(all_have_asked, "six slots to be taken")
    assert len(await still_waiting(calls)) == 5
    assert await slots(replicas[0]) == ["mail"]  # no address is written down


async def test_one_chat_s_pause_holds_over_all_replicas(replicas: list[Database]) -> None:
    limiters = [SharedRateLimiter(one, "chat", per_second=1_000_000, pause=1000) for one in replicas]
    calls = [asyncio.create_task(rate_limiter.wait("42")) for rate_limiter in limiters]

    async def all_have_asked() -> bool:
        return await reserved(replicas[0], "chat 42") == 3

    await until(all_have_asked, "three slots to be taken")
    await limiters[0].wait("43")
    assert len(await still_waiting(calls)) == 2
    assert await slots(replicas[0]) == ["chat", "chat 42", "chat 43"]


async def test_a_chat_s_pause_begins_when_the_message_is_sent(replicas: list[Database]) -> None:
    rate_limiter = SharedRateLimiter(replicas[0], "chat", per_second=1_000_000, pause=1000)
    await rate_limiter.wait("42")
    await ask(replicas[0], "UPDATE send_slots SET next_at = 0")  # sending it took all of the pause
    await rate_limiter.ended("42")
    calls = [asyncio.create_task(rate_limiter.wait(chat)) for chat in ("42", "43")]
    assert await still_waiting(calls) == [0]


async def test_a_chat_that_is_quiet_is_dropped_from_the_pace(
    replicas: list[Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.replicas.rate_limit.CLEAN_EVERY", 2)
    await ask(replicas[0], "INSERT INTO send_slots VALUES ('chat 7', 1000)")
    rate_limiter = SharedRateLimiter(replicas[1], "chat", per_second=1_000_000, pause=0.001)
    for _ in range(2):
        await rate_limiter.wait("42")
    assert await slots(replicas[0]) == ["chat", "chat 42"]


async def slots(database: Database) -> list[str]:
    return [row[0] for row in await ask(database, "SELECT slot FROM send_slots ORDER BY slot")]
