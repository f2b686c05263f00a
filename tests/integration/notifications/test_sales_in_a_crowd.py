"""Telegram takes one message a second to a person: on a good day one message tells of several sales."""

from dataclasses import dataclass, field

from checkout.model.customer import Customer
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingChat
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.compose import Composer
from checkout.notifications.handover import HandOver
from db.storage import DatabaseStorage
from messages.language.text import visible_length
from tests.support.clock import MovedClock
from tests.support.fakes import FakeGateway
from tests.support.message_samples import RENDERER
from tests.support.notifications import outbox_worker
from tests.support.payments import keep_paid
from tests.support.project import CATALOG

ADMINS = (9001, 9002)
LONGEST = 4096


@dataclass
class RememberingChat:
    sent: list[tuple[int, OutgoingChat]] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.sent.append((chat_id, message))
        return len(self.sent)

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        raise AssertionError("nothing is taken away here")


async def test_each_sale_is_told_once_in_few_messages_that_fit(storage: DatabaseStorage, clock: MovedClock) -> None:
    chat, domain = RememberingChat(), f"{'a' * 60}.example"
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, ADMINS)
    sold = [await keep_paid(storage, number, title="x" * 300, email=f"{number}@{domain}") for number in range(2, 42)]
    async with storage.begin() as tx:
        for payment in sold:
            await tx.outbox.add(Composer(ADMINS, clock.now()).sold(payment, None, frozenset()))
    for _ in range(4):
        await outbox_worker(storage, clock, delivery, Channel.CHAT).deliver_due()
    for admin in ADMINS:
        told = [one.text for who, one in chat.sent if who == admin]
        assert len(told) == 3
        assert all(visible_length(text) <= LONGEST for text in told)
        for payment in sold:
            assert sum(f">{payment.payment_id}<" in text for text in told) == 1
    clock.forward(minutes=5)
    async with storage.read() as tx:
        assert await tx.outbox.unsent(0, clock.now(), 100) == []


async def test_an_admin_reads_of_a_russian_sale_in_the_admins_own_language(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    """Of two one has chosen Russian; the other has never spoken to the bot."""
    chat, (mira, stranger) = RememberingChat(), ADMINS[:2]
    async with storage.begin() as tx:
        await tx.customers.save(Customer(mira, language="ru"), clock.now())
    sold = await keep_paid(storage, 2, title="Путеводитель по городу", language="ru")
    async with storage.begin() as tx:
        await tx.outbox.add(Composer(ADMINS[:2], clock.now()).sold(sold, None, frozenset()))
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, ADMINS)
    await outbox_worker(storage, clock, delivery, Channel.CHAT).deliver_due()
    told = {who: one.text for who, one in chat.sent}
    assert "Путеводитель по городу" in told[mira]
    assert "City guide" in told[stranger]
    assert not set(told[stranger]) & set("абвгдеё")
