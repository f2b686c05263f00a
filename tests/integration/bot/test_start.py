"""What /start shows: first what waits to be paid, then the catalogue, page by page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import LocalizedText
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage
from tests.support.bot_shop import BotShop
from tests.support.project import CATALOG


@pytest.fixture
def products() -> int:
    return 20


@pytest.fixture
async def large_shop(tmp_path: Path, products: int) -> AsyncIterator[BotShop]:
    guide = CATALOG.products["guide"]
    long = LocalizedText({"en": "Moon " + "🌙 " * 58})
    many = {f"p{n}": replace(guide, sku=f"p{n}", title=long, description=long) for n in range(products)}
    many["p3"] = replace(many["p3"], available=False, title=LocalizedText({"en": "Gone"}))
    shop = BotShop(tmp_path, replace(CATALOG, products=many))
    await shop.open()
    yield shop
    await shop.close()


@pytest.fixture
async def small_shop(tmp_path: Path, title: str) -> AsyncIterator[BotShop]:
    """Sells one product."""
    product = replace(CATALOG.products["guide"], title=LocalizedText({"en": title}))
    shop = BotShop(tmp_path, replace(CATALOG, products={"guide": product}))
    await shop.open()
    yield shop
    await shop.close()


def bought_by(message: ChatMessage) -> list[str]:
    return [data.removeprefix("buy:") for data in message.callbacks if data.startswith("buy:")]


def turns(message: ChatMessage) -> dict[str, str]:
    return {one["text"]: one["callback_data"] for one in message.buttons if one["callback_data"].startswith("catalog:")}


async def test_a_long_catalogue_is_one_message_with_pages(large_shop: BotShop) -> None:
    (shown,) = await large_shop.say(BEN, "/start")
    seen, texts = bought_by(shown), [shown.text]
    assert list(turns(shown)) == ["›"]
    while "›" in turns(shown):
        (turned,) = await large_shop.press(BEN, shown, turns(shown)["›"])
        assert turned.message_id == shown.message_id, "edited in place"
        seen += bought_by(turned)
        texts.append(turned.text)
    assert list(turns(shown)) == ["‹"]
    assert seen == [f"p{n}" for n in range(20) if n != 3]
    assert ["Gone — sold out" in text for text in texts] == [True, False, False]
    assert texts[-1].endswith("Page 3 of 3")
    (back,) = await large_shop.press(BEN, shown, turns(shown)["‹"])
    assert bought_by(back)[0] == "p9" and list(turns(back)) == ["‹", "›"]
    (too_many,) = await large_shop.say(BEN, "moon")
    assert too_many.text.startswith("This is on sale now:") and bought_by(too_many)[0] == "p0"


@pytest.mark.parametrize("products", [9])
async def test_nine_products_need_no_pages(large_shop: BotShop) -> None:
    (shown,) = await large_shop.say(BEN, "/start")
    assert len(bought_by(shown)) == 8 and not turns(shown) and "Page" not in shown.text


@pytest.mark.parametrize("data", ["catalog:page:99:", "catalog:page:-1:", "catalog:page:x", "catalog:page:"])
async def test_a_page_that_is_not_there_any_more_is_another_one(large_shop: BotShop, data: str) -> None:
    (shown,) = await large_shop.say(BEN, "/start")
    shown.keyboard.append([{"text": "an old button", "callback_data": data}])
    await large_shop.press(BEN, shown, data)
    assert bought_by(shown)


async def test_a_page_of_a_closed_shop_says_that_it_is_closed(large_shop: BotShop) -> None:
    (shown,) = await large_shop.say(BEN, "/start")
    async with large_shop.storage.begin() as tx:
        await tx.shop.close("Back on Monday")
    await large_shop.press(BEN, shown, turns(shown)["›"])
    assert "Back on Monday" in shown.text and not shown.callbacks


async def test_who_starts_again_reads_that_a_code_is_awaited(shop: BotShop) -> None:
    await shop.say(BEN, "/start guide")
    await shop.say(BEN, "ben@example.com")
    (again,) = await shop.say(BEN, "/start")
    assert "still waiting for the code that was mailed to ben@example.com" in again.text
    assert "buy:course" in again.callbacks
    *_, pay = await shop.say(BEN, shop.mails.last_code())
    assert pay.text.count("City guide") and pay.urls


async def test_an_open_link_goes_first_and_is_not_offered_twice(shop: BotShop) -> None:
    first = await shop.verify(BEN, "ben@example.com")
    url = first.urls
    *_, pay, catalogue = await shop.say(BEN, "/start")
    assert pay.text.startswith("“City guide” is waiting for payment.")
    assert (pay.urls, pay.buttons[0]["text"]) == (url, "Pay €19.00")
    assert bought_by(catalogue) == ["poster", "course"]
    await shop.tell()
    assert [one.urls for one in shop.telegram.chat(BEN) if one.urls] == [url], "the older message has lost its button"
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    assert payment.chat_message_id == pay.message_id, "it is this message that is edited into the receipt"
    (left,) = await shop.say(BEN, "/cancel")
    assert "The pay link for “City guide” still works. If you do not pay, nothing is charged" in left.text
    shop.clock.forward(hours=25)
    (all_again,) = await shop.say(BEN, "/start")
    assert bought_by(all_again) == ["guide", "poster", "course"]


async def test_what_waits_to_be_paid_speaks_the_language_that_is_chosen(shop: BotShop) -> None:
    pay = await shop.verify(BEN, "ben@example.com")
    await shop.press(BEN, (await shop.say(BEN, "/language"))[-1], "lang:ru")
    await shop.tell()
    assert "Квитанция придёт на ben@example.com" in pay.text and pay.text.startswith("Путеводитель по городу")
    assert pay.buttons[0]["text"] == "Оплатить 19,00\u00a0€"


async def test_how_long_a_link_lives_is_said_as_of_the_day_on_which_it_is_shown(shop: BotShop) -> None:
    pay = await shop.verify(BEN, "ben@example.com")
    assert "Valid until tomorrow, 14:00 (Tallinn time)" in pay.text
    shop.clock.forward(hours=9, minutes=59)
    assert "Valid until tomorrow, 14:00" in (await shop.say(BEN, "/start"))[-2].text
    shop.clock.forward(minutes=1)  # midnight in Tallinn
    assert "Valid until 14:00 today" in (await shop.say(BEN, "/start"))[-2].text


async def test_in_russian_and_for_the_only_product(tmp_path: Path) -> None:
    shop = BotShop(tmp_path, replace(CATALOG, products={"guide": CATALOG.products["guide"]}))
    await shop.open()
    try:
        await shop.verify(ANNA, "anna@example.com")
        *_, pay = await shop.say(ANNA, "/start")
        assert pay.text.startswith("«Путеводитель по городу» ждёт оплаты.")
        assert pay.buttons[0]["text"].replace("\xa0", " ") == "Оплатить 19,00 €"
    finally:
        await shop.close()


async def test_a_link_for_what_is_not_on_sale_any_more_does_not_lead(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    guide = replace(shop.catalog.products["guide"], available=False)
    shop.catalog = replace(shop.catalog, products={**shop.catalog.products, "guide": guide})
    await shop.restart()
    (catalogue,) = await shop.say(BEN, "/start")
    assert bought_by(catalogue) == ["poster", "course"]
    assert "City guide — sold out" in catalogue.text


async def test_the_description_is_read_before_the_address_is_asked_for(shop: BotShop) -> None:
    (catalogue,) = await shop.say(BEN, "/start")
    (asked,) = await shop.press(BEN, catalogue, "buy:guide")
    assert "Three walks" in asked.text and "€19.00" in asked.text
    assert "Which e-mail address" in asked.text


@pytest.mark.parametrize("typed", ["city guide", "«Путеводитель по городу»", "City guide · €19.00", "guide", "/Guide"])
async def test_a_title_without_a_command_leads_to_its_product(shop: BotShop, typed: str) -> None:
    (asked,) = await shop.say(BEN, typed)
    assert "Three walks" in asked.text and "Which e-mail address" in asked.text
    (awaited,) = await shop.say(BEN, "Night Market poster")
    assert "This is no e-mail address" in awaited.text, "what is awaited goes first"


@pytest.mark.parametrize(("typed", "found"), [("photo", ["course"]), ("Night", ["poster", "course"])])
async def test_a_part_of_a_title_offers_what_may_be_meant(shop: BotShop, typed: str, found: list[str]) -> None:
    for said in (typed, f"/buy {typed}"):
        assert bought_by((await shop.say(BEN, said))[-1]) == found
    assert "This is not on sale" in (await shop.say(BEN, f"/start {typed}"))[-1].text, "a link means one product"


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Открытка на день рождения", "Добрый день!"),
        ("Thanksgiving recipes", "Thanks!"),
        ("Есть, молиться, любить", "а что у вас есть?"),
    ],
)
async def test_a_greeting_means_no_product_that_has_a_word_of_it(small_shop: BotShop, title: str, said: str) -> None:
    assert "A person answers at" in (await small_shop.say(BEN, said))[-1].text
    (found,) = await small_shop.say(BEN, f"/buy {title.split()[0]}")
    assert bought_by(found) == ["guide"]


async def test_words_that_are_no_title_get_the_general_answer(shop: BotShop) -> None:
    for said in ("hello", "where is my guide?", "I bought the city guide, and nothing came"):
        assert "I only sell and take payments" in (await shop.say(BEN, said))[-1].text
    await shop.verify(BEN, "ben@example.com")
    assert (await shop.say(BEN, "I want to pay"))[-1].text.endswith(
        "“City guide” is waiting for payment. /orders shows its pay button."
    )
    assert "An invoice for a company?" in (await shop.say(BEN, "invoice for the guide"))[-1].text
