"""The address in the chat: its code, its limits, its typos, and how it is changed."""

import pytest

from checkout.errors import RecipientUnreachable, ServiceRefused, ServiceUnavailable
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.support.bot_shop import BotShop


async def asks_for_code(shop: BotShop, person: Person, email: str) -> ChatMessage:
    """A customer who has chosen the guide and typed an address."""
    shown = await shop.say(person, "/start guide")
    await shop.press(person, shown[-1], "buy:guide")
    return (await shop.say(person, email))[-1]


async def test_a_code_with_a_space_is_taken(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    code = shop.mails.last_code("ben@example.com")
    *_, pay = await shop.say(BEN, f" {code[:3]} {code[3:]} ")

    assert pay.urls


async def test_a_wrong_code_tells_how_many_tries_are_left(shop: BotShop) -> None:
    await asks_for_code(shop, ANNA, "anna@example.com")
    wrong = "000000" if shop.mails.last_code("anna@example.com") != "000000" else "111111"

    said = [(await shop.say(ANNA, wrong))[-1] for _ in range(5)]

    assert "Осталось 4\u00a0попытки" in said[0].text
    assert "Осталась 1\u00a0попытка" in said[3].text
    assert "больше не действует" in said[4].text
    assert said[4].callbacks == ["code:again", "email:change"]


async def test_an_expired_code_offers_a_new_one(shop: BotShop) -> None:
    sent = await asks_for_code(shop, BEN, "ben@example.com")
    shop.clock.forward(minutes=10, seconds=1)
    (gone,) = await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    await shop.press(BEN, sent, "code:again")
    *_, pay = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert "does not work any more" in gone.text
    assert "code:again" in gone.callbacks
    assert pay.urls
    assert len(shop.mails.sent) == 2


async def test_a_used_up_code_is_not_taken_twice(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (said,) = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert "No code is needed: your address ben@example.com is confirmed" in said.text
    assert not said.urls


async def test_a_code_sent_after_cancel_goes_on_with_what_it_was_for(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    await shop.say(BEN, "/cancel")
    await shop.say(BEN, "/cancel")
    (pay,) = await shop.say(BEN, f"here it is: {shop.mails.last_code('ben@example.com')}")
    assert "is confirmed" in pay.text and "City guide" in pay.text and pay.urls


async def test_what_was_let_go_is_not_what_the_next_address_is_for(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    await shop.say(BEN, "/cancel")
    await shop.say(BEN, "other@example.com")
    *_, said = await shop.say(BEN, shop.mails.last_code("other@example.com"))
    assert "buy:guide" in said.callbacks and not said.urls


async def test_sending_again_too_soon_tells_the_wait_and_keeps_the_code(shop: BotShop) -> None:
    sent = await asks_for_code(shop, BEN, "ben@example.com")
    shop.clock.forward(seconds=20)
    refused = await shop.hint(BEN, sent, "code:again")
    said = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert refused.replace("\xa0", " ") == "You can ask again in 40 seconds."
    assert said[-1].urls
    assert len(shop.mails.sent) == 1


async def test_an_hour_s_limit_for_an_address_is_told(shop: BotShop) -> None:
    sent = await asks_for_code(shop, BEN, "ben@example.com")
    for _ in range(4):
        shop.clock.forward(seconds=61)
        await shop.press(BEN, sent, "code:again")
    shop.clock.forward(seconds=61)
    refused = await shop.hint(BEN, sent, "code:again")

    assert len(shop.mails.sent) == 5
    assert "You can ask again in" in refused and "minutes" in refused


async def test_a_code_whose_tries_are_over_is_not_said_to_work_still(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    await shop.say(BEN, "other@example.com")  # the first correction need not wait
    (waits,) = await shop.say(BEN, "third@example.com")
    assert "A new one can be sent in" in waits.text
    assert "The last code still works" in waits.text
    for wrong in range(5):
        await shop.say(BEN, f"{wrong}" * 6)
    (waits,) = await shop.say(BEN, "third@example.com")
    assert "A new one can be sent in" in waits.text
    assert "still works" not in waits.text


async def test_a_mail_that_does_not_leave_loses_nothing(shop: BotShop) -> None:
    shop.mails.failure = ServiceUnavailable("down")
    said = await asks_for_code(shop, BEN, "ben@example.com")
    shop.mails.failure = None
    on_its_way = (await shop.press(BEN, said, "code:again"))[-1].text
    *_, pay = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert "Nothing was lost" in said.text
    assert "on its way to ben@example.com" in on_its_way
    assert pay.urls


@pytest.mark.parametrize(
    ("refusal", "told"), [(RecipientUnreachable("no"), "check the address"), (ServiceRefused("no"), "just now")]
)
async def test_an_address_the_mail_service_refuses_is_told(shop: BotShop, refusal: ServiceRefused, told: str) -> None:
    shop.mails.failure = refusal
    said = await asks_for_code(shop, BEN, "ben@example.com")

    assert told in said.text
    assert "email:change" in said.callbacks


@pytest.mark.parametrize(
    ("person", "words", "buttons"),
    [
        (BEN, "Is it ben@gmail.com?", ["Yes, send it there", "No, ben@gmial.com is right"]),
        (ANNA, "Наверное, ben@gmail.com?", ["Да, отправить туда", "Нет, верно ben@gmial.com"]),
    ],
)
@pytest.mark.parametrize(("answer", "mailed"), [("email:use", "ben@gmail.com"), ("email:keep", "ben@gmial.com")])
async def test_an_address_that_looks_mistyped_is_asked_about_before_anything_is_mailed(
    shop: BotShop, person: Person, words: str, buttons: list[str], answer: str, mailed: str
) -> None:
    asked = await asks_for_code(shop, person, "ben@gmial.com")
    assert (asked.text, [one["text"] for one in asked.buttons]) == (words, buttons)
    assert shop.mails.sent == []
    (on_its_way,) = await shop.press(person, asked, answer)
    assert on_its_way.message_id == asked.message_id, "it is one message"
    assert mailed in on_its_way.text
    assert [mail.to for mail in shop.mails.sent] == [mailed]
    asked.keyboard.append([{"text": "an old button", "callback_data": answer}])
    assert "/email" in await shop.hint(person, asked, answer)
    assert len(shop.mails.sent) == 1


async def test_in_a_sentence_it_is_asked_about_alone(shop: BotShop) -> None:
    asked = await asks_for_code(shop, BEN, "It is ben@gmial.com, thanks")
    assert [one["text"] for one in asked.buttons] == ["Yes, send it there", "No, ben@gmial.com is right"]


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("it is ben@example.com thanks", ""),
        ("it is ben@example.com thanks", "Yes, please!"),
        ("ben@example. com", "да"),
        ("ben@example. com", "нет"),
    ],
)
async def test_with_words_that_may_be_a_part_of_it_it_is_asked_about(shop: BotShop, typed: str, answer: str) -> None:
    asked = await asks_for_code(shop, BEN, typed)
    assert asked.text == "Is it ben@example.com?"
    (said,) = await (shop.say(BEN, answer) if answer else shop.press(BEN, asked, "email:use"))
    next_step = "waiting for your e-mail address" if answer == "нет" else "on its way to ben@example.com"
    assert said.message_id == asked.message_id and next_step in said.text


@pytest.mark.parametrize("typed", ["ben@gmail,com", "ben@@gmail.com", "mailto:<ben@gmail.com>?", "Ben@Gmail/com"])
async def test_what_nobody_can_have_is_not_offered_as_right(shop: BotShop, typed: str) -> None:
    await asks_for_code(shop, BEN, typed)
    (asked,) = await shop.say(BEN, typed)  # once more does not make it one
    buttons = [one["text"] for one in asked.buttons]
    assert (asked.text, buttons) == ("Is it ben@gmail.com?", ["Yes, send it there", "No, another address"])
    (awaited,) = await shop.press(BEN, asked, "email:keep")
    assert awaited.text.startswith("I am waiting for your e-mail address") and not awaited.buttons
    await shop.say(BEN, "ok")
    assert shop.mails.sent == []


async def test_a_question_that_names_an_address_changes_none(shop: BotShop) -> None:
    (said,) = await shop.say(BEN, "I paid as ben@example.com, where is my guide?")
    assert "A person answers at @nightmarket_help" in said.text
    assert shop.mails.sent == []


@pytest.mark.parametrize("answer", ["Ben@yandex.con", "No", "нет, это не он", "No, ben@yandex.con is right"])
async def test_the_mistyped_address_typed_once_more_is_meant(shop: BotShop, answer: str) -> None:
    await asks_for_code(shop, BEN, "ben@yandex.con")
    assert shop.mails.sent == []
    await shop.say(BEN, answer)
    assert [mail.to for mail in shop.mails.sent] == ["ben@yandex.con"]


async def test_an_address_is_shown_as_its_owner_writes_it(shop: BotShop) -> None:
    sent = await asks_for_code(shop, BEN, "ben@почта.рф")
    assert "on its way to ben@почта.рф" in sent.text
    (awaited,) = await shop.say(BEN, "where is it?")
    assert "ben@почта.рф" in awaited.text and "@nightmarket_help" in awaited.text and "/cancel" in awaited.text
    assert [mail.to for mail in shop.mails.sent] == ["ben@xn--80a1acny.xn--p1ai"]


async def test_another_address_may_be_typed_instead(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@gmial.com")
    await shop.say(BEN, "ben@gmail.com")
    assert [mail.to for mail in shop.mails.sent] == ["ben@gmail.com"]


async def test_the_verification_is_one_message_asked_sent_confirmed(shop: BotShop) -> None:
    (asked,) = await shop.say(BEN, "/start guide")
    assert "City guide" in asked.text and "e-mail address" in asked.text
    (sent,) = await shop.say(BEN, "ben@example.com")
    assert (sent.message_id, sent.callbacks) == (asked.message_id, ["code:again", "email:change"])
    confirmed, pay = await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    assert (confirmed.message_id, confirmed.buttons) == (asked.message_id, [])
    assert confirmed.text == "✅ The address ben@example.com is confirmed."
    assert pay.urls and "is confirmed" not in pay.text


async def test_what_is_not_the_newest_message_is_not_edited(shop: BotShop) -> None:
    """Above an answer to something else nobody would see it."""
    (asked,) = await shop.say(BEN, "/start guide")
    await shop.say(BEN, "/help")
    (sent,) = await shop.say(BEN, "ben@example.com")
    assert sent.message_id > asked.message_id


@pytest.mark.parametrize("typed", ["not an address", "ben@", "a@b.c\nBcc: victim@example.com", "<b>x</b>@", "x" * 4000])
async def test_what_is_no_address_is_answered_with_an_example(shop: BotShop, typed: str) -> None:
    said = await asks_for_code(shop, BEN, typed)

    assert "anna@example.com" in said.text
    assert shop.mails.sent == []


async def test_the_address_is_changed_from_the_pay_message_and_the_product_gets_a_new_link(shop: BotShop) -> None:
    pay = await shop.verify(BEN, "ben@example.com", "course")
    asked = (await shop.press(BEN, pay, "email:change"))[-1].text
    shop.clock.forward(seconds=61)
    await shop.say(BEN, "new@example.com")
    *_, new_pay = await shop.say(BEN, shop.mails.last_code("new@example.com"))

    assert "photographs at night" in asked
    assert new_pay.urls != pay.urls
    payments = await shop.dependencies.look_up_payments.orders(BEN.id)
    assert payments[0].email == "new@example.com" or payments[1].email == "new@example.com"
    assert {payment.sku for payment in payments} == {"course"}


async def test_an_address_nobody_asked_for_is_that_of_what_waits_to_be_paid(shop: BotShop) -> None:
    pay = await shop.verify(BEN, "ben@example.com")
    shop.clock.forward(seconds=61)
    await shop.say(BEN, "new@example.com")
    *_, new_pay = await shop.say(BEN, shop.mails.last_code("new@example.com"))
    assert new_pay.urls and new_pay.urls != pay.urls
    assert "City guide" in new_pay.text and "The receipt goes to: new@example.com" in new_pay.text


async def test_a_new_address_can_be_typed_instead_of_the_code(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "ben@example.com")
    shop.clock.forward(seconds=61)
    await shop.say(BEN, "other@example.com")
    *_, pay = await shop.say(BEN, shop.mails.last_code("other@example.com"))

    assert "The receipt goes to: other@example.com" in pay.text
    assert pay.urls


async def test_an_address_nobody_asked_for_is_verified_and_then_the_catalogue_shown(shop: BotShop) -> None:
    (sent,) = await shop.say(BEN, "ben@example.com")
    confirmed, said = await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    (again,) = await shop.say(BEN, "ben@example.com")

    assert confirmed is sent and "is confirmed" in confirmed.text
    assert "buy:guide" in said.callbacks
    assert "already" in again.text
    assert len(shop.mails.sent) == 1


@pytest.mark.parametrize("step", ["/start", "/start guide", "ben@example.com"])
async def test_a_cards_number_is_never_wanted_here(shop: BotShop, step: str) -> None:
    await shop.say(BEN, step)
    (said,) = await shop.say(BEN, "4242 4242 4242 4242 12/34 123")
    assert said.text.startswith("This looks like a card number.")
    (other,) = await shop.say(BEN, "4242 4242 4242 4241")
    assert "card number" not in other.text


async def test_an_address_that_begins_like_a_cards_number_is_taken(shop: BotShop) -> None:
    await asks_for_code(shop, BEN, "4242424242424242@example.com")
    assert [mail.to for mail in shop.mails.sent] == ["4242424242424242@example.com"]
