"""Marks that nobody sees: kept off the admins' cards, and no hindrance in what is pasted."""

from pathlib import Path

import pytest

from sandbox.fake_telegram.chats import MIRA, Person
from tests.support.bot_shop import BotShop

MASKED = Person(77, "\u202enimdA\u202c", "\u200b\u200b\U000e0041", "mas\u202eked\ud800")


async def asks_for_code(shop: BotShop, person: Person, email: str) -> str:
    shown = await shop.say(person, "/start guide")
    await shop.press(person, shown[-1], "buy:guide")
    return (await shop.say(person, email))[-1].text


@pytest.mark.parametrize(
    "typed",
    [
        "anna@example.com",
        "\u2066anna@example.com\u2069",
        "\ufeffanna@example.com\u200b",
        "an\u00adna@exam\u200bple.com",
        "\u202aanna@example.com\u202c\n",
        "mailto:\u200eanna@example.com",
        "<anna@example.com>\u200f",
        "Anna Smith <anna@example.com>",
        '"Smith, Anna" <mailto:anna@example.com>;',
        "(anna@example.com)",
        "anna@example.com.",
        "Anna@Example.com; ",
        "моя почта anna@example.com, спасибо",
        "почта: anna@example.com",
        "My address is anna@example.com, thanks",
        "anna@example.com\n\nС уважением, Анна",
        "Пришлите на «anna@example.com».",
        "аnnа@exаmple.com",
    ],
)
async def test_an_address_is_taken_whatever_marks_were_pasted_with_it(shop: BotShop, typed: str) -> None:
    assert "anna@example.com" in await asks_for_code(shop, MASKED, typed)
    await shop.say(MASKED, shop.mails.last_code("anna@example.com"))
    (payment,) = await shop.dependencies.look_up_payments.orders(MASKED.id)
    assert payment.email == "anna@example.com"


@pytest.mark.parametrize(
    "typed",
    [
        "anna@example.com, ben@example.com",
        "anna@example.com <ben@example.com>",
        "<anna@example.com> <ben@example.com>",
        "anna@example.com\nbcc: ben@example.com",
        "anna@example.com?cc=ben@example.com",
        ".anna@example.com",
        "почта anna@example.com или ben@example.com",
        "анна@example.com",
    ],
)
async def test_of_what_may_be_another_address_none_is_chosen(shop: BotShop, typed: str) -> None:
    assert "cannot be sent" in await asks_for_code(shop, MASKED, typed)
    assert shop.mails.sent == []


async def test_the_apostrophe_that_phones_make_is_the_one_of_addresses(shop: BotShop) -> None:
    assert "brien@example.com" in await asks_for_code(shop, MASKED, "It is O’Brien@example.com")
    assert [mail.to for mail in shop.mails.sent] == ["o'brien@example.com"]


@pytest.mark.parametrize("typed", ["smith anna@example.com", "anna@example.com pany", "anna @example.com"])
async def test_words_that_may_be_a_part_of_it_are_asked_about(shop: BotShop, typed: str) -> None:
    assert await asks_for_code(shop, MASKED, typed) == "Is it anna@example.com?"
    assert shop.mails.sent == []


@pytest.mark.parametrize(
    ("typed", "answered"),
    [
        ("anna1 @example.com", "Is it anna1@example.com?"),
        ("anna1@ example.com", "Is it anna1@example.com?"),
        ("Anna1 @ example.com", "Is it anna1@example.com?"),
        ("no mail came, @nightmarket_help. Thanks", "I am waiting for the six-digit code"),
        ("are you here @ 5 o'clock?", "The code has six digits"),
    ],
)
async def test_so_they_are_while_a_code_is_awaited(shop: BotShop, typed: str, answered: str) -> None:
    await asks_for_code(shop, MASKED, "wrong@example.com")
    assert (await shop.say(MASKED, typed))[-1].text.startswith(answered)


@pytest.mark.parametrize(
    "pasted",
    [
        "\u2066{code}\u2069",
        "\u200b{code}\ufeff",
        "{code} is your code for Night Market",
        "\u202a{code} — ваш код для магазина «Night Market»\u202c",
        "Your code: {code}.",
    ],
)
async def test_a_code_is_taken_with_marks_around_it_or_as_the_mails_whole_subject(shop: BotShop, pasted: str) -> None:
    await asks_for_code(shop, MASKED, "anna@example.com")
    *_, pay = await shop.say(MASKED, pasted.format(code=shop.mails.last_code("anna@example.com")))
    assert pay.urls


async def test_the_mails_own_subject_is_taken(shop: BotShop) -> None:
    await asks_for_code(shop, MASKED, "anna@example.com")
    *_, pay = await shop.say(MASKED, shop.mails.sent[-1].subject)
    assert pay.urls


async def test_six_digits_in_a_sentence_are_no_code_when_none_is_awaited(shop: BotShop) -> None:
    (answer,) = await shop.say(MASKED, "I paid 150000 yen, where is it?")
    assert "code" not in answer.text


async def test_a_deep_link_with_a_mark_behind_it_shows_its_product(shop: BotShop) -> None:
    (shown,) = await shop.say(MASKED, "/start guide\u200b")
    assert shown.callbacks == ["buy:guide"]


@pytest.mark.parametrize(
    "data",
    ["buy:\ud800", "order:receipt:\x00", "catalog:page:0:\udfff", "yes:forget:\ud83d", "email:correct:\x00\ud800"],
)
async def test_a_button_with_data_that_cannot_be_kept_is_one_that_does_nothing(
    shop: BotShop, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    (shown, *_) = await shop.say(MASKED, "/help")
    shown.keyboard.append([{"text": "?", "callback_data": data}])
    await shop.press(MASKED, shown, data)
    assert "went wrong" not in "".join(one.text for one in shop.telegram.chat(MASKED))
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_name_reaches_the_admins_card_without_marks(tmp_path: Path) -> None:
    shop = BotShop(tmp_path, admin_ids=(MIRA.id,))
    await shop.open()
    try:
        await shop.verify(MASKED, "anna@example.com", "guide")
        (payment,) = await shop.dependencies.look_up_payments.orders(MASKED.id)
        card = "\n".join(one.text for one in await shop.say(MIRA, f"/payment {payment.payment_id}\u2069"))
    finally:
        await shop.close()
    assert "nimdA" in card
    assert "@masked" in card
    assert not set(card) & set("\u202e\u202c\u200b\U000e0041")
