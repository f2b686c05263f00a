"""/find in the chat: what is found, and what is said when nothing is."""

import pytest

from checkout.model.customer import Customer
from sandbox.fake_telegram.chats import MIRA
from tests.support.admin_payments import HOSTILE, callback, made, one_answer, paid
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import keep


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id,)


async def test_an_address_is_found_by_its_beginning_page_by_page(shop: BotShop) -> None:
    await keep(
        shop.storage,
        *(made(number, email=f"anna{number:02}@example.com") for number in range(13)),
        made(50, email="b@x.yz"),
    )

    first = await one_answer(shop, "/find ANNA")
    shown = first.text
    (second,) = await shop.press(MIRA, first, callback(first, "desk:find:mail:4:o:"))

    assert shown.startswith("Addresses that begin with anna\n\n1. ⏳ Unpaid · €19.00 · City guide\nanna00@example.com")
    assert second.text.startswith("Addresses that begin with anna")
    assert second.text.count("@example.com") == 3
    assert "b@x.yz" not in second.text
    (back,) = await shop.press(MIRA, second, callback(second, "desk:find:mail:4:n:"))
    assert back.text == shown
    alone = await one_answer(shop, "Anna07@example.com")
    assert alone.text.startswith("Payments of anna07@example.com\n\n1.")


async def test_a_customer_is_found_by_id_and_by_name(shop: BotShop) -> None:
    await keep(shop.storage, made(1))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", "Anna", "Anna_S"), NOON)

    for typed in ("/find 42", "/find @anna_s", "/find https://t.me/ANNA_S", "/payment @anna_s"):
        assert (await one_answer(shop, typed)).text.startswith("Payments of Anna @Anna_S · 42\n\n1. ⏳ Unpaid · €19.00")


@pytest.mark.parametrize(
    "typed", ["pay_000000000001", "/find PAY_00000\n0000001", f"/payment pi_0000 {1:020}.", " Pay_000000000001\n"]
)
async def test_an_id_is_found_as_it_is_copied_and_without_a_command(shop: BotShop, typed: str) -> None:
    await keep(shop.storage, made(1))

    assert (await one_answer(shop, typed)).text.startswith("⏳ Not paid yet · €19.00")


@pytest.mark.parametrize("typed", ["anna@gmial.com", "Anna+shop@example.com"])
async def test_what_is_like_an_address_that_no_payment_has_is_shown(shop: BotShop, typed: str) -> None:
    await keep(shop.storage, made(1))

    answer = await one_answer(shop, f"/find {typed}")

    assert answer.text.startswith(
        f"No payment's address is {typed.lower()}. Alike:\n\nAddresses that begin with anna\n\n1."
    )


@pytest.mark.parametrize("typed", ["/find Ben@Почта.рф", "ben@xn--80a1acny.xn--p1ai", "/find <ben@почта.рф>,"])
async def test_an_address_of_other_letters_is_found_as_it_is_shown(shop: BotShop, typed: str) -> None:
    await keep(shop.storage, made(1, email="ben@xn--80a1acny.xn--p1ai"))

    found = (await one_answer(shop, typed)).text

    assert found.startswith("Payments of ben@почта.рф\n\n1.") and "\nben@почта.рф · " in found


async def test_several_with_one_name_are_offered_to_choose_from(shop: BotShop) -> None:
    await keep(shop.storage, made(1, title="Poster", telegram_user_id=43))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", "Anna", "anna_s"), NOON)
        await tx.customers.save(Customer(43, "en", HOSTILE, "Anna_S"), NOON)

    asked = await one_answer(shop, "/find @anna_s")
    (answer,) = await shop.press(MIRA, asked, "desk:as:id:43")

    assert "1. Anna @anna_s · 42" in asked.text
    assert asked.callbacks == ["desk:as:id:42", "desk:as:id:43"]
    assert "Poster" in answer.text


async def test_four_digits_are_a_card_and_may_be_taken_otherwise(shop: BotShop) -> None:
    await keep(
        shop.storage,
        paid(1),
        made(2, telegram_user_id=4242, title="By id"),
        made(3, email="4242@x.yz", title="By mail"),
    )

    card = await one_answer(shop, "/find 4242")

    assert card.text.startswith("Paid with a card ending in 4242\n\n1. ✅")
    assert card.callbacks[-2:] == ["desk:as:id:4242", "desk:as:mail:4242"]
    assert "By id" in (await shop.press(MIRA, card, "desk:as:id:4242"))[0].text
    assert "By mail" in (await shop.press(MIRA, card, "desk:as:mail:4242"))[0].text


@pytest.mark.parametrize("number", [4242, 77])
async def test_a_number_of_something_else_that_is_found_leads_to_its_receipt_too(shop: BotShop, number: int) -> None:
    """A shop of thousands of sales has a card for nearly every four digits."""
    await keep(shop.storage, *map(paid, range(11)), made(11, telegram_user_id=77), paid(number))

    found = await one_answer(shop, f"/find {number}")
    assert "No. 00" not in found.text
    (card,) = await shop.press(MIRA, found, f"desk:open:pay_{number:012}")
    assert f"Receipt No. {number:06}" in card.text


