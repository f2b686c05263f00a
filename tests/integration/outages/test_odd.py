"""What else goes wrong around an outage: the database, older backups, keys in use, a machine that slept."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from checkout.errors import ServiceError, ServiceRefused, ServiceUnavailable, StaleWrite
from checkout.model.message_content import Content, PaymentPaid, StripeRefund
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, OutboxMessage, State
from checkout.notifications.delivery import Sent
from checkout.notifications.outbox_worker import MAKING_TRIES, OutboxWorker
from checkout.notifications.send_slot import SendSlot
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.engine.database_url import DatabaseUrl
from db.storage import DatabaseStorage, DatabaseTransaction
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.databases import run
from tests.support.faults.outage import said_of
from tests.support.payments import a_payment
from tests.support.shop import running_shop, until


class Lockable(DatabaseStorage):
    """A database that cannot be written while it is ``locked``."""

    locked = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DatabaseTransaction]:
        if self.locked:
            raise sqlite3.OperationalError("database is locked")
        async with super().begin() as tx:
            yield tx


class Spoken:
    """A Delivery that remembers; ``act`` may raise or wait at each one."""

    def __init__(self, act: Callable[[OutboxMessage], object] = lambda message: None) -> None:
        self.said: list[str] = []
        self.act = act

    async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
        await slot.wait()
        self.said.append(message.dedupe_key)
        done = self.act(message)
        if isinstance(done, asyncio.Event):
            await done.wait()
        return Sent("1")


@pytest.fixture
def lockable(storage: DatabaseStorage) -> Lockable:
    return Lockable(storage._database)


def worker_of(
    storage: DatabaseStorage, clock: MovedClock, delivery: Spoken, channel: Channel = Channel.CHAT
) -> OutboxWorker:
    return OutboxWorker(
        channel,
        storage,
        clock,
        delivery,
        RateLimiter(1e6),
        ServiceHealth("Telegram", clock),
        Backpressure(),
        (9001,),
    )


async def owe(storage: DatabaseStorage, clock: MovedClock, *keys: str, channel: Channel = Channel.CHAT) -> None:
    messages = [NewMessage(key, channel, PaymentPaid(), key[0], "pay_1", clock.now()) for key in keys]
    async with storage.begin() as tx:
        await tx.payments.add(a_payment())
        await tx.outbox.add(messages)


async def is_parked(storage: DatabaseStorage) -> bool:
    async with storage.read() as tx:
        return bool(await tx.outbox.is_dead("pay_1", Channel.CHAT, Kind.PAYMENT_PAID))


async def test_what_was_sent_while_the_database_could_not_note_it_is_noted_later_and_not_said_again(
    lockable: Lockable, clock: MovedClock, caplog: pytest.LogCaptureFixture
) -> None:
    await owe(lockable, clock, "a")
    caplog.set_level(logging.INFO)
    outbox_worker = worker_of(lockable, clock, spoken := Spoken(lambda _: setattr(lockable, "locked", True)))
    delivering = asyncio.create_task(outbox_worker.deliver_due())

    async def complained() -> bool:
        return "database is locked" in caplog.text

    await until(complained, "the worker to notice")
    lockable.locked = False
    await delivering
    clock.forward(minutes=2)
    assert await outbox_worker.deliver_due() == 0
    assert spoken.said == ["a"]
    assert caplog.text.count("database is locked") == 1
    assert "messages, is back" in caplog.text


async def test_a_database_that_is_away_again_and_again_parks_no_message(lockable: Lockable, clock: MovedClock) -> None:
    await owe(lockable, clock, "a")

    def away(_: OutboxMessage) -> None:
        lockable.locked = True
        asyncio.get_running_loop().call_later(0.05, setattr, lockable, "locked", False)
        raise sqlite3.OperationalError("database is locked")

    outbox_worker = worker_of(lockable, clock, spoken := Spoken(away))
    for _ in range(MAKING_TRIES + 1):
        await outbox_worker.deliver_due()
        clock.forward(seconds=61)
    assert not await is_parked(lockable)
    spoken.act = lambda _: None
    await outbox_worker.deliver_due()
    assert len(spoken.said) == MAKING_TRIES + 2


async def test_somebody_else_who_goes_first_again_and_again_parks_no_message(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await owe(storage, clock, "a")

    def comes_second(_: OutboxMessage) -> None:
        raise StaleWrite("an admin's own session had to go first")

    outbox_worker = worker_of(storage, clock, spoken := Spoken(comes_second))
    for _ in range(MAKING_TRIES + 1):
        await outbox_worker.deliver_due()
        clock.forward(seconds=61)
    assert not await is_parked(storage)
    spoken.act = lambda _: None
    await outbox_worker.deliver_due()
    assert len(spoken.said) == MAKING_TRIES + 2


async def test_a_message_that_cannot_be_made_is_parked_however_long_an_outage_was_before(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await owe(storage, clock, "a")

    def outcome(_: OutboxMessage) -> None:
        raise ServiceUnavailable("down") if len(spoken.said) <= 9 else ZeroDivisionError("no such template")

    outbox_worker = worker_of(storage, clock, spoken := Spoken(outcome))
    for _ in range(9 + MAKING_TRIES - 1):
        await outbox_worker.deliver_due()
        clock.forward(seconds=61)
    assert not await is_parked(storage)
    await outbox_worker.deliver_due()
    assert await is_parked(storage)


UNREADABLE = ("status = 'of next year'", "ledger = '[1]'", "ledger = 'torn'")


@pytest.mark.parametrize(
    ("channel", "content", "change"),
    [
        *((Channel.MAIL, PaymentPaid(), change) for change in UNREADABLE),
        *((Channel.CHAT, PaymentPaid(), change) for change in UNREADABLE),
        *((Channel.STRIPE, StripeRefund("pi_1"), change) for change in (*UNREADABLE, "ledger = '{}'")),
    ],
)
async def test_one_whose_payment_cannot_be_read_is_parked_and_holds_nobody_up(
    storage: DatabaseStorage,
    database_url: DatabaseUrl,
    clock: MovedClock,
    channel: Channel,
    content: Content,
    change: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await owe(storage, clock, "a", channel=Channel.MAIL)
    async with storage.begin() as tx:
        (dead,) = await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 1)
        await tx.outbox.park(dead, "w", "no such mailbox")
        await tx.outbox.add([NewMessage("b", channel, content, "5", "pay_1", clock.now())])
    await run(database_url, f"UPDATE payments SET {change}")

    def refused(_: OutboxMessage) -> None:
        raise ServiceRefused("bad request")

    await asyncio.wait_for(worker_of(storage, clock, Spoken(refused), channel).deliver_due(), 10)
    async with storage.read() as tx:
        unsent = await tx.outbox.unsent(0, clock.now(), 9)
    assert [one.state for one in unsent] == [State.PARKED, State.PARKED]
    assert "is down" not in caplog.text, "the database has answered"


async def test_those_in_line_when_a_service_goes_down_do_not_ask_it_too(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await owe(storage, clock, "a", "b", "c", "d", "e")

    def down(_: OutboxMessage) -> None:
        raise ServiceUnavailable("down")

    outbox_worker = OutboxWorker(
        Channel.CHAT,
        storage,
        clock,
        spoken := Spoken(down),
        RateLimiter(20),
        ServiceHealth("Telegram", clock),
        Backpressure(),
        (9001,),
    )
    await outbox_worker.deliver_due()
    assert spoken.said == ["a"]
    clock.forward(seconds=61)
    spoken.act = lambda _: None
    await outbox_worker.deliver_due()
    await outbox_worker.deliver_due()
    assert sorted(spoken.said) == ["a", "a", "b", "c", "d", "e"]


async def test_mails_to_one_address_keep_their_order_through_an_outage(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await owe(storage, clock, "a1", "a2", "b1", channel=Channel.MAIL)
    trouble: dict[str, ServiceError] = {"a1": ServiceUnavailable("this one only")}

    def act(message: OutboxMessage) -> None:
        if message.dedupe_key in trouble:
            raise trouble[message.dedupe_key]

    outbox_worker = OutboxWorker(
        Channel.MAIL,
        storage,
        clock,
        spoken := Spoken(act),
        RateLimiter(1e6),
        ServiceHealth("Resend", clock),
        Backpressure(),
        (9001,),
    )
    for _ in range(3):
        await outbox_worker.deliver_due()
        clock.forward(seconds=61)
    assert "a2" not in spoken.said
    trouble.clear()
    await outbox_worker.deliver_due()
    await outbox_worker.deliver_due()
    assert spoken.said[-2:] == ["a1", "a2"]


async def test_a_running_shop_outlives_a_telegram_that_is_away_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with running_shop() as shop:
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        await shop.telegram.take_down()
        await shop.resend.take_down()
        shop.stripe.pay(intent_id)
        await shop.until_status(token, "paid")

        async def both_noticed() -> bool:
            return said_of("Telegram", caplog) == said_of("Resend", caplog) == (1, 0)

        await until(both_noticed, "the log to say that they are down")
        question = shop.telegram.say(BEN, "/orders")
        await shop.telegram.bring_back()
        await shop.resend.bring_back()
        shop.clock.forward(seconds=61)
        await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
        await shop.telegram.wait_for(BEN, lambda one: one.message_id > question.message_id and "19.00" in one.text)
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
        names = [one.document.filename for one in shop.telegram.chat(BEN) if one.document]
        assert names == ["receipt-000001.pdf", "guide.pdf"]
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1

        async def both_back() -> bool:
            return said_of("Telegram", caplog) == said_of("Resend", caplog) == (1, 1)

        await until(both_back, "the log to say that they are back")
