"""Buying in the chat, from /start to the pay button, in both languages, with every refusal."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from checkout.model.catalog import LocalizedText
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.project import CATALOG, PUBLIC_URL


async def asks_for_code(shop: BotShop, person: Person, email: str) -> ChatMessage:
    """A customer who has chosen the guide and typed an address."""
    shown = await shop.say(person, "/start guide")
    await shop.press(person, shown[-1], "buy:guide")
    return (await shop.say(person, email))[-1]


async def test_start_shows_the_catalogue_with_a_button_for_each_product(shop: BotShop) -> None:
    (english,) = await shop.say(BEN, "/start")
    (russian,) = await shop.say(ANNA, "/start")

    assert english.callbacks == ["buy:guide", "buy:poster", "buy:course"]
    assert "Welcome to Night Market" in english.text
    assert [one["text"] for one in english.buttons][:2] == ["City guide · €19.00", "Night Market poster · ¥1,500"]
    assert "City guide" not in english.text, "each product is there once"
    assert "Добро пожаловать в магазин «Night Market»" in russian.text
    assert "19,00\u00a0€" in russian.buttons[0]["text"]


async def test_a_deep_link_shows_the_product_and_its_price(shop: BotShop) -> None:
    (shown,) = await shop.say(ANNA, "/start guide")

    assert "Путеводитель по городу" in shown.text
    assert "Три прогулки" in shown.text
    assert shown.callbacks == ["buy:guide"]
    assert shown.buttons[0]["text"] == "Купить за 19,00\u00a0€"


@pytest.mark.parametrize("typed", ["GUIDE", "city guide", "Путеводитель по городу"])
async def test_a_product_is_found_by_its_title_and_in_any_case(shop: BotShop, typed: str) -> None:
    (shown,) = await shop.say(BEN, f"/buy {typed}")

    assert shown.callbacks == ["buy:guide"]


async def test_who_is_asked_for_an_address_reads_once_what_it_is_for(shop: BotShop) -> None:
    (shown,) = await shop.say(BEN, "/start")
    *_, asked = await shop.press(BEN, shown, "buy:guide")
    assert asked.text.count("City guide") == 1 and "Which e-mail address" in asked.text
    shown.keyboard.append([{"text": "as it was when it was pressed twice", "callback_data": "buy:guide"}])
    await shop.press(BEN, shown, "buy:guide")
    assert shop.telegram.chat(BEN)[-1] is asked


@pytest.mark.parametrize(
    ("payload", "begins"),
    [("nothing", "This is not on sale."), ("setup_Zk3vQ0aPx_-1", "Welcome to")],  # the latter was `setup`'s own
)
async def test_an_unknown_payload_is_said_before_the_catalogue(shop: BotShop, payload: str, begins: str) -> None:
    (shown,) = await shop.say(BEN, f"/start {payload}")

    assert shown.text.startswith(begins)
    assert "buy:guide" in shown.callbacks


async def test_what_cannot_be_delivered_is_shown_as_sold_out_and_not_sold(tmp_path: Path) -> None:
    guide = replace(CATALOG.products["guide"], files=(tmp_path / "gone.pdf",))
    poster = replace(CATALOG.products["poster"], available=False)
    catalog = replace(CATALOG, products={**CATALOG.products, "guide": guide, "poster": poster})
    shop = BotShop(tmp_path, catalog)
    await shop.open()
    try:
        (shown,) = await shop.say(BEN, "/start")
        assert shown.callbacks == ["buy:course"]
        assert "City guide — sold out" in shown.text
        for sku in ("poster", "guide"):
            (said,) = await shop.say(BEN, f"/buy {sku}")
            assert "cannot be bought now. This is what there is:" in said.text
            assert said.callbacks == ["buy:course"]
    finally:
        await shop.close()


async def test_a_purchase_goes_from_the_button_to_the_pay_link_in_russian(shop: BotShop) -> None:
    shown = await shop.say(ANNA, "/start guide")
    asked = (await shop.press(ANNA, shown[-1], "buy:guide"))[-1].text
    (on_its_way,) = await shop.say(ANNA, "Anna@Example.com")
    sent = (on_its_way.text, on_its_way.callbacks)
    *_, pay = await shop.say(ANNA, shop.mails.last_code("anna@example.com"))

    assert "на какой адрес почты" in asked
    assert "отправлен на anna@example.com" in sent[0]
    assert sent[1] == ["code:again", "email:change"]
    assert on_its_way.text == "✅ Адрес anna@example.com подтверждён."
    assert len(pay.urls) == 1 and pay.urls[0].startswith(f"{PUBLIC_URL}/pay/")
    (payment,) = await shop.dependencies.look_up_payments.orders(ANNA.id)
    assert payment.chat_message_id == pay.message_id
    assert (payment.email, payment.sku) == ("anna@example.com", "guide")


async def test_a_verified_customer_gets_the_link_at_once(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (pay,) = await shop.say(BEN, "/start course")

    assert len(pay.urls) == 1
    assert "email:change" in pay.callbacks
    assert len(shop.mails.sent) == 1


async def test_who_opens_the_link_of_what_they_have_bought_is_not_to_pay_twice_unawares(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    await shop.takes_payment(BEN)
    (again,) = await shop.say(BEN, "/start guide")
    (other,) = await shop.say(BEN, "/start course")
    assert again.text.startswith("You bought this on 22 November 2026: it is in /orders. Pay only if you want it")
    assert again.urls and "You bought this" not in other.text
    (where,) = await shop.say(BEN, "where is my file?")
    assert where.text.endswith("/start shows the shop. What you have bought is in /orders.")
    await shop.dependencies.close_shop.close(MIRA.id, "We are away")
    for typed in ("City guide", "guide", "city", "/guide"):
        (where,) = await shop.say(BEN, typed)
        assert where.text.startswith("What you have bought is in /orders.") and "We are away" in where.text


@pytest.mark.parametrize("is_old", [False, True])
async def test_asking_for_the_same_link_again_leaves_one_message_with_the_button(shop: BotShop, is_old: bool) -> None:
    first = await shop.verify(BEN, "ben@example.com")
    first.at -= 49 * 3600 if is_old else 0  # Telegram lets nobody delete that
    old_url = first.urls
    await shop.say(BEN, "/start guide")
    await shop.tell()

    with_link = [message for message in shop.telegram.chat(BEN) if message.urls]
    assert [message.urls for message in with_link] == [old_url]
    assert with_link[0].message_id > first.message_id
    assert first.deleted != is_old
    assert ("moved to a newer message" in first.text) == is_old


async def test_another_product_chosen_while_the_code_is_awaited_is_the_one_paid_for(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    (catalogue,) = await shop.say(BEN, "/buy")
    (reminded,) = await shop.press(BEN, catalogue, "buy:course")
    *_, pay = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert "photographs at night" in reminded.text and "ben@example.com" in reminded.text
    assert "Course" in pay.text


async def test_a_product_that_is_gone_is_said_before_the_catalogue(shop: BotShop) -> None:
    (catalogue,) = await shop.say(BEN, "/start")
    left = {sku: one for sku, one in shop.catalog.products.items() if sku != "guide"}
    shop.catalog = replace(shop.catalog, products=left)
    await shop.restart()
    (said,) = await shop.press(BEN, catalogue, "buy:guide")

    assert "This is not on sale." in said.text
    assert said.callbacks == ["buy:poster", "buy:course"]


async def test_a_restart_in_the_middle_loses_nothing(shop: BotShop) -> None:
    shown = await shop.say(ANNA, "/start guide")
    await shop.restart()
    await shop.press(ANNA, shown[-1], "buy:guide")
    await shop.restart()
    await shop.say(ANNA, "anna@example.com")
    await shop.restart()
    *_, pay = await shop.say(ANNA, shop.mails.last_code("anna@example.com"))

    assert len(pay.urls) == 1


async def test_a_code_used_up_by_a_process_that_died_before_it_said_so_still_leads_to_the_link(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    code = shop.mails.last_code("ben@example.com")
    customer = await shop.dependencies.customers.meet(BEN.id, "en", "Ben Carter", "ben_carter")
    await shop.dependencies.verify_email.check(customer, code)
    *_, pay = await shop.say(BEN, code)

    assert pay.urls


async def test_markup_in_titles_is_shown_as_it_is(tmp_path: Path) -> None:
    product = replace(CATALOG.products["guide"], title=LocalizedText({"en": "<b>&amp; {x}</b>"}))
    shop = BotShop(tmp_path, replace(CATALOG, products={"guide": product}))
    await shop.open()
    try:
        (catalogue,) = await shop.say(BEN, "/start")
        (shown,) = await shop.say(BEN, "/start guide")
        pay = await shop.verify(BEN, "ben@example.com")
        orders, _ = await shop.say(BEN, "/orders")
    finally:
        await shop.close()

    for message in (shown, pay, orders):
        assert "<b>&amp; {x}</b>" in message.text
    assert catalogue.buttons[0]["text"].startswith("<b>&amp; {x}</b>")


async def test_two_presses_at_once_make_one_payment(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (shown,) = await shop.say(BEN, "/buy")
    for _ in range(2):
        shop.telegram.press(BEN, shown.message_id, "buy:course")
    await asyncio.gather(*(shop.intake.accept(update) for update in shop.telegram.updates[-2:]))
    await shop.tell()

    payments = await shop.dependencies.look_up_payments.orders(BEN.id)
    assert [payment.sku for payment in payments].count("course") == 1
    assert len([one for one in shop.telegram.chat(BEN) if one.urls and "Course" in one.text]) == 1


@pytest.mark.parametrize("description", ["Short", "Long " * 190], ids=["short", "too long for a caption"])
async def test_a_products_card_has_its_picture_and_becomes_the_next_step(tmp_path: Path, description: str) -> None:
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "guide.jpg")
    text = LocalizedText({"en": description})
    guide = replace(CATALOG.products["guide"], image=tmp_path / "guide.jpg", description=text)
    shop = BotShop(tmp_path, replace(CATALOG, products={"guide": guide}))
    await shop.open()
    try:
        (card,) = await shop.say(BEN, "/start guide")
        assert bool(card.photo) is (description == "Short")
        assert "Which e-mail address" in card.text
        assert card.callbacks == ["buy:guide"]
        (sent,) = await shop.say(BEN, "ben@example.org")
        assert sent.message_id == card.message_id
        assert "code is on its way" in sent.text
        *_, pay = await shop.say(BEN, shop.mails.last_code("ben@example.org"))
        assert pay.urls
    finally:
        await shop.close()
