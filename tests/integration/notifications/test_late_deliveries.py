"""Where two processes do not agree on what is there, nobody is told every ten seconds; what is there leaves."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from checkout import limits
from checkout.model.message_content import PaymentPaid, ToDo
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Fulfilment, Status
from checkout.notifications.compose import Composer
from checkout.notifications.handover import HandOver
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import MIRA
from tests.support.clock import MovedClock
from tests.support.databases import by_turns
from tests.support.payments import keep_paid
from tests.support.project import CATALOG

MAIL, CHAT = Channel.MAIL, Channel.CHAT
HALF_AN_HOUR = timedelta(minutes=30)
GONE = Path("is not there")


class TwoShops:
    """``here`` has the file of what was bought, ``there`` has not: an update under way, or a disk of its own."""

    def __init__(self, storage: DatabaseStorage, clock: MovedClock) -> None:
        guide = CATALOG.products["guide"]
        without = replace(CATALOG, products={"guide": replace(guide, files=(GONE,))})
        self.storage, self.clock = storage, clock
        self.here, self.there = (
            HandOver(storage, clock, lambda: None, catalog, (MIRA.id,)) for catalog in (CATALOG, without)
        )

    async def owe(self, dead: Sequence[Channel] = ()) -> None:
        """What was paid while the file was gone everywhere, and the first receipt has said so."""
        payment = await keep_paid(self.storage, fulfilment=Fulfilment.TO_DO)
        async with self.storage.begin() as tx:
            await tx.outbox.add(Composer((), self.clock.now()).paid(payment))
        for channel in (CHAT, MAIL):
            await self.leave(channel, dies=channel in dead)

    async def leave(self, channel: Channel, *, dies: bool = False) -> None:
        now = self.clock.now()
        async with self.storage.begin() as tx:
            for message in await tx.outbox.claim(channel, "w", now, 9):
                if dies:
                    await tx.outbox.park(message, "w", "no such mailbox")
                else:
                    await tx.outbox.mark_sent(message, now, "1")

    async def round(self, *, by: HandOver) -> None:
        """The file's owner hands over; of what waits, ``by`` makes it and finds the file, or not."""
        await self.here.run_once()
        async with self.storage.read() as tx:
            payment = await tx.payments.get("pay_1")
            waiting = await tx.outbox.unsent(0, self.clock.now(), 9)
        assert payment is not None
        if waiting:
            await by.look_again(payment)
        for channel in (CHAT, MAIL):
            await self.leave(channel)

    async def go_on(self, lasting: timedelta, *, by: HandOver) -> None:
        for _ in range(lasting // timedelta(seconds=10)):
            await self.round(by=by)
            self.clock.forward(seconds=10)

    async def said(self) -> Counter[tuple[Channel, Kind]]:
        """How often, but for the first receipts, and for alerts that were brought up to date."""
        async with self.storage.read() as tx:
            told = [one for one in await tx.outbox.of_payment("pay_1") if one.content != ToDo(0)]
        late = [one for one in told if not (isinstance(one.content, PaymentPaid) and one.content.again is None)]
        return Counter((Channel(one.channel), Kind(one.content.kind)) for one in late)

    async def fulfilment(self) -> str:
        async with self.storage.read() as tx:
            payment = await tx.payments.get("pay_1")
        assert payment is not None
        return payment.fulfilment


@pytest.fixture
def shops(storage: DatabaseStorage) -> TwoShops:
    return TwoShops(storage, MovedClock())


each_dead = pytest.mark.parametrize(("database_url", "dead"), by_turns([[], [MAIL], [CHAT]]), indirect=["database_url"])


@each_dead
async def test_what_is_there_for_one_and_not_for_another_ends_with_a_person(
    shops: TwoShops, dead: list[Channel]
) -> None:
    await shops.owe(dead)
    await shops.go_on(HALF_AN_HOUR, by=shops.there)
    tries = limits.late_deliveries()
    told_by = {MAIL, CHAT} - set(dead)
    assert await shops.said() == {(one, PaymentPaid.kind): tries for one in told_by} | {(CHAT, ToDo.kind): tries}
    assert await shops.fulfilment() == "to_do"


@each_dead
async def test_once_they_agree_it_leaves_by_itself(shops: TwoShops, dead: list[Channel]) -> None:
    await shops.owe(dead)
    await shops.go_on(timedelta(minutes=2), by=shops.there)
    assert await shops.fulfilment() == "to_do"
    before = await shops.said()
    await shops.go_on(HALF_AN_HOUR, by=shops.here)
    assert await shops.fulfilment() == "delivered"
    alive = [one for one in (MAIL, CHAT) if one not in dead]
    assert await shops.said() - before == {(one, PaymentPaid.kind): 1 for one in alive}


async def test_a_clock_that_was_ahead_holds_nothing_up(shops: TwoShops, storage: DatabaseStorage) -> None:
    await shops.owe()
    ahead = shops.clock.now() + timedelta(days=400)
    receipt = NewMessage("late", MAIL, PaymentPaid(1, "late-1"), "ben@example.org", "pay_1", ahead)
    async with storage.begin() as tx:
        await tx.outbox.add([receipt])
    await shops.round(by=shops.here)
    assert await shops.fulfilment() == "delivered"


@pytest.mark.parametrize("moved", ["disputed delivered to_do", "paid done done", "refunded delivered delivered"])
async def test_what_has_moved_meanwhile_is_looked_at_anew(
    shops: TwoShops, storage: DatabaseStorage, moved: str
) -> None:
    status, fulfilment, seen_as = moved.split()
    row = await keep_paid(storage, status=Status(status), fulfilment=Fulfilment(fulfilment))
    seen = await shops.there.look_again(replace(row, status=Status.PAID, fulfilment=Fulfilment.DELIVERED))
    assert seen.fulfilment == seen_as == await shops.fulfilment()
