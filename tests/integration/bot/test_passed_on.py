"""Words that are only passed on are no commands; another address is asked about; dismissed admins lose the menu."""

from collections.abc import Callable

import pytest

from bot.telegram.registration import account_of, take_menus_back
from checkout.errors import ServiceUnavailable, StaleWrite
from checkout.notifications.resend_receipt import ReceiptOrder, SentAgain
from sandbox.fake_telegram.chats import ANNA, MIRA, ChatMessage, Person
from tests.support.bot_shop import BotShop
from tests.support.payments import keep_paid

PAYMENT = "pay_1"
PassOn = Callable[[BotShop, Person, str], ChatMessage]


def forward(shop: BotShop, person: Person, text: str) -> ChatMessage:
    return shop.telegram.forward(person, text)


def forward_the_old_way(shop: BotShop, person: Person, text: str) -> ChatMessage:
    return shop.telegram.forward_the_old_way(person, text)


def say_via_bot(shop: BotShop, person: Person, text: str) -> ChatMessage:
    return shop.telegram.say_via_bot(person, text)


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id,)


@pytest.fixture
async def shop(shop: BotShop) -> BotShop:
    await keep_paid(shop.storage)
    return shop


async def said_by_bot(shop: BotShop, person: Person, pass_on: PassOn, text: str) -> list[str]:
    return [one.text for one in await shop.does(person, lambda: pass_on(shop, person, text))]


@pytest.mark.parametrize("pass_on", [forward, forward_the_old_way, say_via_bot])
@pytest.mark.parametrize(
    "text",
    [
        f"/resend {PAYMENT} mallory@example.com",
        f"/RESEND {PAYMENT}",
        "/invoice 5 EUR Tea",
        "/export",
        f"/refund {PAYMENT}",
        f"/payment {PAYMENT}",
        "/admin",
        "/forget",
        "/cancel",
        "/start guide",
    ],
)
async def test_a_command_that_is_passed_on_is_not_obeyed(shop: BotShop, pass_on: PassOn, text: str) -> None:
    said = await said_by_bot(shop, MIRA, pass_on, text)
    assert said == ["A forwarded command is not carried out. Type it yourself if you mean it."]
    async with shop.storage.read() as tx:
        assert await tx.audit.newest(None, 5) == []
        assert await tx.outbox.mails(PAYMENT, "payment_paid") == []


async def test_an_amount_that_is_passed_on_is_not_the_answer(shop: BotShop) -> None:
    (card,) = await shop.say(MIRA, f"/refund {PAYMENT} x")
    card.keyboard.append([{"text": "?", "callback_data": f"desk:refund_part:{PAYMENT}"}])
    await shop.press(MIRA, card, f"desk:refund_part:{PAYMENT}")
    said = await said_by_bot(shop, MIRA, forward, "5.00")
    assert "Refund" not in " ".join(said)


async def test_another_address_is_asked_about_first(shop: BotShop) -> None:
    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} Mallory@Example.com")
    assert "mallory@example.com" in asked.text
    async with shop.storage.read() as tx:
        assert await tx.outbox.mails(PAYMENT, "payment_paid") == []
    yes, no = asked.callbacks
    assert yes.startswith("yes:resend:")
    assert no.startswith("no:resend:")
    (left,) = await shop.press(MIRA, asked, no)
    assert "Nothing was sent" in left.text

    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} mallory@example.com")
    await shop.press(MIRA, asked, asked.callbacks[0])
    async with shop.storage.read() as tx:
        (mail,) = await tx.outbox.mails(PAYMENT, "payment_paid")
    assert mail.recipient == "mallory@example.com"


async def test_an_address_with_a_space_in_it_as_somebody_wrote_it_at_stripe_is_put_right(shop: BotShop) -> None:
    async with shop.storage.begin() as tx:
        await tx.payments.change_email(PAYMENT, "ben @example.com", shop.clock.now())
    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} ben@example.com")
    (answer,) = await shop.press(MIRA, asked, asked.callbacks[0])
    assert "on their way again, to ben@example.com" in answer.text


async def test_an_address_that_was_changed_since_it_was_asked_about_is_told(shop: BotShop) -> None:
    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} mallory@example.com")
    async with shop.storage.begin() as tx:
        await tx.payments.change_email(PAYMENT, "ben@example.com", shop.clock.now())
    (answer,) = await shop.press(MIRA, asked, asked.callbacks[0])
    assert "has changed since you were asked: ben@example.com now. Nothing was sent" in answer.text
    assert (PAYMENT in answer.text, answer.callbacks) == (True, [])


async def test_a_clash_in_the_database_is_not_taken_for_a_changed_address(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} mallory@example.com")
    order, clashes = shop.dependencies.resend_receipt.order, [StaleWrite("the database let another one go first")]

    async def clashing(wanted: ReceiptOrder) -> SentAgain:
        if clashes:
            raise clashes.pop()
        return await order(wanted)

    monkeypatch.setattr(shop.dependencies.resend_receipt, "order", clashing)
    with pytest.raises(ServiceUnavailable):
        await shop.press(MIRA, asked, asked.callbacks[0])
    await shop.intake.accept(shop.telegram.updates[-1], tries=2)  # as it comes again
    assert "on their way again, to mallory@example.com" in asked.text


async def test_one_that_another_admin_has_made_the_same_is_sent_to(shop: BotShop) -> None:
    (asked,) = await shop.say(MIRA, f"/resend {PAYMENT} mallory@example.com")
    async with shop.storage.begin() as tx:
        await tx.payments.change_email(PAYMENT, "mallory@example.com", shop.clock.now())
    await shop.press(MIRA, asked, asked.callbacks[0])
    async with shop.storage.read() as tx:
        (mail,) = await tx.outbox.mails(PAYMENT, "payment_paid")
    assert mail.recipient == "mallory@example.com"


async def test_who_is_no_admin_any_more_loses_the_menu(shop: BotShop) -> None:
    for person in (ANNA, MIRA):
        shop.telegram.meet(person)
    both, left = (ANNA.id, MIRA.id), (ANNA.id,)
    for admin_ids in (both, left, left):
        await take_menus_back(shop.bot, shop.storage, shop.clock, admin_ids)
        await account_of(shop.bot).set_commands(admin_ids)
    names = {
        person.id: [one["command"] for one in shop.telegram.profile.commands_for(person)] for person in (ANNA, MIRA)
    }
    assert "refund" in names[ANNA.id]
    assert "refund" not in names[MIRA.id]
    assert "start" in names[MIRA.id]
