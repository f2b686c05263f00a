"""A slow or sleeping machine, or a clock that jumps, is no reason to say a thing twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import pytest

from bot.telegram.client import build_bot
from bot.telegram.sender import TelegramChatSender
from checkout import limits
from checkout.model.message_content import PaymentPaid
from checkout.model.outbox import Channel, NewMessage, OutboxMessage
from checkout.model.outgoing import OutgoingChat, OutgoingMail
from checkout.notifications import leases
from checkout.notifications.delivery import Sent
from checkout.notifications.leases import LOOKS, Leases
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_slot import SendSlot
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.storage import DatabaseStorage
from providers.resend_mail import ResendMailSender
from providers.stripe_gateway import StripeGateway
from sandbox.base.fake_server import StandIn
from sandbox.fake_resend.api import API_KEY, ResendStandIn
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_telegram.api import TelegramStandIn
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.faults.standstill import Standstill
from tests.support.payments import a_payment
from tests.support.shop import until

Ask = Callable[[], Awaitable[object]]


def telegram_asked(stack: AsyncExitStack, telegram: TelegramStandIn, _: aiohttp.ClientSession) -> Ask:
    telegram.meet(BEN)
    bot = build_bot(telegram.token, telegram.url)
    stack.push_async_callback(bot.session.close)
    return lambda: TelegramChatSender(bot).send(BEN.id, OutgoingChat("Hello"))


def resend_asked(_: AsyncExitStack, resend: ResendStandIn, session: aiohttp.ClientSession) -> Ask:
    mail = OutgoingMail("ben@example.org", "Receipt", "<p>1</p>", "1", {"kind": "payment_paid"})
    sender = ResendMailSender(API_KEY, "Shop <shop@sandbox.example>", session, resend.url)
    return lambda: sender.send(mail, "key")


def stripe_asked(_: AsyncExitStack, stripe: StripeStandIn, session: aiohttp.ClientSession) -> Ask:
    gateway = StripeGateway(stripe.secret_key, session, stripe.url)
    return lambda: gateway.create_intent(a_payment(), "night-market", 1)


@pytest.mark.parametrize(
    ("service", "asked"),
    [(TelegramStandIn, telegram_asked), (ResendStandIn, resend_asked), (StripeStandIn, stripe_asked)],
)
async def test_an_answer_that_came_while_the_machine_slept_is_an_answer(
    service: type[StandIn],
    asked: Callable[[AsyncExitStack, StandIn, aiohttp.ClientSession], Ask],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in = service()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(Standstill(monkeypatch).while_it_answers(stand_in))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        assert await asked(stack, stand_in, session)()
    assert [call.status for call in stand_in.calls] == [200]


class Slow:
    """A delivery that takes until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.end, self.count = asyncio.Event(), asyncio.Event(), 0

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        await slot.wait()
        self.count += 1
        self.begun.set()
        await self.end.wait()
        return Sent("1")


def worker_of(storage: DatabaseStorage, clock: MovedClock, delivery: Slow) -> OutboxWorker:
    return OutboxWorker(
        Channel.CHAT, storage, clock, delivery, RateLimiter(1e6), ServiceHealth("Telegram", clock), Backpressure(), ()
    )


@pytest.fixture
async def owed(storage: DatabaseStorage, clock: MovedClock) -> None:
    message = NewMessage("chat/1", Channel.CHAT, PaymentPaid(), "42", "pay_1", clock.now())
    async with storage.begin() as tx:
        await tx.payments.add(a_payment())
        await tx.outbox.add([message])


async def taken(storage: DatabaseStorage, clock: MovedClock, worker: str) -> OutboxMessage | None:
    async with storage.begin() as tx:
        messages = await tx.outbox.claim(Channel.CHAT, worker, clock.now(), 1)
    return messages[0] if messages else None


