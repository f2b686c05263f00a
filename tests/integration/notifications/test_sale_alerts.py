"""Every sale is heard of, once by each admin who wants to, and never beside another word of the same sale."""

from collections.abc import AsyncIterator

import pytest

from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.sale_alerts import SaleAlerts
from db.storage import DatabaseStorage
from sandbox.fake_telegram.chats import BEN, MIRA, Person
from tests.support.clock import MovedClock
from tests.support.project import CATALOG
from tests.support.shop import Shop, running_shop, until

NORA = Person(9002, "Nora", "Kask", "nora_admin", "en")
OLEG = Person(9003, "Олег", "Петров", "oleg_admin", "ru")
ADMINS = (MIRA, NORA, OLEG)
EMAIL = "ben@example.org"


@pytest.fixture
async def shop(database_setting: dict[str, str]) -> AsyncIterator[Shop]:
    admin_ids = ",".join(str(one.id) for one in ADMINS)
    async with running_shop({**database_setting, "ADMIN_IDS": admin_ids}) as running:
        for admin in ADMINS:
            await running.ask(admin, "/start")
        yield running


async def sell(shop: Shop, number: int) -> str:
    """The ``number``-th sale; its payment_id once all that follows has left."""
    token = await shop.verified(BEN, EMAIL) if number == 1 else await _bought_again(shop)
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    await until(lambda: _nothing_waits(shop), "all that is said")
    return str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])


async def _bought_again(shop: Shop) -> str:
    link = await shop.ask(BEN, "/start guide")
    return next(url for url in link.urls if "/pay/" in url).rpartition("/pay/")[2]


async def _nothing_waits(shop: Shop) -> bool:
    async with shop.services.storage.read() as tx:
        return not await tx.outbox.unsent(0, shop.clock.now(), 10)


def lines(shop: Shop, admin: Person, payment_id: str) -> list[str]:
    """What this admin was told of the payment."""
    return [one.text.splitlines()[0] for one in shop.telegram.chat(admin) if payment_id in one.text]


async def test_each_sale_is_one_line_to_each_admin_who_wants_it(shop: Shop) -> None:
    first = await sell(shop, 1)
    for admin in ADMINS:
        assert len(lines(shop, admin, first)) == 1, "the first of all is told by its own message alone"
    assert "/notify" in (await shop.ask(MIRA, "/admin")).text
    assert "You get a line for every sale." in (await shop.ask(NORA, "/notify")).text
    for word, said in (("no", "no line"), ("Yes", "a line"), ("да", "a line"), ("off", "no line"), ("", "no line")):
        assert f"You get {said} for" in (await shop.ask(NORA, f"/notify {word}")).text
    second = await sell(shop, 2)
    assert [line.replace("\xa0", " ") for line in lines(shop, MIRA, second)] == ["💰 Sold: €19.00"]
    assert [line.replace("\xa0", " ") for line in lines(shop, OLEG, second)] == ["💰 Продано: 19,00 €"]
    assert lines(shop, NORA, second) == []
    told = next(one for one in shop.telegram.chat(MIRA) if second in one.text)
    assert EMAIL in told.text
    assert f"desk:open:{second}" in told.callbacks
    assert "You get a line" in (await shop.ask(NORA, "/notify on")).text
    third = await sell(shop, 3)
    assert len(lines(shop, NORA, third)) == 1


async def test_an_invoice_is_told_its_maker_as_such_and_the_others_as_a_sale(shop: Shop) -> None:
    await sell(shop, 1)
    invoice = await shop.ask(MIRA, "/invoice 30 EUR A walk")
    sku = invoice.text.partition("?start=")[2].split()[0]
    link = await shop.ask(BEN, f"/start {sku}")
    token = next(url for url in link.urls if "/pay/" in url).rpartition("/pay/")[2]
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    await until(lambda: _nothing_waits(shop), "all that is said")
    payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])
    assert [line.replace("\xa0", " ") for line in lines(shop, NORA, payment_id)] == ["💰 Sold: €30.00"]
    assert lines(shop, MIRA, payment_id) == ["✅ Your invoice is paid"]


async def test_on_and_off_are_understood_in_both_languages_and_all_else_changes_nothing(shop: Shop) -> None:
    heard = []
    for typed in ("maybe", "OFF", "", "on", "выкл", "maybe", "вкл"):
        await shop.ask(MIRA, f"/notify {typed}")
        async with shop.services.storage.read() as tx:
            heard.append(await tx.admin_settings.hears_sales(MIRA.id))
    assert heard == [True, False, False, True, False, False, True]


async def test_to_nobody_else_it_exists(shop: Shop) -> None:
    await shop.ask(BEN, "/notify off")
    async with shop.services.storage.read() as tx:
        assert await tx.admin_settings.hears_sales(BEN.id)


async def test_the_summary_and_the_sales_are_chosen_apart(storage: DatabaseStorage) -> None:
    clock = MovedClock()
    alerts = SaleAlerts(storage, clock)
    summary = DailySummary(storage, clock, lambda: None, CATALOG.shop.timezone, (9001,))
    await alerts.choose(9001, hears=False)
    assert (await summary.chosen(9001)).at is None
    chosen = await summary.choose(9001, clock.now().astimezone(CATALOG.shop.timezone).time().replace(microsecond=0))
    clock.forward(hours=1)
    await alerts.choose(9001, hears=True)
    assert (await summary.chosen(9001)).at == chosen.at
    assert await alerts.chosen(9001)
    await alerts.choose(9001, hears=False)
    await summary.choose(9001, None)
    assert not await alerts.chosen(9001)
