"""A payment's row that cannot be read, written by a later release or by hand, costs only itself."""

import logging
from collections.abc import Sequence
from datetime import timedelta

import pytest

from checkout.model.message_content import PaymentFile
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Fulfilment, Status
from checkout.model.search import By, Page, PageRequest, Search
from checkout.notifications import handover
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.compose import Composer
from checkout.notifications.handover import HandOver
from checkout.payments import cancel_intents, look_up_open
from checkout.purchase import expire_links
from checkout.reporting import look_up_payments
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.reporting.open_points import CountOpenPoints
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.repositories import payment_rows
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import ANNA
from tests.integration.notifications.test_sales_in_a_crowd import RememberingChat
from tests.integration.payments.test_older_copy import FIRST, a_copy, each
from tests.support.clock import NOON, MovedClock
from tests.support.databases import by_turns, run
from tests.support.event_samples import intent
from tests.support.fakes import FakeGateway
from tests.support.message_samples import RENDERER
from tests.support.notifications import outbox_worker
from tests.support.payments import a_payment, keep, keep_paid
from tests.support.project import CATALOG
from tests.support.reconciled import Reconciled, reconciled

ADMIN = 9001
ODD = ("ledger = 'torn'", "ledger = '[1]'", """ledger = '{"intents": {"pi_1": []}}'""", "updated_at = 'noon'")
# In the middle of a batch; and more of them than one has room for, in front of all others.
ODD_ONES = ((2,), (1, 2, 3))
EVERY = range(1, 6)

odd_rows = pytest.mark.parametrize(
    ("change", "odd_ones"), [(one, ODD_ONES[0]) for one in ODD] + [(ODD[0], ODD_ONES[1])]
)


async def make_odd(database_url: DatabaseUrl, change: str, numbers: Sequence[int]) -> None:
    names = ", ".join(f"'pay_{number}'" for number in numbers)
    await run(database_url, f"UPDATE payments SET {change} WHERE payment_id IN ({names})")


def others(odd_ones: Sequence[int]) -> list[int]:
    return [number for number in EVERY if number not in odd_ones]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (expire_links, cancel_intents, handover):
        monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr(look_up_open, "LOOK_UPS", 2)
    monkeypatch.setattr(look_up_payments, "ON_A_PAGE", 2)


async def sell_all(shop: Reconciled, **changes: object) -> list[str]:
    intents = []
    for number in EVERY:
        intents.append(shop.sell(f"pay_{number}"))
        at = shop.clock.now() - timedelta(hours=3) + timedelta(minutes=number)
        await keep(shop.storage, a_payment(number, at=at, payment_intent_id=intents[-1]))
    return intents


@odd_rows
async def test_the_other_links_are_closed(
    database: Database, database_url: DatabaseUrl, change: str, odd_ones: Sequence[int]
) -> None:
    async with reconciled(database) as (shop, session):
        intents = await sell_all(shop)
        await make_odd(database_url, change, odd_ones)
        shop.clock.forward(days=2)
        for _ in EVERY:
            await shop.close_links(session)
        canceled = [n for n in EVERY if shop.stripe.payment_intents[intents[n - 1]]["status"] == "canceled"]
        assert canceled == others(odd_ones)
        for number in others(odd_ones):
            assert (await shop.payment(f"pay_{number}")).status is Status.EXPIRED


@odd_rows
async def test_the_others_that_wait_to_be_closed_are(
    database: Database, database_url: DatabaseUrl, change: str, odd_ones: Sequence[int]
) -> None:
    """Odd only once their links were closed."""
    async with reconciled(database) as (shop, session):
        intents = await sell_all(shop)
        await run(database_url, "UPDATE payments SET status = 'expired', close_intent_at = created_at")
        await make_odd(database_url, change, odd_ones)
        for _ in EVERY:
            await shop.close_links(session)
        canceled = [n for n in EVERY if shop.stripe.payment_intents[intents[n - 1]]["status"] == "canceled"]
        assert canceled == others(odd_ones)


