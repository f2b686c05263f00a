"""A payment told by chat and mail, and what a test does with its two messages in the place of the outbox workers."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from checkout.model.events import MailEvent
from checkout.model.message_content import PaymentPaid
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, Mail, NewMessage, OutboxMessage
from checkout.model.payment import Payment, Status
from checkout.notifications.channel_fallback import fall_back_for
from checkout.notifications.delivery import Delivery
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.ports.runtime import RateLimit
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.rate_limit import RateLimiter
from checkout.resilience.service_health import ServiceHealth
from db.storage import DatabaseStorage
from tests.support.clock import NOON, MovedClock
from tests.support.payments import a_payment

ADMIN = 9001
NUMBERS = itertools.count(1)


class Wakes:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> None:
        self.count += 1


def a_message(key: str, recipient: str = "42", **changes: Any) -> NewMessage:
    new = NewMessage(key, Channel.CHAT, PaymentPaid(), recipient, "pay_1", NOON)
    return replace(new, **changes)


async def keep_told_by_both(storage: DatabaseStorage, clock: MovedClock) -> Payment:
    """``pay_1`` of customer 42, and its receipt by both channels."""
    now = clock.now()
    payment = a_payment(
        status=Status.PAID, created_at=now, updated_at=now, paid_at=now, expires_at=now + timedelta(days=1)
    )
    async with storage.begin() as tx:
        await tx.payments.add(payment)
        await tx.outbox.add(told_by_both(clock))
    return payment


def told_by_both(clock: MovedClock) -> list[NewMessage]:
    now = clock.now()
    return [
        NewMessage("chat/payment_paid/pay_1/", Channel.CHAT, PaymentPaid(), "42", "pay_1", now),
        NewMessage("mail/payment_paid/pay_1/", Channel.MAIL, PaymentPaid(), "anna@example.com", "pay_1", now),
    ]


def event(mail_status: str, mail_id: str = "", kind: str = "payment_paid", **changes: str) -> MailEvent:
    return MailEvent(f"msg_{next(NUMBERS)}", mail_status, mail_id, "pay_1", kind, ("Anna@example.com",), **changes)


async def claimed(storage: DatabaseStorage, clock: MovedClock, channel: Channel) -> OutboxMessage:
    async with storage.begin() as tx:
        (message,) = await tx.outbox.claim(channel, "w", clock.now(), 1)
    return message


async def mail_is_sent(storage: DatabaseStorage, clock: MovedClock, mail_id: str) -> None:
    message = await claimed(storage, clock, Channel.MAIL)
    async with storage.begin() as tx:
        await tx.outbox.mark_sent(message, clock.now(), mail_id)


async def is_parked(storage: DatabaseStorage, clock: MovedClock, channel: Channel, reason: str = "refused") -> None:
    """As the worker parks what is refused for good."""
    message = await claimed(storage, clock, channel)
    async with storage.begin() as tx:
        await tx.outbox.park(message, "w", reason)
        await tx.outbox.add(await fall_back_for(tx, message, reason, (ADMIN,), clock.now()))


async def chat_is_sent(storage: DatabaseStorage, clock: MovedClock) -> None:
    message = await claimed(storage, clock, Channel.CHAT)
    async with storage.begin() as tx:
        await tx.outbox.mark_sent(message, clock.now(), "7")


async def mails(storage: DatabaseStorage, kind: Kind = Kind.PAYMENT_PAID) -> list[Mail]:
    async with storage.read() as tx:
        return list(await tx.outbox.mails("pay_1", kind))


async def said_in_chat(storage: DatabaseStorage, clock: MovedClock) -> list[OutboxMessage]:
    """Everything that waits for a chat, the customer's and the admin's, in its order; sent as it is asked."""
    said: list[OutboxMessage] = []
    while True:
        async with storage.begin() as tx:
            messages = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
            for message in messages:
                await tx.outbox.mark_sent(message, clock.now(), "8")
        if not messages:
            return said
        said += messages


def kinds(messages: Iterable[OutboxMessage]) -> list[str]:
    return [message.kind for message in messages]


def outbox_worker(
    storage: DatabaseStorage,
    clock: MovedClock,
    delivery: Delivery,
    channel: Channel = Channel.MAIL,
    rate_limiter: RateLimit | None = None,
) -> OutboxWorker:
    health, rate_limiter = ServiceHealth("the service", clock), rate_limiter or RateLimiter(1e6)
    return OutboxWorker(channel, storage, clock, delivery, rate_limiter, health, Backpressure(), (9001,))
