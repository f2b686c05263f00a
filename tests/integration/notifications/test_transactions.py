"""What one message costs the database, and what becomes of a mail that nobody is to be told any more."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

import checkout.notifications.outbox_worker
from checkout import limits
from checkout.model.message_content import Content, PaymentFailed, PaymentPaid, PaymentRefunded, PayMessage
from checkout.model.outbox import Channel, Lane, NewMessage
from checkout.model.outgoing import OutgoingChat
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.delivery import Delivery
from checkout.notifications.handover import HandOver
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.ports.outbox import EVERYTHING
from checkout.ports.runtime import RateLimit
from checkout.ports.storage import Transaction
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.storage import DatabaseStorage, DatabaseTransaction
from tests.integration.notifications.test_outbox_worker import mail_delivery
from tests.support.clock import MovedClock
from tests.support.databases import ask, run
from tests.support.fakes import FakeGateway, RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.payments import keep_paid
from tests.support.project import CATALOG
from tests.support.shop import until

WRITE, READ = "write", "read"
LOOK, RELEASE = READ, WRITE


class Counted(DatabaseStorage):
    """Remembers its transactions as they end: whoever has made one has gone on by the time that it is seen."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.seen: list[str] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DatabaseTransaction]:
        async with super().begin() as tx:
            yield tx
        self.seen.append(WRITE)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseTransaction]:
        async with super().read() as tx:
            yield tx
        self.seen.append(READ)

    async def until_seen(self, count: int) -> None:
        async def seen() -> bool:
            return len(self.seen) >= count

        await until(seen, f"{count} transactions, after {self.seen}", pause=0.005)


@dataclass
class RememberingChat:
    sent: list[OutgoingChat] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.sent.append(message)
        return message.edits or 99

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        raise AssertionError("nothing is taken away here")


