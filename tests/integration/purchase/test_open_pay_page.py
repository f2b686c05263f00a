"""Which payments open a PaymentIntent, and what becomes of links past their time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from checkout.errors import AlreadyPaid, LinkExpired, NotFound, NotOnSale
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Payment, Status
from checkout.purchase.expire_links import ExpireLinks
from checkout.purchase.open_pay_page import OpenPayPage
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.fakes import FakeGateway
from tests.support.payments import a_payment, keep, processing, under_review, with_voucher
from tests.support.project import CATALOG


def unopened(clock: MovedClock, number: int = 1, **changes: Any) -> Payment:
    """Nobody has asked for its PaymentIntent yet."""
    return a_payment(number, at=clock.now(), payment_intent_id=None, **changes)


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def page(storage: DatabaseStorage, clock: MovedClock, gateway: FakeGateway) -> OpenPayPage:
    return OpenPayPage(storage, clock, gateway, CATALOG)


async def test_many_clicks_and_tabs_get_one_intent(
    page: OpenPayPage, gateway: FakeGateway, storage: DatabaseStorage, clock: MovedClock
) -> None:
    await keep(storage, unopened(clock))
    opened = await asyncio.gather(*(page.open_intent("token-1") for _ in range(10)))
    assert len({one.client_secret for one in opened}) == 1
    assert len(gateway.intents) == 1


async def test_what_cannot_be_paid_opens_no_intent(
    page: OpenPayPage, gateway: FakeGateway, storage: DatabaseStorage, clock: MovedClock
) -> None:
    with pytest.raises(NotFound):
        await page.open_intent("unknown")
    for number, status in enumerate((Status.PAID, Status.PROCESSING, Status.REVIEW, Status.REFUNDED)):
        await keep(storage, unopened(clock, number, status=status))
        with pytest.raises(AlreadyPaid):
            await page.open_intent(f"token-{number}")
    await keep(storage, unopened(clock, 9, pay_token="old"))
    clock.forward(hours=24)
    with pytest.raises(LinkExpired):
        await page.open_intent("old")
    assert gateway.intents == {}


@pytest.mark.parametrize("why", ["left", "sold out", "file gone"])
async def test_what_cannot_be_delivered_takes_no_new_money(
    storage: DatabaseStorage, clock: MovedClock, gateway: FakeGateway, tmp_path: Path, why: str
) -> None:
    guide, left = CATALOG.products["guide"], {key: one for key, one in CATALOG.products.items() if key != "guide"}
    now = {
        "left": left,
        "sold out": {**left, "guide": replace(guide, available=False)},
        "file gone": {**left, "guide": replace(guide, files=(tmp_path / "gone.pdf",))},
    }[why]
    page = OpenPayPage(storage, clock, gateway, replace(CATALOG, products=now))
    await keep(storage, unopened(clock), unopened(clock, 2, sku="course"), unopened(clock, 3, sku="inv_1"))
    await keep(storage, unopened(clock, 4, status=Status.PROCESSING))
    with pytest.raises(NotOnSale):
        await page.open_intent("token-1")
    with pytest.raises(AlreadyPaid):
        await page.open_intent("token-4")
    assert [(await page.view(f"token-{number}")).is_payable for number in range(1, 5)] == [False, True, True, False]
    for number in (2, 3):
        await page.open_intent(f"token-{number}")


@pytest.mark.parametrize("waits", [processing, with_voucher, under_review])
async def test_while_one_may_succeed_no_other_link_for_the_same_takes_money(
    waits: Callable[[Payment], Payment],
    page: OpenPayPage,
    gateway: FakeGateway,
    storage: DatabaseStorage,
    clock: MovedClock,
) -> None:
    under_way = waits(a_payment(at=clock.now()))
    await keep(storage, under_way, unopened(clock, 2), unopened(clock, 3, status=Status.FAILED, amount=2900))
    await keep(storage, unopened(clock, 4, sku="course"), unopened(clock, 5, telegram_user_id=43))
    for number in (2, 3):
        view = await page.view(f"token-{number}")
        assert view.under_way is not None
        assert (view.under_way.payment_id, view.is_payable) == ("pay_1", False)
        with pytest.raises(AlreadyPaid):
            await page.open_intent(f"token-{number}")
    assert gateway.intents == {}
    for number in (4, 5):
        await page.open_intent(f"token-{number}")
    async with storage.begin() as tx:
        await tx.payments.update(replace(under_way, status=Status.EXPIRED))
    await page.open_intent("token-2")


async def test_links_past_their_time_are_closed_and_the_message_is_brought_up_to_date(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    await keep(storage, unopened(clock, chat_message_id=5))
    woken: list[bool] = []
    expire = ExpireLinks(storage, clock, lambda: woken.append(True))
    assert await expire.run_once() == 0
    clock.forward(hours=24)
    assert await expire.run_once() == 1
    assert await expire.run_once() == 0
    assert woken == [True]
    async with storage.begin() as tx:
        (message,) = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 5)
    assert message.kind is Kind.PAY_MESSAGE
