"""One tap in the code's mail: what the code does, in the chat that asked, and nothing in any other."""

import re
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from bot.context import ChatContext
from checkout.errors import ServiceUnavailable
from checkout.model.catalog import Catalog
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.project import CATALOG

EMAIL = "ben@example.com"
LINK = re.compile(r"https://t\.me/night_market_bot\?start=([A-Za-z0-9_-]{1,64})$", re.MULTILINE)


async def asks_for_code(shop: BotShop, person: Person = BEN, email: str = EMAIL) -> str:
    """The payload of the link that is mailed."""
    await shop.say(person, "/start guide")
    await shop.say(person, email)
    return link_in_last_mail(shop)


def link_in_last_mail(shop: BotShop) -> str:
    found = LINK.search(shop.mails.sent[-1].text)
    assert found is not None
    assert found.group(1) in shop.mails.sent[-1].html
    return found.group(1)


def opened(link: str) -> str:
    return f"/start {link}"


def plain(said: list[ChatMessage]) -> str:
    return "\n".join(one.text for one in said).replace("\xa0", " ")


async def test_the_link_confirms_and_goes_on_with_the_purchase_as_the_code_does(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    confirmed, pay = await shop.say(BEN, opened(link))
    assert confirmed.text == f"✅ The address {EMAIL} is confirmed."
    assert "City guide" in pay.text and pay.urls


async def test_the_link_and_the_code_use_each_other_up(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    code = shop.mails.last_code()
    await shop.say(BEN, code)
    by_link = plain(await shop.say(BEN, opened(link)))
    assert "has done its work" in by_link and EMAIL in by_link

    link = await asks_for_code(shop, ANNA, "anna@example.com")
    code = shop.mails.last_code()
    await shop.say(ANNA, opened(link))
    assert "Код больше не нужен" in plain(await shop.say(ANNA, code))


@pytest.mark.parametrize("waits", [False, True], ids=["who never asked", "who waits for a code too"])
async def test_opened_elsewhere_it_changes_nothing_and_says_so(shop: BotShop, waits: bool) -> None:
    link = await asks_for_code(shop)
    if waits:
        shop.clock.forward(seconds=61)
        theirs = await asks_for_code(shop, ANNA, EMAIL)
    for _ in range(6):
        said = plain(await shop.say(ANNA, opened(link)))
        assert "Эта ссылка — для того чата, из которого её запросили. Ничего не изменилось." in said
    assert (await shop.say(BEN, opened(link)))[-1].urls
    if waits:
        assert (await shop.say(ANNA, opened(theirs)))[-1].urls


async def test_it_dies_with_the_code_after_ten_minutes(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    shop.clock.forward(minutes=10)
    (said,) = await shop.say(BEN, opened(link))
    assert "does not work any more" in said.text
    assert said.callbacks == ["code:again", "email:change"]


async def test_it_dies_with_the_code_after_five_guesses(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    wrong = f"{(int(shop.mails.last_code()) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await shop.say(BEN, wrong)
    assert "does not work any more" in plain(await shop.say(BEN, opened(link)))


async def test_only_the_newest_mail_s_link_counts(shop: BotShop) -> None:
    old = await asks_for_code(shop)
    shop.clock.forward(seconds=61)
    (sent, *_) = [one for one in shop.telegram.chat(BEN) if "code:again" in one.callbacks]
    await shop.press(BEN, sent, "code:again")
    newest = link_in_last_mail(shop)
    for _ in range(6):
        assert "from an earlier mail" in plain(await shop.say(BEN, opened(old))), "and costs no try"
    assert (await shop.say(BEN, opened(newest)))[-1].urls


async def test_a_link_for_another_address_does_not_confirm_it_again(shop: BotShop) -> None:
    await shop.verify(BEN, EMAIL)
    shop.clock.forward(seconds=61)
    await shop.say(BEN, "new@example.com")
    first = link_in_last_mail(shop)
    await shop.say(BEN, opened(first))
    assert "new@example.com" in plain(await shop.say(BEN, opened(first)))
    assert (await shop.dependencies.customers.data_of(BEN.id)).customer.email == "new@example.com"


async def test_an_update_that_comes_again_is_answered_as_the_first_time(shop: BotShop) -> None:
    """The process died between using the link up and saying so."""
    link = await asks_for_code(shop)
    shop.clock.forward(seconds=1)
    customer = (await shop.dependencies.customers.data_of(BEN.id)).customer
    assert (await shop.dependencies.verify_email.check_link(customer, link)).reason == "ok"
    assert (await shop.say(BEN, opened(link)))[-1].urls


async def test_a_wrong_code_costs_one_try_though_its_answer_did_not_leave(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asks_for_code(shop)
    wrong = f"{(int(shop.mails.last_code()) + 1) % 1_000_000:06d}"
    told = ChatContext.say
    monkeypatch.setattr(ChatContext, "say", AsyncMock(side_effect=ServiceUnavailable("away")))
    shop.telegram.say(BEN, wrong)
    with pytest.raises(ServiceUnavailable):
        await shop.intake.handle(shop.telegram.updates[-1])
    monkeypatch.setattr(ChatContext, "say", told)
    await shop.intake.handle(shop.telegram.updates[-1])
    assert "4 tries" in plain(shop.telegram.chat(BEN)[-1:])
    assert "3 tries" in plain(await shop.say(BEN, wrong))


@pytest.mark.parametrize("harm", [lambda link: link[:-1], lambda link: link + "a", lambda link: link.upper()])
async def test_a_link_that_came_broken_is_told_and_costs_no_try(shop: BotShop, harm: object) -> None:
    link = await asks_for_code(shop)
    assert callable(harm)
    broken = harm(link)
    for _ in range(6):
        said = plain(await shop.say(BEN, opened("v_" + broken[2:])))
    assert "not whole" in said
    assert (await shop.say(BEN, opened(link)))[-1].urls


async def test_after_forget_it_confirms_nothing(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    (asked,) = await shop.say(BEN, "/forget")
    await shop.press(BEN, asked, asked.callbacks[0])
    assert "does not work any more" in plain(await shop.say(BEN, opened(link)))
    assert (await shop.dependencies.customers.data_of(BEN.id)).customer.email is None


async def test_a_product_whose_sku_begins_alike_is_shown(tmp_path: Path) -> None:
    sku = "v_" + "a" * 30
    assert len(sku) == 32, "the longest there can be"
    shop = BotShop(tmp_path, with_sku(CATALOG, sku))
    await shop.open()
    try:
        shown = (await shop.say(BEN, opened(sku)))[-1]
        assert "City guide" in shown.text and shown.callbacks == [f"buy:{sku}"]
        gone = plain(await shop.say(BEN, opened("v_gone")))
        assert "This is not on sale." in gone
        link = await asks_for_code_for(shop, sku)
        assert (await shop.say(BEN, opened(link)))[-1].urls
    finally:
        await shop.close()


async def test_without_the_bot_s_name_the_mail_has_the_code_alone(shop: BotShop) -> None:
    shop.bot_username = ""
    await shop.say(BEN, EMAIL)
    mail = shop.mails.sent[-1]
    assert "start=" not in mail.text + mail.html
    assert shop.mails.last_code() in mail.subject


async def test_the_code_stays_alone_on_its_line_and_no_other_six_digits_are_in_the_link(shop: BotShop) -> None:
    link = await asks_for_code(shop)
    mail, code = shop.mails.sent[-1], shop.mails.last_code()
    assert mail.text.splitlines().count(code) == 1
    assert mail.subject.startswith(code)
    assert len(link) <= 64 and not re.search(r"\d", link)


def with_sku(catalog: Catalog, sku: str) -> Catalog:
    return replace(catalog, products={sku: replace(catalog.products["guide"], sku=sku)})


async def asks_for_code_for(shop: BotShop, sku: str) -> str:
    await shop.say(BEN, f"/start {sku}")
    await shop.say(BEN, EMAIL)
    return link_in_last_mail(shop)