@pytest.fixture
def counted(database: Database) -> Counted:
    return Counted(database)


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers look only when they are woken."""
    monkeypatch.setattr(checkout.notifications.outbox_worker, "IDLE_LOOK", timedelta(hours=1))
    monkeypatch.setattr(limits, "lease", lambda: timedelta(hours=4))


def a_worker(
    storage: DatabaseStorage,
    clock: MovedClock,
    delivery: Delivery,
    channel: Channel,
    rate_limiter: RateLimit,
    lane: Lane = EVERYTHING,
) -> OutboxWorker:
    health = ServiceHealth("the service", clock)
    return OutboxWorker(channel, storage, clock, delivery, rate_limiter, health, Backpressure(), (), lane=lane)


def delivery_of(channel: Channel, storage: DatabaseStorage, clock: MovedClock) -> Delivery:
    if channel is Channel.MAIL:
        return mail_delivery(storage, clock, RememberingMails())
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    return ChatDelivery(storage, RENDERER, RememberingChat(), FakeGateway(), goods, lambda sku: 0, (42,))


@asynccontextmanager
async def running(worker: OutboxWorker, counted: Counted) -> AsyncIterator[None]:
    """Inside it has looked for what was there, and sleeps."""
    task = asyncio.create_task(worker.run())
    await counted.until_seen(2)  # at the leases, and at what is due
    counted.seen.clear()
    yield
    await worker.stop(5)
    await task


@pytest.mark.parametrize(
    ("channel", "content", "transactions"),
    [
        # Claimed together with its payment; its bytes are kept as it is looked whether it is still wanted; noted.
        (Channel.MAIL, PaymentPaid(), [WRITE, WRITE, WRITE]),
        (Channel.CHAT, PaymentRefunded(500, refund_id="re_1", amount=500), [WRITE, READ, WRITE]),
        (Channel.CHAT, PayMessage(), [WRITE, READ, WRITE]),
    ],
)
@pytest.mark.usefixtures("never_by_itself")
async def test_a_message_takes_few_transactions(
    storage: DatabaseStorage, counted: Counted, clock: MovedClock,
    channel: Channel, content: Content, transactions: list[str],
) -> None:  # fmt: skip
    await keep_paid(storage, chat_message_id=17)
    worker = a_worker(counted, clock, delivery_of(channel, counted, clock), channel, RateLimiter(1e6))
    async with running(worker, counted):
        recipient = "anna@example.com" if channel is Channel.MAIL else "42"
        async with storage.begin() as tx:
            await tx.outbox.add([NewMessage("key", channel, content, recipient, "pay_1", clock.now())])
        worker.wake(one_is_due=True)
        await counted.until_seen(len(transactions) + 1)
    assert counted.seen == [*transactions, LOOK, RELEASE]


@pytest.mark.parametrize(
    ("lane", "one_is_due", "transactions"),
    [
        (EVERYTHING, False, [READ]),
        (EVERYTHING, True, [WRITE]),
        # What is due may be the other lane's.
        (Lane("light", ("guide",)), True, [READ]),
        (Lane("heavy", ("guide",)), True, [READ]),
    ],
)
@pytest.mark.usefixtures("never_by_itself")
async def test_where_nothing_is_due_the_database_is_written_to_only_when_something_was_said_to_be(
    counted: Counted, clock: MovedClock, lane: Lane, one_is_due: bool, transactions: list[str]
) -> None:
    delivery = delivery_of(Channel.MAIL, counted, clock)
    worker = a_worker(counted, clock, delivery, Channel.MAIL, RateLimiter(1e6), lane)
    async with running(worker, counted):
        worker.wake(one_is_due=one_is_due)
        await counted.until_seen(1)
        worker.wake()
        await counted.until_seen(2)
    assert counted.seen == [*transactions, LOOK, RELEASE]


@dataclass
class Meanwhile:
    """A rate limiter: something happens while a message that is made already waits for it."""

    storage: DatabaseStorage
    happens: Callable[[Transaction], Awaitable[object]]

    async def wait(self, recipient: str) -> None:
        async with self.storage.begin() as tx:
            await self.happens(tx)

    async def ended(self, recipient: str) -> None: ...


async def paid_after_all(tx: Transaction) -> None:
    await tx.outbox.silence_failures("pay_1")


async def taken_by_another(tx: Transaction) -> None:
    await tx.outbox.release_all()
    await tx.outbox.claim(Channel.MAIL, "other", MovedClock().now(), 1)


async def taken_by_another_and_again(tx: Transaction) -> None:
    """Who had it meanwhile may have told it in other words, under the same key."""
    (mine,) = await tx.outbox.leases(Channel.MAIL)
    await taken_by_another(tx)
    await tx.outbox.release_all()
    await tx.outbox.claim(Channel.MAIL, mine.worker, MovedClock().now(), 1)


@pytest.mark.parametrize("happens", [paid_after_all, taken_by_another, taken_by_another_and_again])
async def test_of_a_mail_that_is_not_wanted_any_more_nothing_leaves_and_nothing_is_kept(
    storage: DatabaseStorage,
    database: Database,
    clock: MovedClock,
    mails: RememberingMails,
    happens: Callable[[Transaction], Awaitable[object]],
) -> None:
    await keep_paid(storage)
    async with storage.begin() as tx:
        content = PaymentFailed("card_declined")
        await tx.outbox.add([NewMessage("key", Channel.MAIL, content, "anna@example.com", "pay_1", clock.now())])
    rate_limiter = Meanwhile(storage, happens)
    worker = a_worker(storage, clock, mail_delivery(storage, clock, mails), Channel.MAIL, rate_limiter)
    assert await worker.deliver_due() == 1
    assert mails.tries == []
    assert await ask(database, "SELECT rendered FROM outbox") == [(None,)]


@pytest.mark.parametrize("ledger", ["{", "[1]", '{"intents": {"pi_1": [1]}}', '{"refunds": {"re_1": [1]}}'])
async def test_a_payment_that_cannot_be_read_holds_up_its_own_message_alone(
    storage: DatabaseStorage, database_url: DatabaseUrl, clock: MovedClock, mails: RememberingMails, ledger: str
) -> None:
    for number in (1, 2):
        payment, to = await keep_paid(storage, number), f"{number}@example.com"
        async with storage.begin() as tx:
            await tx.outbox.add([NewMessage(to, Channel.MAIL, PaymentPaid(), to, payment.payment_id, clock.now())])
    await run(database_url, f"UPDATE payments SET ledger = '{ledger}' WHERE payment_id = 'pay_1'")
    worker = a_worker(storage, clock, mail_delivery(storage, clock, mails), Channel.MAIL, RateLimiter(1e6))
    assert await worker.deliver_due() == 2
    assert [mail.to for mail in mails.sent] == ["2@example.com"]
