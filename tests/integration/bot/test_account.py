"""The customer's own things, and everything nobody asked for."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from checkout.model.catalog import LocalizedText
from checkout.model.payment import Payment
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.payments import a_payment, keep, processing, under_review


async def awaits_code(shop: BotShop) -> None:
    await shop.say(BEN, "/email")
    await shop.say(BEN, "ben@example.com")


async def test_the_language_is_telegram_s_until_another_is_chosen(shop: BotShop) -> None:
    (asked,) = await shop.say(BEN, "/language")
    buttons = asked.callbacks
    (chosen,) = await shop.press(BEN, asked, "lang:ru")
    (shown,) = await shop.say(BEN, "/help")

    assert buttons == ["lang:en", "lang:ru"]
    assert "по-русски" in chosen.text
    assert chosen.message_id == asked.message_id
    assert "Как это работает" in shown.text
    (back,) = await shop.press(BEN, (await shop.say(BEN, "/language"))[-1], "lang:en")
    assert "English" in back.text


async def test_email_shows_the_address_and_changes_it(shop: BotShop) -> None:
    asked = (await shop.say(BEN, "/email"))[0].text
    await shop.say(BEN, "ben@example.com")
    await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    (shown,) = await shop.say(BEN, "/email")
    (changing,) = await shop.press(BEN, shown, "email:change")

    assert "Which e-mail address" in asked
    assert "ben@example.com" in shown.text
    assert "Which e-mail address" in changing.text


async def test_an_address_after_the_command_is_taken_at_once(shop: BotShop) -> None:
    (sent,) = await shop.say(BEN, "/email ben@example.com")

    assert "on its way to ben@example.com" in sent.text


async def test_help_names_the_support_and_every_command(shop: BotShop) -> None:
    (shown,) = await shop.say(BEN, "/help")

    assert "@nightmarket_help" in shown.text
    for name in "start buy orders email language help paysupport terms cancel mydata forget".split():
        assert f"/{name} — " in shown.text


async def test_cancel_leaves_what_was_asked_and_says_so(shop: BotShop) -> None:
    (nothing,) = await shop.say(BEN, "/cancel")
    await shop.say(BEN, "/email")
    (left,) = await shop.say(BEN, "/cancel")
    (after,) = await shop.say(BEN, "hello")

    assert "I was not waiting for anything" in nothing.text
    assert "not waiting for anything" in left.text
    assert "A person answers at @nightmarket_help" in after.text


async def test_mydata_is_a_file_with_all_that_is_kept(shop: BotShop) -> None:
    await shop.verify(ANNA, "anna@example.com")
    (shown,) = await shop.say(ANNA, "/mydata")
    assert shown.text == "Всё, что о вас хранится, — в этом файле. /forget сотрёт это; платежи останутся — для учёта."
    assert shown.document is not None and shown.document.filename == "my-data.json"
    kept = json.loads(shown.document.content)
    who = {"telegram_user_id": 1001, "name": "Анна Соколова", "username": "anna_s", "language": "ru"}
    assert who.items() <= kept.items() and kept["email"] == "anna@example.com" and kept["email_confirmed_at"]
    (payment,) = kept["payments"]
    bought = {"product": "Путеводитель по городу", "amount": "19.00", "currency": "EUR", "status": "pending"}
    assert bought.items() <= payment.items() and payment["email"] == "anna@example.com"


async def test_help_knows_where_the_customer_stands(shop: BotShop) -> None:
    (nothing,) = await shop.say(BEN, "/help")
    assert nothing.text.startswith("Nothing waits for you now.")
    await shop.say(BEN, "/start guide")
    (email,) = await shop.say(BEN, "/help")
    assert email.text.startswith("I am still waiting for your e-mail address.")
    await shop.say(BEN, "ben@example.com")
    (code,) = await shop.say(BEN, "/help")
    assert code.text.startswith("I am still waiting for the code that was mailed to ben@example.com.")
    assert code.text.count("still waiting") == 1 and "code:again" in code.callbacks
    await shop.say(BEN, shop.mails.last_code())
    (link,) = await shop.say(BEN, "/help")
    assert link.text.startswith("“City guide” is waiting for payment. /orders shows its pay button.")
    assert link.buttons == [], "this message is not edited once it is paid"


@pytest.mark.parametrize(
    ("stands", "said"),
    [
        (processing, {BEN: "The payment for “Guide” is being processed", ANNA: "«Guide»: платёж обрабатывается"}),
        (
            under_review,
            {BEN: "The shop is looking into your payment for “Guide”.", ANNA: "«Guide»: магазин разбирается"},
        ),
    ],
)
async def test_what_is_under_way_is_known(
    shop: BotShop, stands: Callable[[Payment], Payment], said: dict[Person, str]
) -> None:
    for number, (person, words) in enumerate(said.items(), 1):
        payment = a_payment(number, at=shop.clock.now(), telegram_user_id=person.id, title="Guide")
        await keep(shop.storage, stands(payment))
        for asked in ("/help", "where is it?", "/cancel"):
            (shown,) = await shop.say(person, asked)
            assert words in shown.text and shown.text.startswith(words) == asked.startswith("/")


async def test_support_for_payments_and_terms_are_told(shop: BotShop) -> None:
    (before,) = await shop.say(BEN, "/paysupport")
    assert "@nightmarket_help: a person answers" in before.text
    await shop.verify(BEN, "ben@example.com")
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    assert payment.payment_id in (await shop.say(BEN, "/paysupport"))[-1].text
    (plain,) = await shop.say(BEN, "/terms")
    assert plain.text.startswith("You buy from Night Market OÜ") and "@nightmarket_help" in plain.text
    own = LocalizedText({"en": "https://example.com/terms", "ru": "Возврат — 14 дней. <b>"})
    shop.catalog = replace(shop.catalog, shop=replace(shop.catalog.shop, terms=own))
    await shop.restart()
    assert (await shop.say(BEN, "/terms"))[-1].text == "https://example.com/terms"
    assert (await shop.say(ANNA, "/terms"))[-1].text == "Возврат — 14 дней. <b>"


async def test_forget_is_asked_first_and_then_erases_all_but_payments(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (asked,) = await shop.say(BEN, "/forget")
    yes, no = asked.callbacks
    (done,) = await shop.press(BEN, asked, yes)

    assert yes.startswith("yes:forget:") and no.startswith("no:forget:")
    assert "payments stay" in asked.text and "payments stay" in done.text
    assert "books and for refunds" in done.text
    assert done.buttons == []
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    assert payment.email == "ben@example.com"
    async with shop.storage.read() as tx:
        assert await tx.customers.get(BEN.id) is None
        assert await tx.conversations.get(f"{BEN.id}:{BEN.id}:{shop.bot.id}") is None


async def test_no_keeps_everything(shop: BotShop) -> None:
    await shop.verify(BEN, "ben@example.com")
    (asked,) = await shop.say(BEN, "/forget")
    (kept,) = await shop.press(BEN, asked, asked.callbacks[1])
    (shown,) = await shop.say(BEN, "/email")

    assert "Nothing was erased" in kept.text
    assert "ben@example.com" in shown.text


async def test_a_question_is_answered_once_and_only_by_whom_it_was_asked(shop: BotShop) -> None:
    await shop.verify(ANNA, "anna@example.com")
    (asked,) = await shop.say(BEN, "/forget")
    yes, no = asked.callbacks
    shown = {one.message_id: list(one.keyboard) for one in shop.telegram.chat(BEN)}
    annas = (await shop.say(ANNA, "/help"))[-1]
    annas.keyboard = shown[asked.message_id]  # as if she had been shown Ben's buttons

    stranger = await shop.hint(ANNA, annas, yes)
    await shop.press(BEN, asked, no)
    asked.keyboard = shown[asked.message_id]  # an old app still shows the buttons
    again = await shop.hint(BEN, asked, yes)
    (left,) = await shop.say(BEN, "/forget")
    await shop.say(BEN, "/cancel")
    unanswered = await shop.hint(BEN, left, left.callbacks[0])

    assert "/forget" in stranger and "/forget" in again
    assert "/forget" in unanswered and "answered" not in unanswered  # who reads that may take all for erased
    (still,) = await shop.say(ANNA, "/email")
    assert "anna@example.com" in still.text


async def test_a_question_asked_while_a_code_is_awaited_stays_open(shop: BotShop) -> None:
    await awaits_code(shop)
    (asked,) = await shop.say(BEN, "/forget")
    await shop.say(BEN, shop.mails.last_code("ben@example.com"))
    (done,) = await shop.press(BEN, asked, asked.callbacks[0])

    assert "Erased" in done.text


async def test_commands_in_the_middle_work_and_the_dialogue_survives(shop: BotShop) -> None:
    await awaits_code(shop)
    for command in ("/help", "/orders", "/mydata", "/language", "/email", "/nonsense"):
        (said,) = await shop.say(BEN, command)
        assert "still waiting for the code that was mailed to ben@example.com" in said.text
    await shop.say(BEN, "/start")
    (confirmed,) = await shop.say(BEN, shop.mails.last_code("ben@example.com"))

    assert "is confirmed" in confirmed.text


@pytest.mark.parametrize("command", ["/payments", "/refund pay_1", "/nonsense", "/"])
async def test_commands_that_do_not_exist_are_said_not_to(shop: BotShop, command: str) -> None:
    (said,) = await shop.say(BEN, command)

    assert "do not know this command" in said.text


async def test_a_command_in_capitals_or_with_the_bot_s_name_works(shop: BotShop) -> None:
    (loud,) = await shop.say(BEN, "/HELP")
    (named,) = await shop.say(BEN, f"/help@{shop.telegram.bot['username']}")

    assert loud.text == named.text


async def test_a_code_nobody_asked_for_gets_an_answer(shop: BotShop) -> None:
    (said,) = await shop.say(ANNA, "123456")

    assert "не жду кода" in said.text


@pytest.mark.parametrize(("typed", "answer"), [("12345", "six digits"), ("what code?", "waiting for the six-digit")])
async def test_something_else_instead_of_the_code_is_answered(shop: BotShop, typed: str, answer: str) -> None:
    await awaits_code(shop)
    (said,) = await shop.say(BEN, typed)

    assert answer in said.text


Sends = Callable[[BotShop, Person], object]
CONTENTS: list[Sends] = [
    lambda shop, person: shop.telegram.send_sticker(person),
    lambda shop, person: shop.telegram.send_photo(person),
    lambda shop, person: shop.telegram.send_document(person, "x.pdf", b"x"),
    lambda shop, person: shop.telegram.send_location(person),
]


@pytest.mark.parametrize("send", CONTENTS)
async def test_what_is_no_text_is_answered_with_what_to_do_next(shop: BotShop, send: Sends) -> None:
    (idle,) = await shop.does(BEN, lambda: send(shop, BEN))
    await shop.say(BEN, "/email")
    (email,) = await shop.does(BEN, lambda: send(shop, BEN))
    await shop.say(BEN, "ben@example.com")
    (code,) = await shop.does(BEN, lambda: send(shop, BEN))

    assert "/start" in idle.text
    assert "waiting for your e-mail address" in email.text
    assert "waiting for the six-digit code" in code.text


async def test_an_edited_message_is_answered(shop: BotShop) -> None:
    await shop.say(BEN, "hello")
    mine = shop.telegram.chat(BEN)[0]
    (said,) = await shop.does(BEN, lambda: shop.telegram.edit_message(BEN, mine.message_id, "ben@example.com"))

    assert "as a new message" in said.text


async def test_groups_are_left_in_peace(shop: BotShop) -> None:
    for text in ("/start", "hello", "ben@example.com", "123456"):
        shop.telegram.say_in_group(BEN, text)
        await shop.intake.accept(shop.telegram.updates[-1])

    assert not [call for call in shop.telegram.calls if "send" in call.path]
    async with shop.storage.read() as tx:
        assert await tx.customers.get(BEN.id) is None


async def test_other_bots_are_not_talked_to(shop: BotShop) -> None:
    shop.telegram.say(BEN, "/start")
    update = shop.telegram.updates[-1]
    update["message"]["from"] = {**update["message"]["from"], "is_bot": True}
    await shop.intake.accept(update)

    assert not [call for call in shop.telegram.calls if "send" in call.path]


async def test_a_button_of_a_former_version_is_answered(shop: BotShop) -> None:
    (shown,) = await shop.say(ANNA, "/start")
    shown.keyboard = [[{"text": "?", "callback_data": "old:button"}]]

    assert "больше не действует" in await shop.hint(ANNA, shown, "old:button")


async def test_every_pressed_button_is_answered(shop: BotShop) -> None:
    def pressed(message: ChatMessage, data: str) -> ChatMessage:
        message.keyboard = [[{"text": "?", "callback_data": data}]]
        return message

    (shown,) = await shop.say(BEN, "/start")
    for data in ("buy:guide", "buy:gone", "code:again", "email:change", "email:use", "lang:xx", "lang:en", "yes:", "x"):
        await shop.press(BEN, pressed(shown, data), data)

    assert None not in shop.telegram.callback_answers.values()