@odd_rows
async def test_stripe_is_asked_for_the_others_that_are_quiet(
    database: Database, database_url: DatabaseUrl, change: str, odd_ones: Sequence[int]
) -> None:
    async with reconciled(database) as (shop, session):
        for intent_id in await sell_all(shop):
            shop.stripe.pay(intent_id)
        shop.stripe.events.clear()
        await make_odd(database_url, change, odd_ones)
        work = shop.reconcile(session)
        for _ in EVERY:
            try:
                await work.run_once()
            except Exception:  # noqa: BLE001 -- of the odd ones nothing can be recorded, which a round says at its end
                continue
        for number in others(odd_ones):
            assert (await shop.payment(f"pay_{number}")).status is Status.PAID


async def test_what_waits_for_the_others_is_theirs(database: Database, database_url: DatabaseUrl) -> None:
    """The odd one's own PaymentIntent is in no column."""
    async with reconciled(database) as (shop, session):
        await (work := shop.reconcile(session)).run_once()
        await keep(shop.storage, a_payment(1, at=shop.clock.now(), payment_intent_id=None))
        await make_odd(database_url, ODD[0], (1,))
        for number in (1, 2):
            intent_id = shop.sell(f"pay_{number}")
            shop.stripe.pay(intent_id)
            shop.stripe.refund(intent_id, 500)
            await shop.hear("refund.created")
            shop.stripe.events.clear()
            shop.clock.forward(minutes=1)
        with pytest.raises(ValueError, match="malformed"):
            await work.run_once()
        assert (await shop.payment("pay_2")).amount_refunded == 500


@odd_rows
async def test_what_can_be_sent_late_is(
    storage: DatabaseStorage, database_url: DatabaseUrl, clock: MovedClock, change: str, odd_ones: Sequence[int]
) -> None:
    for number in EVERY:
        at = NOON + timedelta(minutes=number)
        await keep_paid(storage, number, at=at, fulfilment=Fulfilment.TO_DO)
    await make_odd(database_url, change, odd_ones)
    assert await HandOver(storage, clock, lambda: None, CATALOG).run_once() == len(others(odd_ones))


@odd_rows
async def test_lists_have_the_others(
    storage: DatabaseStorage, database_url: DatabaseUrl, clock: MovedClock, change: str, odd_ones: Sequence[int]
) -> None:
    for number in EVERY:
        at = NOON - timedelta(minutes=number)
        await keep_paid(storage, number, at=at, fulfilment=Fulfilment.TO_DO, status=Status.REVIEW)
    await make_odd(database_url, change, odd_ones)
    expected = [f"pay_{number}" for number in others(odd_ones)]
    look_up = LookUpPayments(storage)
    assert [one.payment_id for one in await look_up.orders(ANNA.id, 9)] == expected
    for search in (Search(By.ALL), Search(By.TO_DO), Search(By.STATUS, "review"), Search(By.EMAIL, "anna")):
        page: Page | None = await look_up.first_page(search)
        found = [one.payment_id for one in page.payments] if page else []
        while page and page.has_older:
            page = await look_up.next_page(PageRequest(search.by, _hint(search), newer=False, payment_id=found[-1]))
            found += [one.payment_id for one in page.payments] if page else []
        assert found == expected
    counted = await CountOpenPoints(storage, clock).count()
    assert (counted.to_do, counted.reviews) == (len(expected), len(expected))


def _hint(search: Search) -> str:
    return str(len(search.value)) if search.by is By.EMAIL else search.value


async def test_a_file_has_all_of_them(storage: DatabaseStorage, database_url: DatabaseUrl) -> None:
    """What the columns say, that is: the odd ones' amounts are those that were agreed."""
    for number in EVERY:
        await keep_paid(storage, number)
    await make_odd(database_url, """ledger = '{"received": 5}'""", (1, 2))
    await make_odd(database_url, """ledger = '{"received": torn'""", (4,))
    async with storage.read() as tx:
        found = await tx.payments.records(NOON - timedelta(days=1), NOON + timedelta(days=1), None, None, 9)
    assert [(one.payment_id, one.amount) for one in found] == [(f"pay_{number}", 1900) for number in EVERY]


