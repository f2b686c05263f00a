"""Who is no admin any more reads nothing that was to be told them; the others hear it, each once."""

from dataclasses import dataclass, field
from typing import get_args

import pytest

from checkout.model.message_content import Content, PaymentAlert, Review, Sold
from checkout.model.outbox import Channel
from checkout.model.outgoing import OutgoingChat
from checkout.model.shop_notice import ShopNotice, Summary
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.compose import to_admins
from checkout.notifications.handover import HandOver
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.databases import by_turns
from tests.support.fakes import FakeGateway
from tests.support.message_samples import CONTENTS, RENDERER
from tests.support.notifications import outbox_worker
from tests.support.payments import keep_paid
from tests.support.project import CATALOG

GONE, STAYS, NEW = 9001, 9002, 9003
FOR_ADMINS = [one for one in CONTENTS.values() if isinstance(one, PaymentAlert | ShopNotice)]
CLOSED_ALERT = Review("amount 1 of 2", edits=7)


@dataclass
class Chats:
    """Whom what was sent to."""

    told: list[int] = field(default_factory=list)

    async def send(self, chat_id: int, message: OutgoingChat) -> int:
        self.told.append(chat_id)
        return len(self.told)

    async def remove(self, chat_id: int, instead: OutgoingChat) -> None:
        raise AssertionError("nothing is taken away here")


def test_there_is_a_sample_of_all_that_admins_hear() -> None:
    assert {type(one) for one in FOR_ADMINS} == {*get_args(PaymentAlert), *get_args(ShopNotice)}


@pytest.mark.parametrize(("database_url", "content"), by_turns([*FOR_ADMINS, CLOSED_ALERT]), indirect=["database_url"])
async def test_what_was_to_be_told_them_is_told_those_who_are(
    storage: DatabaseStorage, clock: MovedClock, content: PaymentAlert | ShopNotice
) -> None:
    payment_id = (await keep_paid(storage)).payment_id if isinstance(content, PaymentAlert) else ""
    async with storage.begin() as tx:
        await tx.outbox.add(to_admins([GONE, STAYS], payment_id, content, lambda one: f"chat/it/{one}", clock.now()))
    chats, goods = Chats(), HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chats, FakeGateway(), goods, lambda sku: 0, (STAYS, NEW))
    worker = outbox_worker(storage, clock, delivery, Channel.CHAT)
    while await worker.deliver_due():
        clock.forward(seconds=2)
    assert sorted(chats.told) == ([STAYS] if is_their_own(content) else [STAYS, NEW])
    async with storage.read() as tx:
        assert await tx.outbox.unsent(0, clock.now(), 9) == []


def is_their_own(content: Content) -> bool:
    """A line for every sale and a summary are wanted or not; a message that is edited is one's own."""
    return isinstance(content, Sold | Summary) or content == CLOSED_ALERT
