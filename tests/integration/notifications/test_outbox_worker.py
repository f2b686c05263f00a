"""The outbox worker on a real database: the same bytes at every try, what it parks, and one probe."""

import asyncio
from datetime import datetime

import pytest

from checkout.errors import AskedToWait, ServiceRefused, ServiceUnavailable
from checkout.model.message_content import PaymentPaid
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, OutboxMessage, State
from checkout.notifications.delivery import Sent
from checkout.notifications.handover import HandOver
from checkout.notifications.mail_delivery import MailDelivery
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.send_slot import SendSlot
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.fakes import FakeGateway, RememberingMails
from tests.support.message_samples import RENDERER
from tests.support.notifications import outbox_worker
from tests.support.payments import a_paid_payment, keep
from tests.support.project import CATALOG

DAY = 86_400


def mail_delivery(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails) -> MailDelivery:
    return MailDelivery(storage, RENDERER, mails, FakeGateway(), HandOver(storage, clock, lambda: None, CATALOG))


def mail_worker(storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails) -> OutboxWorker:
    return outbox_worker(storage, clock, mail_delivery(storage, clock, mails))


async def queue_paid_mail(storage: DatabaseStorage, clock: MovedClock) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    mail = NewMessage("mail/p", Channel.MAIL, PaymentPaid(), "anna@example.com", "pay_1", clock.now())
    async with storage.begin() as tx:
        await tx.outbox.add([mail])