async def test_a_receipt_that_is_listed_has_no_second_button(shop: BotShop) -> None:
    await keep(shop.storage, paid(4242))
    found = await one_answer(shop, "/find 4242")
    assert found.callbacks.count("desk:open:pay_000000004242") == 1


async def test_four_digits_that_no_card_ends_in_may_be_a_telegram_id(shop: BotShop) -> None:
    await keep(shop.storage, made(1, telegram_user_id=4242), made(2, telegram_user_id=4343))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(4242, "en", "Anna", "Anna_S"), NOON)

    assert (await one_answer(shop, "/find 4242")).text.startswith("Payments of Anna @Anna_S · 4242\n\n1. ⏳")
    assert (await one_answer(shop, "/find 4343")).text.startswith("Payments of 4343\n\n1. ⏳")


@pytest.mark.parametrize("number", [7, 4343, 123456])
async def test_a_number_that_is_neither_card_nor_customer_is_a_receipts(shop: BotShop, number: int) -> None:
    await keep(shop.storage, paid(number))

    assert f"Receipt No. {number:06}" in (await one_answer(shop, f"/find {number}")).text
    for said_otherwise in (f"/find id {number}", f"/find {number + 1}"):
        assert (await one_answer(shop, said_otherwise)).text.startswith(("There is no payment", "No payment was made"))


@pytest.mark.parametrize(
    "typed",
    [
        *("/find 000007", "/find No. 000007", "/find № 000007", "/find №7", "/find #7"),
        *("/find 🧾 Receipt No. 000007", "/find Квитанция № 000007", "/payment Receipt No. 000007"),
        *(
            "№ 7",
            "Receipt No. 000007.",
            "/payment 7",
            "/payment 000007",
            "/payment No. 7.",
            "/payment №\xa07",
            "/find квитанция 7",
        ),
    ],
)
async def test_a_payment_is_found_by_the_number_of_its_receipt(shop: BotShop, typed: str) -> None:
    await keep(shop.storage, paid(7), paid(8), made(9, telegram_user_id=7))

    answer = await one_answer(shop, typed)

    assert "Receipt No. 000007" in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/refund 000007", "Refund €19.00?"),
        ("/refund No. 7 5.00", "Refund €5.00?"),
        ("/refund 🧾 Receipt No. 000007  5", "Refund €5.00?"),
        ("/resend №7", "on their way again"),
        ("/refund https://dashboard.stripe.com/test/payments/{pi} 5", "Refund €5.00?"),
        ("/refund https://dashboard.stripe.com/acct_1/payments/{pi}?x=1#y 5,00 €", "Refund €5.00?"),
        ("/refund «{pay}» €5", "Refund €5.00?"),
        ("/refund {pay}.", "Refund €19.00?"),
        ("/refund {pay},5", "There is no payment “{pay},5”"),
        ("/refund {pay}.5", "There is no payment “{pay}.5”"),
        ("/resend <{pi}>", "on their way again"),
        ("/payment {pay}.", "Receipt No. 000007"),
        ("/refund №9", "There is no payment “№9”"),
        ("/refund No.", "There is no payment “No.”"),
    ],
)
async def test_what_is_done_to_a_payment_takes_number_and_id_as_they_are_copied(
    shop: BotShop, typed: str, said: str
) -> None:
    await keep(shop.storage, paid(7), paid(8))
    ids = {"pay": paid(7).payment_id, "pi": paid(7).payment_intent_id}

    answer = await one_answer(shop, typed.format(**ids))

    assert said.format(**ids) in answer.text.replace("\xa0", " ")


@pytest.mark.parametrize("digits", [16, 53, 54, 254])
async def test_more_digits_than_an_id_has_are_the_beginning_of_an_address_alone(shop: BotShop, digits: int) -> None:
    answer = await one_answer(shop, f"/find {'7' * digits}")

    assert answer.text.startswith("There is no payment with an address that begins with “777")
    assert answer.callbacks == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("4242", "No payment was made with a card that ends in 4242, nor by a customer with this Telegram id."),
        ("99", "There is no payment of a customer with the Telegram id 99."),
        ("<i>zoe", "There is no payment with an address that begins with “i>zoe”."),
        ("@nobody", "Nobody who is called @nobody in Telegram"),
        ("Anna Sokolova", "There is no payment with an address that begins with “anna sokolova”."),
    ],
)
async def test_nothing_found_says_what_was_looked_for_and_how_else_to_look(
    shop: BotShop, typed: str, said: str
) -> None:
    answer = await one_answer(shop, f"/find {typed}")

    assert answer.text.startswith(said)
    assert "I find payments by e-mail address (or its beginning)" in answer.text


async def test_a_beginning_that_finds_nothing_may_be_a_name_in_telegram(shop: BotShop) -> None:
    await keep(shop.storage, made(1))
    async with shop.storage.begin() as tx:
        await tx.customers.save(Customer(42, "en", "Anna", "sokolova"), NOON)
    nothing = await one_answer(shop, "/find sokolova")

    (answer,) = await shop.press(MIRA, nothing, "desk:as:name:sokolova")

    assert answer.text.startswith("Payments of Anna @sokolova")
