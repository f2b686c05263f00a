"""/payments in the chat: pages, filters, buttons, and what others than admins see."""

from datetime import timedelta

import pytest

from bot.admin.payments_texts import ADDRESS, short_address
from checkout.model.customer import Customer
from checkout.model.payment import Status
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage
from tests.support.admin_payments import LONG_EMAIL, callback, made, one_answer, paid, with_button
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import keep


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id,)


async def test_the_list_says_status_amount_product_address_and_when(shop: BotShop) -> None:
    await keep(
        shop.storage,
        paid(1),
        made(4, status=Status.FAILED, amount=1500, currency="jpy", title="Poster", email="ben@example.com"),
        made(2, created_at=NOON - timedelta(days=1), status=Status.EXPIRED),
        made(3, created_at=NOON - timedelta(days=40), status=Status.DISPUTED),
        made(5, created_at=NOON - timedelta(days=400), status=Status.REVIEW),
    )

    answer = await one_answer(shop, "/payments")

    assert answer.text.split("\n\n") == [
        "Payments, the newest first",
        "1. ✅ Paid · €19.00 · City guide\nanna@example.com · today 14:00",
        "2. ❌ Declined · ¥1,500 · Poster\nben@example.com · today 13:00",
        "3. ⌛ Expired · €19.00 · City guide\nanna@example.com · yesterday 14:00",
        "4. ⚠️ Dispute · €19.00 · City guide\nanna@example.com · 13 Oct 15:00",
        "5. 🔎 To look at · €19.00 · City guide\nanna@example.com · 18 Oct 2025 15:00",
    ]


async def test_pages_turn_in_place_and_back_again(shop: BotShop) -> None:
    await keep(shop.storage, *(made(number) for number in range(35)))
    first = await one_answer(shop, "/payments")
    seen, message = [first.text], first
    for _ in range(3):
        (message,) = await shop.press(MIRA, message, callback(message, "desk:list:all:o:"))
        seen.append(message.text)

    assert message.message_id == first.message_id
    assert not any(data.startswith("desk:list:all:o:") for data in message.callbacks), "there is no more"
    assert [text.count("City guide") for text in seen] == [10, 10, 10, 5]

    for earlier in reversed(seen[:-1]):
        (message,) = await shop.press(MIRA, message, callback(message, "desk:list:all:n:"))
        assert message.text == earlier
    assert not any(data.startswith("desk:list:all:n:") for data in message.callbacks)


def filters_of(message: ChatMessage) -> list[str]:
    return [
        one["text"] for one in message.buttons
        if one["callback_data"].startswith("desk:filters:") or one["callback_data"].endswith("::")
    ]  # fmt: skip


async def unfolded_of(shop: BotShop, listed: ChatMessage) -> ChatMessage:
    """The same message with more buttons: its text stays, so it is none of the answers."""
    assert await shop.press(MIRA, listed, callback(listed, "desk:filters:")) == []
    return shop.telegram.chat(MIRA)[-1]


async def test_all_filters_unfold_under_the_list_that_is_shown(shop: BotShop) -> None:
    await keep(shop.storage, paid(1), made(2, status=Status.REVIEW, title="Poster"))
    listed = await one_answer(shop, "/payments review")
    unfolded = await unfolded_of(shop, listed)

    assert unfolded.message_id == listed.message_id
    assert "• 🔎 To look at" in filters_of(unfolded)
    assert "Poster" in unfolded.text
    assert "City guide" not in unfolded.text


async def test_filters_are_buttons_and_words(shop: BotShop) -> None:
    await keep(shop.storage, paid(1), made(2, status=Status.FAILED, title="Poster"))
    everything = await one_answer(shop, "/payments")
    assert filters_of(everything) == ["• All", "✅ Paid", "🔎 To look at", "↩️ Given back", "More…"]
    all_of_them = everything.text
    unfolded = await unfolded_of(shop, everything)
    assert unfolded.text == all_of_them
    assert len(filters_of(unfolded)) == 1 + len(Status)
    (failed,) = await shop.press(MIRA, unfolded, "desk:list:failed::")

    assert failed.text.startswith("Payments: declined, the newest first")
    assert "Poster" in failed.text
    assert "City guide" not in failed.text
    assert "• ❌ Declined" in [button["text"] for button in failed.buttons]
    for typed in ("failed", "FAILED", "declined", "отклонён", "Отклонен."):
        assert (await one_answer(shop, f"/payments {typed}")).text == failed.text
    for typed in ("all", "Все", "всё."):
        assert (await one_answer(shop, f"/payments {typed}")).text == all_of_them
    assert (await one_answer(shop, "/payments partially refunded")).text.endswith("There are none.")


async def test_a_word_that_is_no_status_is_answered_with_those_that_are(shop: BotShop) -> None:
    answer = await one_answer(shop, "/payments <b>payed</b>")

    assert answer.text.startswith("“<b>payed</b>” is no status of a payment.")
    for status in Status:
        assert f" {status} — " in answer.text
    assert "desk:list:paid::" in answer.callbacks


