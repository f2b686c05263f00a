"""Events that come together: one transaction, one line in the log, and one that is bad costs only itself."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from checkout.model.events import ProviderEvent
from checkout.model.outbox import Channel
from checkout.notifications.handover import Handover
from checkout.payments.rules import Rules
from checkout.ports.runtime import WakeChannels
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.event_samples import OURS, RULES, intent

# Every payment but the first would get the pay token of the second.
CLUMSY = replace(RULES, pay_token=lambda payment_id: payment_id if payment_id == "pay_0" else "the same")


def paid(number: int) -> ProviderEvent:
    ours = replace(OURS, payment_id=f"pay_{number}")
    return intent("succeeded", event_id=f"evt_{number}", intent_id=f"pi_{number}", metadata=ours)


@asynccontextmanager
async def writing(
    database: Database, clock: MovedClock, rules: Rules = RULES, wake: WakeChannels = lambda *_: None
) -> AsyncIterator[GroupWriter]:
    writer = GroupWriter(database, clock, rules, wake, Backpressure())
    running = asyncio.create_task(writer.run())
    yield writer
    writer.stop()
    await running


async def test_only_channels_that_have_something_to_send_now_are_woken(database: Database, clock: MovedClock) -> None:
    woken: list[set[Channel]] = []
    async with writing(database, clock, wake=lambda *channels: woken.append(set(channels))) as writer:
        ours = replace(OURS, payment_id="pay_1")
        await writer.record(intent("processing", event_id="evt_before", intent_id="pi_1", metadata=ours))
        await writer.record(paid(1))
        await writer.record(paid(1))
        theirs = replace(OURS, payment_id="pay_2")
        await writer.record(intent("payment_failed", "evt_declined", charge="ch_2", intent_id="pi_2", metadata=theirs))
    assert woken == [{Channel.CHAT}, {Channel.CHAT, Channel.MAIL}, {Channel.CHAT}], "a decline's mail leaves later"


@pytest.mark.parametrize(("events", "lines"), [(3, 3), (4, 1), (9, 1)])
async def test_many_moves_at_once_are_told_in_one_line_that_names_them_all(
    database: Database, clock: MovedClock, caplog: pytest.LogCaptureFixture, events: int, lines: int
) -> None:
    caplog.set_level(logging.INFO, "db")
    async with writing(database, clock) as writer:
        await asyncio.gather(*(writer.record(paid(number)) for number in range(events)))
    said = [one.getMessage() for one in caplog.records if "recorded" in one.getMessage()]
    assert len(said) == lines
    assert all(f"(evt_{number})" in " ".join(said) for number in range(events))


@pytest.mark.parametrize(("handover", "level"), [(Handover.PERSON, "INFO"), (Handover.MISSING, "WARNING")])
async def test_what_a_person_hands_over_anyway_is_no_warning_and_what_cannot_be_sent_is_one(
    database: Database, clock: MovedClock, caplog: pytest.LogCaptureFixture, handover: Handover, level: str
) -> None:
    caplog.set_level(logging.INFO, "db")
    async with writing(database, clock, replace(RULES, handover_of=lambda sku: handover)) as writer:
        await writer.record(paid(1))
    assert [one.levelname for one in caplog.records if "is paid, and" in one.getMessage()] == [level]


async def test_of_a_group_with_a_row_that_cannot_be_kept_all_others_are_kept(
    database: Database, clock: MovedClock
) -> None:
    async with writing(database, clock, CLUMSY) as writer:
        told = await asyncio.gather(*(writer.record(paid(number)) for number in range(3)), return_exceptions=True)
        assert told[:2] == [True, True]
        assert isinstance(told[2], Exception)
        assert await writer.record(paid(0)) is False
    async with DatabaseStorage(database).read() as tx:
        assert [await tx.payments.get(f"pay_{number}") is None for number in range(3)] == [False, False, True]
