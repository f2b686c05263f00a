"""Where the pay message is: it moves while the outbox edits it, and the database may be away just then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

import checkout.notifications.outcomes
from checkout.errors import DatabaseAway
from checkout.model.message_content import Content, PaymentPaid, PayMessage
from checkout.model.outbox import Channel, NewMessage
from checkout.model.outgoing import OutgoingChat
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.handover import HandOver
from db.engine.connection import Database
from db.storage import DatabaseStorage, DatabaseTransaction
from tests.support.clock import MovedClock
from tests.support.fakes import FakeGateway
from tests.support.message_samples import RENDERER
from tests.support.notifications import outbox_worker
from tests.support.payments import keep_paid
from tests.support.project import CATALOG


@dataclass
class MovingChat:
    """``moved_to`` is the place to which the customer has moved the message by the end of the first request."""

    storage: DatabaseStorage
    moved_to: int | None
    is_gone: bool
    edited: list[int | None] = field(default_factory=list)
    removed: list[int | None] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.edited.append(message.edits)
        if self.moved_to:
            async with self.storage.begin() as tx:
                await tx.payments.note_chat_message("pay_1", self.moved_to)
            self.moved_to = None
        if message.edits is not None and not (self.is_gone and message.or_anew):
            return message.edits
        self.anew.append(message.text)
        return 19

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        assert "moved to a newer message" in instead.text
        self.removed.append(instead.edits)


@pytest.mark.parametrize("content", [PayMessage(), PaymentPaid()])
@pytest.mark.parametrize(
    ("moved_to", "is_gone", "place", "removed"),
    [(None, False, 17, []), (None, True, 19, [17]), (20, False, 20, []), (20, True, 20, [19])],
)
async def test_of_what_is_sent_anew_and_where_the_message_was_one_goes(
    storage: DatabaseStorage, clock: MovedClock, content: Content, moved_to: int | None, is_gone: bool,
    place: int, removed: list[int],
) -> None:  # fmt: skip
    chat = MovingChat(storage, moved_to, is_gone)
    await keep_paid(storage, chat_message_id=17)
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, ())
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("key", Channel.CHAT, content, "42", "pay_1", clock.now())])
    worker = outbox_worker(storage, clock, delivery, Channel.CHAT)
    while await worker.deliver_due():
        pass
    assert chat.edited[0] == 17
    assert chat.removed == removed
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert payment.chat_message_id == place


@pytest.mark.parametrize(("place", "is_gone"), [(None, False), (17, False), (17, True)])
async def test_a_receipt_that_is_wanted_again_comes_once(
    storage: DatabaseStorage, clock: MovedClock, place: int | None, is_gone: bool
) -> None:
    chat = MovingChat(storage, None, is_gone)
    await keep_paid(storage, chat_message_id=place)
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, ())
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("key", Channel.CHAT, PaymentPaid(again=1), "42", "pay_1", clock.now())])
    await outbox_worker(storage, clock, delivery, Channel.CHAT).deliver_due()
    assert chat.edited == ([17, None] if place else [None])
    assert len(chat.anew) == 1, "the one that is wanted"
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert payment.chat_message_id == place


class Away(DatabaseStorage):
    """Is away for the next ``times``."""

    times = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[DatabaseTransaction]:
        self._count()
        async with super().begin() as tx:
            yield tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[DatabaseTransaction]:
        self._count()
        async with super().read() as tx:
            yield tx

    def _count(self) -> None:
        if self.times:
            self.times -= 1
            raise DatabaseAway("cut")


@dataclass
class CuttingChat:
    """By the end of each request the database is away for ``times``."""

    storage: Away
    times: int
    sent: list[int | None] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.sent.append(message.edits)
        self.storage.times, self.times = self.times, 0
        return message.edits or 98 + len(self.sent)

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        raise AssertionError("nothing is taken away here")


@pytest.mark.parametrize("times", [0, 1, 2, 5])
@pytest.mark.parametrize("place", [None, 17])
async def test_a_database_that_is_away_when_the_receipt_has_left_sends_no_second_one(
    database: Database, clock: MovedClock, monkeypatch: pytest.MonkeyPatch, times: int, place: int | None
) -> None:
    monkeypatch.setattr(checkout.notifications.outcomes, "database_backoff", lambda failures: timedelta(milliseconds=5))
    storage = Away(database)
    chat = CuttingChat(storage, times)
    await keep_paid(storage, chat_message_id=place)
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, ())
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("key", Channel.CHAT, PaymentPaid(), "42", "pay_1", clock.now())])
    worker = outbox_worker(storage, clock, delivery, Channel.CHAT)
    for _ in range(3):
        await worker.deliver_due()
        clock.forward(minutes=2)
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert chat.sent == [place, None], "the receipt, and the purchase"
    assert payment.chat_message_id == (place or 99)


@pytest.mark.parametrize(
    ("at", "before", "then"),
    [(None, None, 99), (17, 17, 99), (99, 17, 99), (20, 17, 20), (20, None, 20), (None, 17, None)],
)
async def test_where_a_customer_has_moved_it_in_the_last_moment_it_stays(
    storage: DatabaseStorage, at: int | None, before: int | None, then: int | None
) -> None:
    await keep_paid(storage, chat_message_id=at)
    async with storage.begin() as tx:
        has_moved = await tx.payments.move_chat_message("pay_1", before, 99)
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert (payment.chat_message_id, has_moved) == (then, then == 99)


async def test_who_moves_it_hears_where_it_was(storage: DatabaseStorage) -> None:
    await keep_paid(storage)
    async with storage.begin() as tx:
        assert [await tx.payments.note_chat_message("pay_1", place) for place in (17, 20, 20)] == [None, 17, 20]
