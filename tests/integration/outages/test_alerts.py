"""Admins hear of a service that is down for long: once for each outage, and once when it is back."""

from collections.abc import Sequence

import pytest

from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, OutboxMessage
from checkout.model.shop_notice import ServiceBack, ServiceDown
from checkout.notifications.outage_alerts import OutageAlerts
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Database
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import ANNA, MIRA
from tests.support.clock import MovedClock
from tests.support.faults.outage import OutageHarness, outage_harness
from tests.support.notifications import Wakes

DOWN, BACK = Kind.ADMIN_SERVICE_DOWN, Kind.ADMIN_SERVICE_BACK


class Process:
    """One replica: what it sees of Stripe and Telegram, and its watch over them."""

    def __init__(self, storage: DatabaseStorage, clock: MovedClock) -> None:
        self.storage, self.clock, self.wakes = storage, clock, Wakes()
        self.stripe, self.telegram = ServiceHealth("Stripe", clock), ServiceHealth("Telegram", clock)
        watched = (self.telegram, self.stripe)
        self._watch = OutageAlerts(storage, clock, self.wakes, watched, "Telegram", (MIRA.id,))

    async def fails(self, minutes: int, service: ServiceHealth | None = None) -> None:
        """A probe a minute, none answered."""
        for _ in range(minutes):
            (service or self.stripe).failed("calls", "refused")
            await self._watch.run_once()
            self.clock.forward(minutes=1)
        (service or self.stripe).failed("calls", "refused")
        await self._watch.run_once()

    async def answers(self, service: ServiceHealth | None = None) -> None:
        (service or self.stripe).answered("calls")
        await self._watch.run_once()

    async def look(self) -> None:
        await self._watch.run_once()

    async def told(self) -> list[OutboxMessage]:
        """What was told since the last look."""
        found: list[OutboxMessage] = []
        while True:
            async with self.storage.begin() as tx:
                messages: Sequence[OutboxMessage] = await tx.outbox.claim(Channel.CHAT, "w", self.clock.now(), 10)
                for message in messages:
                    await tx.outbox.mark_sent(message, self.clock.now(), "1")
            if not messages:
                return found
            found += messages

    async def kinds(self) -> list[str]:
        return [one.kind for one in await self.told()]


@pytest.fixture
def process(storage: DatabaseStorage, clock: MovedClock) -> Process:
    return Process(storage, clock)


async def test_a_quarter_of_an_hour_is_told_once_and_the_return_once(process: Process, clock: MovedClock) -> None:
    began = clock.now()
    await process.fails(14)
    assert await process.kinds() == []
    await process.fails(1)
    (down,) = await process.told()
    assert (down.kind, down.recipient, down.payment_id) == (DOWN, str(MIRA.id), "")
    assert down.content == ServiceDown("Stripe", began)
    await process.fails(120)
    assert await process.kinds() == []
    clock.forward(seconds=30)
    await process.answers()
    (back,) = await process.told()
    assert back.content == ServiceBack("Stripe", began, clock.now())
    clock.forward(minutes=1)
    await process.answers()
    assert await process.kinds() == []


async def test_what_is_over_within_a_quarter_of_an_hour_is_told_to_nobody(process: Process, clock: MovedClock) -> None:
    for _ in range(6):
        await process.fails(10)
        await process.answers()
        clock.forward(minutes=1)
    assert await process.kinds() == []


async def test_each_outage_is_told_anew(process: Process, clock: MovedClock) -> None:
    for _ in range(2):
        await process.fails(20)
        await process.answers()
        clock.forward(minutes=1)
    assert await process.kinds() == [DOWN, BACK, DOWN, BACK]


async def test_two_failures_with_nobody_asking_in_between_are_no_outage(process: Process, clock: MovedClock) -> None:
    await process.fails(0)
    clock.forward(hours=8)
    await process.fails(0)
    assert await process.kinds() == [], "a single failure in the evening and one in the morning"


async def test_who_asks_to_be_left_alone_for_hours_is_told_as_well(process: Process, clock: MovedClock) -> None:
    """A quota that is used up, say: nobody asks meanwhile."""
    began = clock.now()
    for _ in range(3):
        process.stripe.failed("calls", "limited", retry_after=3600)
        for _ in range(6):
            await process.look()
            clock.forward(minutes=10)
    (down,) = await process.told()
    assert down.content == ServiceDown("Stripe", began)
    await process.answers()
    assert await process.kinds() == [BACK]


async def test_who_asks_one_replica_alone_for_hours_is_told_down_and_back_once(
    process: Process, storage: DatabaseStorage, clock: MovedClock
) -> None:
    other = Process(storage, clock)
    process.stripe.failed("calls", "limited", retry_after=7200)
    for _ in range(23):
        await process.look()
        await other.answers()
        clock.forward(minutes=5)
    assert await process.kinds() == [DOWN]
    clock.forward(minutes=10)
    await process.answers()
    await other.answers()
    assert await process.kinds() == [BACK]