async def test_a_number_opens_the_payment_under_the_list(shop: BotShop) -> None:
    await keep(shop.storage, paid(1), paid(4, title="Poster"))
    listed = await one_answer(shop, "/payments")

    (card,) = await shop.press(MIRA, listed, callback(listed, "desk:open:", "4"))

    assert card.message_id != listed.message_id
    assert card.text.startswith("✅ Paid · €19.00\nPoster")


async def test_buttons_stay_within_telegrams_limit_whatever_is_looked_for(shop: BotShop) -> None:
    adopted = [f"pi_{number:024}" for number in range(12)]
    await keep(
        shop.storage,
        *(
            made(number, payment_id=id_, payment_intent_id=id_, email=LONG_EMAIL, status=Status.PARTIALLY_REFUNDED)
            for number, id_ in enumerate(adopted)
        ),
    )
    for typed in ("/payments partially_refunded", f"/find {LONG_EMAIL}", "/find 42"):
        message = await one_answer(shop, typed)
        data = callback(message, "desk:", ":o:")
        assert max(len(one.encode()) for one in message.callbacks) <= 64
        (message,) = await shop.press(MIRA, message, data)
        assert message.text.count("City guide") == 2


@pytest.mark.parametrize(
    "data",
    [
        "desk:filters:",
        "desk:filters:stolen",
        "desk:list:",
        "desk:list:stolen:o:pay_1",
        "desk:list:all:o:pay_gone",
        "desk:find:",
        "desk:find:mail:x:o:pay_1",
        "desk:find:mail:99999:o:pay_1",
        "desk:find:name:1:o:pay_1",
        "desk:find:id::n:",
        "desk:find:card::n:pay_gone",
    ],
)
async def test_a_button_of_another_time_says_so_and_changes_nothing(shop: BotShop, data: str) -> None:
    message = await with_button(shop, MIRA, data)

    assert "does not work any more" in await shop.hint(MIRA, message, data)


@pytest.mark.parametrize(
    "data", ["desk:as:", "desk:as:id:x", "desk:as:id:" + "9" * 40, "desk:as:mail:", "desk:as:all:1"]
)
async def test_a_reading_that_makes_no_sense_is_answered_with_nothing(shop: BotShop, data: str) -> None:
    message = await with_button(shop, MIRA, data)

    assert await shop.press(MIRA, message, data) == []


async def test_commands_without_their_words_say_how_they_are_written(shop: BotShop) -> None:
    assert "/payment pi_…" in (await one_answer(shop, "/payment")).text
    assert "/find @anna — a name in Telegram" in (await one_answer(shop, "/find")).text


async def test_the_lists_speak_the_admins_language(shop: BotShop) -> None:
    await keep(shop.storage, paid(1))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(MIRA.id, "ru", "Mira", language_chosen=True), NOON)

    listed = await one_answer(shop, "/payments")
    card = await one_answer(shop, "/payment pay_000000000001")

    assert "anna@example.com · сегодня 14:00" in listed.text
    assert card.text.startswith("✅ Оплачен · 19,00\u00a0€")
    assert (await one_answer(shop, "/payments оплачен")).text.startswith("Платежи со статусом «оплачен»")


@pytest.mark.parametrize("text", ["/payments", "/payments paid", "/payment pay_000000000001", "/find anna"])
async def test_to_everyone_else_the_commands_do_not_exist(shop: BotShop, text: str) -> None:
    await keep(shop.storage, paid(1, telegram_user_id=BEN.id))
    (unknown,) = await shop.say(BEN, "/nosuchcommand")

    (answer,) = await shop.say(BEN, text)

    assert answer.text == unknown.text


async def test_groups_get_no_answer(shop: BotShop) -> None:
    await keep(shop.storage, paid(1))
    calls = len(shop.telegram.calls)
    for text in ("/payments", "/payment pay_000000000001", "/find anna"):
        shop.telegram.say_in_group(MIRA, text)
        await shop.intake.accept(shop.telegram.updates[-1])

    assert len(shop.telegram.calls) == calls


@pytest.mark.parametrize(
    "data", ["desk:list:all::", "desk:open:pay_000000000001", "desk:refresh:pay_000000000001", "desk:as:mail:anna"]
)
async def test_an_admins_button_does_nothing_for_others(shop: BotShop, data: str) -> None:
    await keep(shop.storage, paid(1))
    message = await with_button(shop, ANNA, data)

    assert await shop.press(ANNA, message, data) == []


@pytest.mark.parametrize(
    "email", ["anna@example.com", LONG_EMAIL, "a" * 80 + "@x.yz", "b" * 80, "a@" + "c" * 80 + ".org"]
)
def test_a_long_address_keeps_its_two_ends(email: str) -> None:
    shown = short_address(email)

    assert len(shown) <= ADDRESS
    if len(email) > ADDRESS:
        beginning, _, ending = shown.partition("…")
        assert beginning and ending
        assert email.startswith(beginning)
        assert email.endswith(ending)
