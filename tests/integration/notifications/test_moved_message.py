"""A customer asks for their pay message again, which moves it, while the outbox is editing it."""

from dataclasses import dataclass, field

import pytest

from checkout.model.message_content import Content, PaymentPaid, PayMessage
from checkout.model.outbox import Channel, NewMessage
from checkout.model.outgoing import OutgoingChat
from checkout.notifications.handover import HandOver
from checkout.notifications.send_message import ChatDelivery
from db.storage import DatabaseStorage
from tests.integration.notifications.test_outbox_worker import outbox_worker
from tests.support.clock import MovedClock
from tests.support.fakes import FakeGateway
from tests.support.message_samples import RENDERER
from tests.support.payments import keep_paid
from tests.support.project import CATALOG


@dataclass
class MovingChat:
    """``moves`` are the places to which the customer has moved the message by the end of each request."""

    storage: DatabaseStorage
    moves: list[int]
    gone: frozenset[int] = frozenset()
    edited: list[int | None] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.edited.append(message.edits)
        if self.moves:
            async with self.storage.begin() as tx:
                await tx.payments.note_chat_message("pay_1", self.moves.pop(0))
        return 99 if message.edits in {None, *self.gone} else message.edits or 0


@pytest.mark.parametrize("content", [PayMessage(), PaymentPaid()])
@pytest.mark.parametrize(
    ("moves", "gone", "edited", "place"),
    [
        ([], set(), [17], 17),
        ([], {17}, [17], 99),
        ([20], set(), [17, 20], 20),
        ([20], {17}, [17, 20], 20),
        ([20, 21], {17, 20}, [17, 20, 21], 21),
    ],
)
async def test_the_message_that_it_was_moved_to_is_edited_too(
    storage: DatabaseStorage, clock: MovedClock, content: Content, moves: list[int], gone: set[int],
    edited: list[int], place: int,
) -> None:  # fmt: skip
    chat = MovingChat(storage, list(moves), frozenset(gone))
    await keep_paid(storage, chat_message_id=17)
    goods = HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("key", Channel.CHAT, content, "42", "pay_1", clock.now())])
    await outbox_worker(storage, clock, delivery, Channel.CHAT).deliver_due()
    assert chat.edited[: len(edited)] == edited
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert payment.chat_message_id == place