async def test_every_try_sends_the_same_bytes_under_the_same_key(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    mails.failure = ServiceUnavailable("down")
    for _ in range(3):
        assert await mail_worker(storage, clock, mails).deliver_due() == 1  # each time as after a restart
        clock.forward(seconds=61)
    mails.failure = None
    assert await mail_worker(storage, clock, mails).deliver_due() == 1
    assert await mail_worker(storage, clock, mails).deliver_due() == 0
    assert len(mails.tries) == 4
    assert len(set(mails.tries)) == 1


async def test_what_another_worker_has_taken_while_it_was_made_does_not_leave(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await queue_paid_mail(storage, clock)
    begun, left = [], []

    class Slow:
        async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
            begun.append(message.dedupe_key)
            async with storage.begin() as tx:
                await tx.outbox.release_all()  # others took this process for dead
                await tx.outbox.claim(Channel.MAIL, "other", clock.now(), 1)
            await slot.wait()
            left.append(message.dedupe_key)
            return Sent("1")

    await outbox_worker(storage, clock, Slow()).deliver_due()
    assert (begun, left) == (["mail/p"], [])


async def test_who_stops_ends_what_is_being_said_and_waits_for_nobodys_pause(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    people = ("anna@example.com", "ben@example.com")
    mails = [NewMessage(f"mail/{who}", Channel.MAIL, PaymentPaid(), who, "pay_1", clock.now()) for who in people]
    async with storage.begin() as tx:
        await tx.outbox.add(mails)
    asked, waits, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class NotToBen:
        async def wait(self, recipient: str) -> None:
            if recipient == people[1]:
                waits.set()
                await asyncio.Event().wait()

        async def ended(self, recipient: str) -> None:
            """Nobody pauses after this one."""

    class Asked:
        async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
            await slot.wait()
            asked.set()
            await may_end.wait()
            left.append(message.recipient)
            return Sent("1")

    left: list[str] = []
    worker = outbox_worker(storage, clock, Asked(), rate_limiter=NotToBen())
    running = asyncio.create_task(worker.run())
    await asyncio.gather(asked.wait(), waits.wait())
    stopping = asyncio.create_task(worker.stop(within=3600))
    await asyncio.sleep(0)
    may_end.set()
    async with asyncio.timeout(30):
        await asyncio.gather(stopping, running)
    assert left == [people[0]]
    assert await outbox_worker(storage, clock, Asked()).deliver_due() == 1
    assert left == list(people)


async def test_a_refused_mail_is_parked_and_does_not_stop_the_others(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    mails.failure = ServiceRefused("no such address")
    assert await mail_worker(storage, clock, mails).deliver_due() == 1
    clock.forward(days=1)
    assert await mail_worker(storage, clock, mails).deliver_due() == 0
    async with storage.read() as tx:
        assert await tx.outbox.is_dead("pay_1", Channel.MAIL, Kind.PAYMENT_PAID)


async def unsent(storage: DatabaseStorage, clock: MovedClock) -> list[State]:
    async with storage.read() as tx:
        found = await tx.outbox.unsent(0, clock.now(), 10)
    return [one.state for one in found if one.channel is Channel.MAIL]


async def test_a_message_is_given_up_after_three_days_of_trying_however_old_it_is(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    clock.forward(days=4)  # nobody served meanwhile
    mails.failure = ServiceUnavailable("down")
    worker = mail_worker(storage, clock, mails)
    for hours in (0, 1, 70):
        clock.forward(hours=hours)
        assert await worker.deliver_due() == 1
        assert await unsent(storage, clock) == [State.WAITING]
    clock.forward(hours=2)
    assert await worker.deliver_due() == 1
    assert await unsent(storage, clock) == [State.PARKED]


async def test_an_admins_wish_starts_the_three_days_anew(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    mails.failure = ServiceUnavailable("down")
    worker = mail_worker(storage, clock, mails)
    for _ in range(2):
        await worker.deliver_due()
        clock.forward(hours=73)
    assert await worker.deliver_due() == 0, "parked"
    async with storage.begin() as tx:
        assert await tx.outbox.try_now(1, clock.now())
    for hours in (0, 71):
        clock.forward(hours=hours)
        assert await worker.deliver_due() == 1
        assert await unsent(storage, clock) == [State.WAITING]
    mails.failure = None
    clock.forward(minutes=2)
    assert await worker.deliver_due() == 1
    assert await unsent(storage, clock) == []


@pytest.mark.parametrize("error", [AskedToWait, ServiceUnavailable])
@pytest.mark.parametrize(("asked_for", "waits"), [(7200, 7200), (5 * DAY, 3 * DAY), (10**30, 3 * DAY)])
async def test_whatever_a_service_asks_for_is_waited_but_no_longer_than_until_a_message_is_given_up(
    storage: DatabaseStorage,
    clock: MovedClock,
    mails: RememberingMails,
    error: type[ServiceUnavailable],
    asked_for: float,
    waits: int,
) -> None:
    await queue_paid_mail(storage, clock)
    mails.failure = error("later", retry_after=asked_for)
    await mail_worker(storage, clock, mails).deliver_due()
    clock.forward(seconds=waits - 1)
    assert await mail_worker(storage, clock, mails).deliver_due() == 0, "after a restart too"
    clock.forward(seconds=1)
    assert await mail_worker(storage, clock, mails).deliver_due() == 1


async def test_when_both_channels_are_dead_an_admin_hears_once(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await queue_paid_mail(storage, clock)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("chat/p", Channel.CHAT, PaymentPaid(), "42", "pay_1", clock.now())])

    class Blocked:
        async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
            raise ServiceRefused("the bot was blocked")

    chat = outbox_worker(storage, clock, Blocked(), Channel.CHAT)
    await chat.deliver_due()
    mails.failure = ServiceRefused("no such address")
    await mail_worker(storage, clock, mails).deliver_due()
    async with storage.begin() as tx:
        (alert,) = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 5)
    assert (alert.kind, alert.recipient, alert.payment_id) == (Kind.ADMIN_UNREACHABLE, "9001", "pay_1")


async def test_while_a_service_is_down_one_probe_at_a_time_asks(
    storage: DatabaseStorage, clock: MovedClock, mails: RememberingMails
) -> None:
    await keep(storage, a_paid_payment(at=clock.now()))
    queued = [
        NewMessage(f"mail/{n}", Channel.MAIL, PaymentPaid(), "anna@example.com", "pay_1", clock.now())
        for n in range(12)
    ]
    async with storage.begin() as tx:
        await tx.outbox.add(queued)
    mails.failure = ServiceUnavailable("down")
    one = mail_worker(storage, clock, mails)
    await one.deliver_due()
    tried = len(mails.tries)
    assert await one.deliver_due() == 0
    clock.forward(seconds=61)
    assert await one.deliver_due() == 1
    assert len(mails.tries) == tried + 1


@pytest.mark.parametrize("error", [ServiceUnavailable("it failed"), AskedToWait("later", retry_after=50.0)])
async def test_what_never_gets_through_holds_up_nobody_else(
    storage: DatabaseStorage, clock: MovedClock, error: ServiceUnavailable
) -> None:
    told, tries = list[str](), list[str]()

    class Stubborn:
        async def send(self, message: OutboxMessage, now: datetime, slot: SendSlot) -> Sent:
            await slot.wait()
            (tries if "bad" in message.recipient else told).append(message.recipient)
            if "bad" in message.recipient:
                raise error
            return Sent("1")

    async def queue(recipient: str) -> None:
        async with storage.begin() as tx:
            await tx.outbox.add([NewMessage(recipient, Channel.CHAT, PaymentPaid(), recipient, "pay_1", clock.now())])

    await keep(storage, a_paid_payment(at=clock.now()))
    worker = outbox_worker(storage, clock, Stubborn(), Channel.CHAT)
    for number in range(3):
        await queue(f"bad {number}")
    for _ in range(5):
        await worker.deliver_due()
        clock.forward(seconds=20)
    await queue("the first")
    clock.forward(minutes=1)  # nobody can know yet that the others are served
    await worker.deliver_due()
    await worker.deliver_due()
    assert told == ["the first"]
    tries.clear()
    for number in range(60):
        clock.forward(seconds=7)
        await queue(f"good {number}")
        await worker.deliver_due()
        assert told[-1] == f"good {number}"
    assert 3 <= len(tries) <= 50, "each of them is tried on, at growing distances"