async def test_what_the_customer_buys_beside_it_is_recorded(database: Database, database_url: DatabaseUrl) -> None:
    """A link of the same customer for the same product is looked at when one that had ended is paid after all."""
    async with reconciled(database) as (shop, _):
        now = shop.clock.now()
        ended = a_payment(1, at=now - timedelta(hours=25))
        await keep(shop.storage, ended.closed(ended.expires_at), *(a_payment(n, at=now) for n in (2, 3)))
        await make_odd(database_url, ODD[0], (2,))
        assert await shop.writer.record(intent("succeeded"))
        assert (await shop.payment("pay_1")).status is Status.PAID
        assert (await shop.payment("pay_3")).status is Status.EXPIRED


@pytest.mark.parametrize(
    ("database_url", "change", "is_told"),
    by_turns([*ODD, "status = 'of next year'"], [True, False]),
    indirect=["database_url"],
)
async def test_a_shop_starts_where_it_waits_to_be_told(
    database: Database, database_url: DatabaseUrl, change: str, *, is_told: bool
) -> None:
    """It ended with a traceback, again and again; and this is no older copy, of which messages are set aside."""
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=is_told)
        if is_told:
            await copy.noted(1)
        await copy.sold(2)
        await copy.wait(2, PaymentFile(0))
        await make_odd(database_url, change, (1,))
        await copy.older_copy.run()
        assert await copy.states(2) == ["payment_file chat waiting", *each(FIRST, "waiting")]


async def test_of_the_odd_one_itself_nothing_is_recorded(database: Database, database_url: DatabaseUrl) -> None:
    """Stripe sends it again; what is there must not be taken for unknown, and taken in a second time."""
    async with reconciled(database) as (shop, _):
        await keep(shop.storage, a_payment(1, at=shop.clock.now()))
        await make_odd(database_url, ODD[0], (1,))
        with pytest.raises(ValueError, match="malformed"):
            await shop.writer.record(intent("succeeded"))
        assert await shop.kinds() == []


async def test_the_other_sales_are_told(storage: DatabaseStorage, database_url: DatabaseUrl, clock: MovedClock) -> None:
    chat, goods = RememberingChat(), HandOver(storage, clock, lambda: None, CATALOG)
    delivery = ChatDelivery(storage, RENDERER, chat, FakeGateway(), goods, lambda sku: 0, (ADMIN,))
    sold = [await keep_paid(storage, number) for number in EVERY]
    async with storage.begin() as tx:
        for payment in sold:
            await tx.outbox.add(Composer((ADMIN,), clock.now()).sold(payment, None, frozenset()))
    await make_odd(database_url, ODD[0], (2, 4))
    worker = outbox_worker(storage, clock, delivery, Channel.CHAT)
    for _ in range(30):
        await worker.deliver_due()
        clock.forward(minutes=2)
    told = "\n".join(one.text for _, one in chat.sent)
    assert [number for number in EVERY if f">pay_{number}<" in told] == [1, 3, 5]
    async with storage.read() as tx:
        unsent = await tx.outbox.unsent(0, clock.now(), 9)
    assert [(one.payment_id, one.kind) for one in unsent] == [("pay_2", Kind.ADMIN_SOLD), ("pay_4", Kind.ADMIN_SOLD)]


async def test_it_is_said_once(
    storage: DatabaseStorage,
    database_url: DatabaseUrl,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(payment_rows, "_told", set())
    await keep(storage, a_payment())
    await make_odd(database_url, ODD[0], (1,))
    caplog.set_level(logging.WARNING)
    for _ in range(3):
        assert await LookUpPayments(storage).orders(42) == []
    assert caplog.text.count("cannot be read") == 1