async def test_telegrams_own_outage_is_told_when_it_is_over(process: Process, clock: MovedClock) -> None:
    began = clock.now()
    await process.fails(40, process.telegram)
    assert await process.kinds() == []
    clock.forward(minutes=1)
    await process.answers(process.telegram)
    (back,) = await process.told()
    assert back.content == ServiceBack("Telegram", began, clock.now())


async def test_a_process_that_starts_in_the_outage_does_not_repeat_it_and_tells_the_return(
    process: Process, storage: DatabaseStorage, clock: MovedClock
) -> None:
    began = clock.now()
    await process.fails(16)
    assert await process.kinds() == [DOWN]
    after_restart = Process(storage, clock)
    await after_restart.look()
    await after_restart.fails(30)
    assert await after_restart.kinds() == []
    clock.forward(seconds=1)
    await after_restart.answers()
    (back,) = await after_restart.told()
    assert back.content == ServiceBack("Stripe", began, clock.now())


async def test_replicas_tell_it_once_together(replicas: list[Database], clock: MovedClock) -> None:
    one, other, idle = (Process(DatabaseStorage(database), clock) for database in replicas)
    idle.stripe.answered("calls")
    clock.forward(seconds=20)
    for _ in range(30):
        one.stripe.failed("calls", "refused")
        await one.look()
        clock.forward(seconds=7)
        other.stripe.failed("calls", "refused")
        await other.look()
        await idle.look()
        clock.forward(seconds=53)
    assert await one.kinds() == [DOWN], "who saw it work before the outage does not tell that it is back"
    await one.answers()
    await idle.look()
    await other.fails(5)
    await other.answers()
    assert await one.kinds() == [BACK]


async def test_what_is_down_for_one_replica_alone_is_told_once(replicas: list[Database], clock: MovedClock) -> None:
    cut_off, well, _ = (Process(DatabaseStorage(database), clock) for database in replicas)
    for _ in range(3 * 60):
        cut_off.stripe.failed("calls", "refused")
        await cut_off.look()
        clock.forward(seconds=20)
        await well.answers()
        clock.forward(seconds=40)
    assert await well.kinds() == [DOWN]
    await cut_off.answers()
    assert await well.kinds() == [BACK]
    for _ in range(60):
        await well.answers()
        await cut_off.answers()
        clock.forward(minutes=1)
    assert await well.kinds() == []


async def test_a_replica_that_is_gone_with_the_outage_does_not_keep_it_open(
    replicas: list[Database], clock: MovedClock
) -> None:
    cut_off, well, _ = (Process(DatabaseStorage(database), clock) for database in replicas)
    await cut_off.fails(20)
    assert await well.kinds() == [DOWN]
    for _ in range(4):
        clock.forward(minutes=1)
        await well.answers()
    assert await well.kinds() == []
    clock.forward(minutes=1)
    await well.answers()
    assert await well.kinds() == [BACK]


async def passes(shop: OutageHarness, minutes: float, step: float = 10) -> None:
    """The outbox workers' rounds, and the watch's."""
    for _ in range(int(minutes * 60 / step)):
        shop.clock.forward(seconds=step)
        await shop.round()
        await shop.application.recording.periodic_tasks.tell_admins_once()


def said_to_mira(shop: OutageHarness, part: str) -> list[str]:
    return [one.text.replace("\xa0", " ") for one in shop.telegram.chat(MIRA) if part in one.text]


async def test_resends_outage_is_told_in_the_chat_with_what_to_do() -> None:
    async with outage_harness() as shop:
        await shop.resend.take_down()
        await shop.owe(customers=(ANNA,), receipts=1)
        await passes(shop, 17)
        (down,) = said_to_mira(shop, "Resend does not answer")
        assert "Since 22 November 2026, 14:00 (Tallinn time)" in down
        assert "resend-status.com" in down
        await shop.resend.bring_back()
        await passes(shop, 2)
        assert len(said_to_mira(shop, "Resend is back")) == 1
        assert len(said_to_mira(shop, "Resend does not answer")) == 1
        assert len(shop.resend.mails) == 1, "what waited has left"


async def test_telegrams_outage_is_told_once_it_is_over_from_when_to_when() -> None:
    async with outage_harness() as shop:
        telegram = shop.application.services.telegram_health
        for _ in range(20):
            telegram.failed("polling", "updates cannot be fetched")
            await passes(shop, 1, step=30)
        assert said_to_mira(shop, "Telegram") == []
        telegram.answered("polling")
        await passes(shop, 1, step=30)
        (back,) = said_to_mira(shop, "Telegram")
        assert "Telegram was away from 22 November 2026, 14:00 (Tallinn time) to 22 November 2026, 14:20" in back


def test_the_ways_of_using_one_service_share_one_outage(clock: MovedClock) -> None:
    resend = ServiceHealth("Resend", clock)
    resend.failed("sending", "refused")
    clock.forward(minutes=1)
    resend.failed("calls", "refused")
    assert (resend.is_down, resend.failed_at) == (True, clock.now())
    resend.answered("sending")
    assert resend.since is None, "it answers somebody"
    assert resend.is_down, "the log waits for the other way"
    assert resend.probe_at("sending") is None, "what works need not wait for a probe"
    assert resend.probe_at("calls") is not None