@pytest.mark.usefixtures("owed")
async def test_what_is_under_way_while_the_machine_sleeps_is_said_once(
    storage: DatabaseStorage, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    standstill, slow = Standstill(monkeypatch), Slow()
    worker = worker_of(storage, clock, slow)
    first = asyncio.create_task(worker.deliver_due())
    await slow.begun.wait()
    standstill.leap()
    clock.forward(hours=1)
    async with storage.begin() as tx:
        await tx.outbox.release_all()  # others took this process for dead
    second = asyncio.create_task(worker.deliver_due())
    await asyncio.sleep(0)
    slow.end.set()
    await asyncio.gather(first, second)
    clock.forward(hours=1)
    assert await worker.deliver_due() == 0
    assert slow.count == 1


@pytest.fixture
def at_every_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look at the leases whenever they come by."""
    monkeypatch.setattr(limits, "lease", lambda: timedelta(0))


@pytest.mark.usefixtures("owed", "at_every_pass")
async def test_what_a_dead_worker_held_is_taken_back_after_a_while(storage: DatabaseStorage, clock: MovedClock) -> None:
    lost = await taken(storage, clock, "dead")
    assert lost is not None
    eyes = Leases(Channel.CHAT, "alive", storage, clock)
    for _ in range(LOOKS):
        await eyes.look([])
        assert await taken(storage, clock, "alive") is None
    await eyes.look([])
    found = await taken(storage, clock, "alive")
    assert found is not None
    assert found.attempts == 2
    async with storage.read() as tx:
        assert not await tx.outbox.still_wanted(lost, "dead")
        assert await tx.outbox.still_wanted(found, "alive")


@pytest.mark.usefixtures("owed", "at_every_pass")
async def test_a_running_worker_sends_what_a_dead_one_held(storage: DatabaseStorage, clock: MovedClock) -> None:
    assert await taken(storage, clock, "dead")
    worker = worker_of(storage, clock, slow := Slow())
    running = asyncio.create_task(worker.run())

    async def has_begun() -> bool:
        worker.wake()
        return slow.begun.is_set()

    await until(has_begun, "the other worker's message to be sent")
    slow.end.set()
    await worker.stop(5)
    await running


@pytest.mark.parametrize("hours", [3, -3], ids=["forward", "back"])
@pytest.mark.usefixtures("owed", "at_every_pass")
async def test_what_a_living_worker_holds_is_its_own_wherever_the_clocks_jump(
    storage: DatabaseStorage, clock: MovedClock, hours: int
) -> None:
    mine = await taken(storage, clock, "slow")
    assert mine is not None
    slow, other = (Leases(Channel.CHAT, name, storage, clock) for name in ("slow", "other"))
    clock.forward(hours=hours)
    for _ in range(3 * LOOKS):
        assert await taken(storage, clock, "other") is None
        await other.look([])
        clock.forward(seconds=1)
        await slow.look([mine.message_id])
    async with storage.read() as tx:
        assert await tx.outbox.still_wanted(mine, "slow")


@pytest.mark.usefixtures("owed")
async def test_a_worker_that_slept_itself_takes_nobody_for_dead(
    storage: DatabaseStorage, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(leases, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    assert await taken(storage, clock, "slow")
    eyes = Leases(Channel.CHAT, "other", storage, clock)
    for _ in range(LOOKS):
        seconds[0] += 3600
        clock.forward(hours=1)
        await eyes.look([])
        await eyes.look([])  # too soon to be another look
        assert await taken(storage, clock, "other") is None


@pytest.mark.usefixtures("owed", "at_every_pass")
async def test_what_this_worker_holds_and_is_not_sending_is_taken_back_too(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    left = await taken(storage, clock, "w")
    assert left is not None
    own = Leases(Channel.CHAT, "w", storage, clock)
    for _ in range(3 * LOOKS):
        await own.look([left.message_id])
    assert await taken(storage, clock, "w") is None
    for _ in range(LOOKS + 1):
        await own.look([])
    assert await taken(storage, clock, "w")
