"""What a service never answers: nobody else waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial

import pytest

from checkout.errors import ServiceUnavailable
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage, OutboxMessage
from checkout.notifications.delivery import Sent
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_slot import SendSlot
from checkout.resilience import circuit_breaker
from checkout.resilience.circuit_breaker import CircuitBreaker, StillDown
from checkout.resilience.service_health import ServiceHealth
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.notifications import outbox_worker
from tests.support.payments import a_paid_payment, keep
from tests.support.shop import until

CHANNELS = [Channel.CHAT, Channel.MAIL, Channel.STRIPE]


class HangsAtSome:
    """Recipients that are called bad are not answered until ``give_up``."""

    def __init__(self) -> None:
        self.told, self.hanging, self.failures = list[str](), list[str](), 0
        self._over = asyncio.Event()

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        await slot.wait()
        if "bad" in message.recipient:
            self.hanging.append(message.recipient)
            await self._over.wait()
            self.hanging.remove(message.recipient)
            self.failures += 1
            raise ServiceUnavailable("it has not answered in time")
        self.told.append(message.recipient)
        return Sent("1")

    def give_up(self) -> None:
        self._over.set()
        self._over = asyncio.Event()


class Hanging:
    def __init__(self, storage: DatabaseStorage, clock: MovedClock, channel: Channel) -> None:
        self._storage, self._clock, self._channel = storage, clock, channel
        self.service = HangsAtSome()
        self.worker = outbox_worker(storage, clock, self.service, channel)

    async def queue(self, *recipients: str) -> None:
        messages = [
            NewMessage(one, self._channel, PaymentPaid(), one, "pay_1", self._clock.now()) for one in recipients
        ]
        async with self._storage.begin() as tx:
            await tx.outbox.add(messages)
        self.worker.wake()

    async def hang(self, at_least: int) -> None:
        await until(lambda: _yes(len(self.service.hanging) >= at_least), "those that are not answered")

    async def all_failed(self) -> None:
        """What hangs is given up, and comes again in a while."""
        expected = self.service.failures + len(self.service.hanging)
        self.service.give_up()
        await until(lambda: _yes(self.service.failures >= expected), "the time limit")

    async def told(self, recipient: str) -> None:
        await until(lambda: _yes(recipient in self.service.told), recipient)


async def _yes(answer: bool) -> bool:
    return answer


@asynccontextmanager
async def running(worker: OutboxWorker, service: HangsAtSome) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    yield
    service.give_up()
    await worker.stop(0.1)
    await task


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuit_breaker, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr("checkout.notifications.outbox_worker.SILENT_SECONDS", 0.05)
    monkeypatch.setattr("checkout.notifications.outbox_worker.IDLE_LOOK", timedelta(seconds=0.1))


@pytest.mark.parametrize("channel", CHANNELS)
async def test_who_hung_before_never_takes_all_places(
    storage: DatabaseStorage, clock: MovedClock, channel: Channel
) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    shop = Hanging(storage, clock, channel)
    async with running(shop.worker, shop.service):
        await shop.queue("the first", *(f"bad {number}" for number in range(8)))
        await shop.told("the first")
        await shop.hang(7)
        await shop.all_failed()
        for number in range(2):
            clock.forward(minutes=1)
            shop.worker.wake()
            await shop.hang(3)
            await shop.queue(f"good {number}")
            await shop.told(f"good {number}")
            await shop.all_failed()


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("bad", [1, 3])
async def test_a_probe_that_hangs_holds_up_nobody(
    storage: DatabaseStorage, clock: MovedClock, channel: Channel, bad: int
) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    shop = Hanging(storage, clock, channel)
    async with running(shop.worker, shop.service):
        await shop.queue(*(f"bad {number}" for number in range(bad)))
        await shop.hang(bad)
        await shop.all_failed()  # nobody can know that others would have been served
        clock.forward(minutes=2)
        shop.worker.wake()
        await shop.hang(1)
        await shop.queue("good")
        await shop.told("good")


async def test_who_is_served_while_others_hang_tells_that_they_are_alone(
    storage: DatabaseStorage, clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    shop = Hanging(storage, clock, Channel.MAIL)
    async with running(shop.worker, shop.service):
        await shop.queue("bad", "good")
        await shop.told("good")
        await shop.hang(1)
        await shop.all_failed()
    assert not [record for record in caplog.records if "is down" in record.getMessage()]


async def hangs() -> str:
    await asyncio.sleep(0.4)
    raise TimeoutError


async def answers() -> str:
    return "yes"


def trouble(outcome: str | Exception) -> str | None:
    return "no answer in time" if isinstance(outcome, Exception) else None


async def test_a_call_that_hangs_while_the_service_is_thought_down_holds_up_no_other() -> None:
    breaker = CircuitBreaker(ServiceHealth("Resend", MovedClock()))
    with pytest.raises(TimeoutError):
        await breaker.call(hangs, trouble, "bad")
    over = asyncio.Event()

    async def hangs_still() -> str:
        await over.wait()
        raise TimeoutError

    again = asyncio.create_task(breaker.call(hangs_still, trouble, "bad"))
    await asyncio.sleep(0)
    others = [breaker.call(answers, trouble, f"good {number}") for number in range(20)]
    assert await asyncio.gather(*others) == ["yes"] * 20
    over.set()
    with pytest.raises(TimeoutError):
        await again
    assert not breaker.is_open


async def test_in_an_outage_those_who_wait_give_up_with_the_one_they_met() -> None:
    breaker = CircuitBreaker(ServiceHealth("Resend", MovedClock()))
    with pytest.raises(TimeoutError):
        await breaker.call(hangs, trouble, "anna")
    asked = list[int]()

    async def ask(number: int) -> str:
        asked.append(number)
        return await hangs()

    calls = [breaker.call(partial(ask, number), trouble, str(number)) for number in range(40)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(one) for one in outcomes} == {TimeoutError, StillDown}
    assert len(asked) <= 9, "one more each time that it has been silent for so long"


async def test_what_alone_fails_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    clock = MovedClock()
    breaker = CircuitBreaker(ServiceHealth("Telegram", clock))

    async def fails() -> str:
        raise OSError("HTTP 500")

    for _ in range(20):
        with pytest.raises(OSError, match="HTTP 500"):
            await breaker.call(fails, trouble, "bad")
        await breaker.call(answers, trouble, "good")
        clock.forward(minutes=1)
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said == ["Telegram is down", "Telegram is back"]
    for whom in ("bad", "anna"):
        with pytest.raises(OSError, match="HTTP 500"):
            await breaker.call(fails, trouble, whom)
    assert breaker.is_open, "of her nobody knows that it is she alone"
