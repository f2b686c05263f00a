"""The channels make up for each other, as the customer and the shop's admin live it."""

import sqlite3
from contextlib import closing

import pytest

from sandbox.environment import Sandbox
from sandbox.fake_resend.mails import Mail
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage, Person
from tests.support.shop import Shop, code_in, opened_shop, until

WRONG, RIGHT = "anna@example.org", "anna.s@example.org"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.telegram.press_start(MIRA)
    return shop


async def pays(shop: Shop, person: Person, email: str) -> str:
    """A purchase up to the payment; returns the payment's id."""
    token = await shop.verified(person, email)
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    return str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])


async def undelivered(shop: Shop, person: Person) -> ChatMessage:
    return await shop.telegram.wait_for(person, lambda one: any("email:correct:" in data for data in one.callbacks))


def rows(shop: Shop, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(shop.sandbox.folder / "checkout.db")) as database:
        return database.execute(query, values).fetchall()


async def until_parked(shop: Shop, payment_id: str) -> None:
    query = "SELECT kind FROM outbox WHERE payment_id = ? AND kind = 'payment_paid' AND state = 'parked'"

    async def is_parked() -> bool:
        return bool(rows(shop, query, payment_id))

    await until(is_parked, "the chat message to be parked")


async def until_nothing_waits(shop: Shop) -> None:
    async def is_quiet() -> bool:
        return not rows(shop, "SELECT 1 FROM outbox WHERE state = 'waiting'")

    await until(is_quiet, "the outbox to be empty")


def alerts(shop: Shop, payment_id: str) -> list[ChatMessage]:
    """About this payment, but that it is the shop's first."""
    about = [one for one in shop.telegram.chat(MIRA) if one.by_bot and payment_id in one.text]
    return [one for one in about if "first payment" not in one.text]


async def until_taken(shop: Shop, mail: Mail, mail_status: str) -> None:
    async def is_taken() -> bool:
        return (f"email.{mail_status}", mail.id) in shop.resend.webhooks.delivered

    await until(is_taken, f"the webhook {mail_status}")


async def test_a_receipt_that_bounced_comes_in_the_chat_and_goes_to_the_right_address(shop: Shop) -> None:
    shop.resend.statuses[WRONG] = "delivery_delayed"
    payment_id = await pays(shop, ANNA, WRONG)
    bounced = await shop.resend.wait_for_mail(WRONG, "payment_paid")
    await shop.telegram.wait_for(ANNA, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    shop.resend.report(bounced, "bounced")
    shop.resend.report(bounced, "bounced")
    message = await undelivered(shop, ANNA)
    assert message.callbacks == [f"email:correct:{payment_id}"]
    for part in ("не дошло до a…a@example.org", "Такого ящика нет", "квитанция и покупка — в этом чате и в /orders"):
        assert part in message.text
    assert "mailbox does not exist" not in message.text, "Resend's own words"

    shop.clock.forward(seconds=61)
    asked = await shop.press(ANNA, message, message.callbacks[0])
    assert "какой адрес почты верный" in asked.text
    shop.telegram.say(ANNA, RIGHT)
    code = await shop.resend.wait_for_mail(RIGHT, "verification_code")
    shop.telegram.say(ANNA, code_in(code))
    answer = await shop.telegram.wait_for(ANNA, lambda one: "Квитанция отправлена" in one.text)
    assert RIGHT in answer.text
    receipt = await shop.resend.wait_for_mail(RIGHT, "payment_paid")
    assert [one.filename for one in receipt.attachments] == ["kvitantsiya-000001.pdf", "guide.pdf"]
    assert receipt.idempotency_key != bounced.idempotency_key
    assert receipt.tags == {"kind": "payment_paid", "payment_id": payment_id}

    assert len([one for one in shop.telegram.chat(ANNA) if one.callbacks == message.callbacks]) == 1
    assert alerts(shop, payment_id) == []
    await until_taken(shop, receipt, "delivered")
    shop.telegram.press(ANNA, message.message_id, message.callbacks[0])

    async def told_that_it_was_sent() -> bool:
        said = list(shop.telegram.callback_answers.values())[-1]
        return said is not None and "отправлена ещё раз" in str(said["text"])

    await until(told_that_it_was_sent, "the answer to the old button")


async def test_a_receipt_that_resend_refuses_for_good_comes_in_the_chat_too(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.com")
    intent_id = await shop.intent(token)
    shop.resend.refuses_example_domains = True
    shop.stripe.pay(intent_id)
    message = await undelivered(shop, BEN)
    assert "The mail could not be sent." in message.text
    assert "ben@example.com" not in message.text


async def test_a_correction_under_way_survives_a_restart() -> None:
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox) as shop:
            port = int(shop.url.rpartition(":")[2])
            await pays(shop, BEN, "ben@example.org")
            shop.resend.report(await shop.resend.wait_for_mail("ben@example.org", "payment_paid"), "suppressed")
            message = await undelivered(shop, BEN)
            assert "nothing is sent there any more" in message.text
            await shop.press(BEN, message, message.callbacks[0])
        async with opened_shop(sandbox, port=port) as shop:
            shop.clock.forward(seconds=61)
            shop.telegram.say(BEN, "benjamin@example.org")
            code = await shop.resend.wait_for_mail("benjamin@example.org", "verification_code")
            shop.telegram.say(BEN, code_in(code))
            await shop.resend.wait_for_mail("benjamin@example.org", "payment_paid")


async def test_a_blocked_bot_means_mail_only_and_no_alert(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.telegram.block(BEN)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    await until_taken(shop, mail, "delivered")
    payment_id = shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"]
    await until_parked(shop, payment_id)
    assert alerts(shop, payment_id) == []


@pytest.mark.parametrize("is_blocked_first", [True, False])
async def test_when_both_are_dead_an_admin_hears_once_with_the_payment(shop: Shop, is_blocked_first: bool) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    payment_id = shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"]
    if is_blocked_first:
        shop.telegram.block(BEN)
    else:
        await shop.telegram.take_down()
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    if is_blocked_first:
        await until_parked(shop, payment_id)
    for mail_status in ("bounced", "bounced"):
        shop.resend.report(mail, mail_status)
    await until_taken(shop, mail, "bounced")
    if not is_blocked_first:
        shop.telegram.block(BEN)
        await shop.telegram.bring_back()

    async def alert() -> list[ChatMessage]:
        return alerts(shop, payment_id)

    await until(alert, "the alert")
    await until_nothing_waits(shop)
    (told,) = alerts(shop, payment_id)
    assert "could not be reached" in told.text
