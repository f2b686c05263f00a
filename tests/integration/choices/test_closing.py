"""/close and /open: nothing new is begun, and what was begun can be paid."""

import re

import pytest

from checkout.model.payment import Status
from checkout.purchase.close_shop import ShopClosed
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.bot_shop import BotShop

AWAY = "We are away until <1 June>"


async def test_a_closed_shop_says_what_the_admin_wrote_wherever_a_purchase_begins(shop: BotShop) -> None:
    (shown,) = await shop.say(BEN, "/start guide")
    (said,) = await shop.say(MIRA, f"/close {AWAY}")
    assert AWAY in said.text
    for words in ("/start", "/buy", "/start guide", "/buy guide", "/buy nothing"):
        (told,) = await shop.say(BEN, words)
        assert told.text.startswith("Night Market is closed at the moment.\n\nWe are away until <1 June>"), words
        assert not told.buttons
    (told,) = await shop.press(BEN, shown, "buy:guide")
    assert AWAY in told.text
    (russian,) = await shop.say(ANNA, "/start")
    assert russian.text.startswith("Магазин «Night Market» сейчас закрыт.")


async def test_a_code_that_comes_after_closing_verifies_the_address_and_begins_nothing(shop: BotShop) -> None:
    shown = await shop.say(BEN, "/start guide")
    await shop.press(BEN, shown[-1], "buy:guide")
    await shop.say(BEN, "ben@example.com")
    await shop.say(MIRA, f"/close {AWAY}")
    confirmed, told = await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    assert "ben@example.com" in confirmed.text
    assert AWAY in told.text
    assert not told.urls


async def test_a_link_stays_payable_and_is_found_in_orders(shop: BotShop) -> None:
    link = await shop.verify(BEN, "ben@example.com")
    await shop.say(MIRA, f"/close {AWAY}")
    async with shop.storage.read() as tx:
        (payment,) = await tx.payments.of_customer(BEN.id, 10)
    assert payment.status is Status.PENDING
    assert link.urls[0].endswith(payment.pay_token)
    url = link.urls[0]
    *_, again = await shop.say(BEN, "/orders")
    assert again.urls == [url]


async def test_an_invoice_that_was_given_out_can_be_paid(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    told, _ = await shop.say(MIRA, "/invoice 25 EUR Drawing")
    found = re.search(r"start=([\w-]+)", told.text)
    assert found is not None
    await shop.say(MIRA, f"/close {AWAY}")
    offered = await shop.say(BEN, f"/start {found[1]}")
    assert any("/pay/" in url for url in offered[-1].urls)


async def test_nothing_new_is_begun_by_somebody_who_was_just_let_through(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    start, close = shop.dependencies.start_payment, shop.dependencies.close_shop
    await close.close(MIRA.id, AWAY)
    async with shop.storage.read() as tx:
        customer = await tx.customers.get(BEN.id)
    assert customer is not None
    again = await start.start(customer, shop.catalog.products["guide"])
    assert again.status is Status.PENDING
    with pytest.raises(ShopClosed, match="closed"):
        await start.start(customer, shop.catalog.products["poster"])


async def test_opening_sells_again(shop: BotShop) -> None:
    await shop.say(MIRA, f"/close {AWAY}")
    await shop.say(MIRA, "/close Back tomorrow")
    (told,) = await shop.say(BEN, "/start")
    assert "Back tomorrow" in told.text
    (said,) = await shop.say(MIRA, "/open")
    assert said.text == "The shop is open again."
    (said,) = await shop.say(MIRA, "/open")
    assert said.text == "The shop is open."
    (shown,) = await shop.say(BEN, "/start")
    assert "buy:guide" in shown.callbacks
    audit = (await shop.say(MIRA, "/audit"))[-1].text
    assert "opened the shop again" in audit
    assert "closed the shop: Back tomorrow" in audit


@pytest.mark.parametrize("words", ["/close", "/close   ", "/close \u200b"])
async def test_without_a_text_it_says_how_it_is_and_closes_nothing(shop: BotShop, words: str) -> None:
    (said,) = await shop.say(MIRA, words)
    assert said.text.startswith("The shop is open. To close it")
    await shop.say(MIRA, f"/close {AWAY}")
    (said,) = await shop.say(MIRA, words)
    assert said.text.startswith("The shop is closed")


async def test_a_text_that_is_too_long_closes_nothing(shop: BotShop) -> None:
    (said,) = await shop.say(MIRA, "/close " + "x" * 1001)
    assert "1001 characters are too many" in said.text
    assert "buy:guide" in (await shop.say(BEN, "/start"))[-1].callbacks


async def test_to_others_the_commands_do_not_exist(shop: BotShop) -> None:
    await shop.say(BEN, f"/close {AWAY}")
    assert "buy:guide" in (await shop.say(BEN, "/start"))[-1].callbacks
