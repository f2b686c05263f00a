"""The address of a receipt that did not arrive is corrected in the chat."""

from dataclasses import replace
from datetime import timedelta

import pytest

import bot.context
from bot.context import ANSWER_TRIES
from checkout.errors import ServiceUnavailable
from checkout.model.message_content import PaymentPaid
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, Mail, NewMessage
from checkout.model.payment import Status
from sandbox.base.fake_server import FaultMode
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.support.bot_shop import BotShop

WRONG, RIGHT = "ben@example.com", "ben.carter@example.com"


class Undelivered:
    """A paid payment of Ben's whose mail is parked, and the message that says so."""

    def __init__(self, payment_id: str, message: ChatMessage) -> None:
        self.payment_id, self.message, self.button = payment_id, message, f"email:correct:{payment_id}"


async def undelivered(shop: BotShop, status: Status = Status.PAID, email: str = WRONG) -> Undelivered:
    pay_message = await shop.verify(BEN, email)
    (payment,) = await shop.dependencies.look_up_payments.orders(BEN.id)
    paid = replace(payment, status=status, paid_at=shop.clock.now(), receipt_number=1)
    key = f"mail/payment_paid/{payment.payment_id}/"
    now = shop.clock.now()
    async with shop.storage.begin() as tx:
        await tx.payments.update(paid)
        await tx.outbox.add([NewMessage(key, Channel.MAIL, PaymentPaid(), email, payment.payment_id, now)])
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", now, 1)
        await tx.outbox.park(mail, "w", "refused")
    shop.clock.forward(minutes=2)
    # Telegram lets a customer press what a message shows: the pay message stands for the one about the mail.
    pay_message.keyboard.append([{"text": "Correct", "callback_data": f"email:correct:{payment.payment_id}"}])
    return Undelivered(payment.payment_id, pay_message)


async def receipts(shop: BotShop, payment_id: str) -> list[Mail]:
    async with shop.storage.read() as tx:
        return list(await tx.outbox.mails(payment_id, Kind.PAYMENT_PAID))


async def email_of(shop: BotShop, person: Person) -> tuple[str | None, str]:
    """The customer's confirmed address, and the payment's."""
    (payment,) = await shop.dependencies.look_up_payments.orders(person.id)
    async with shop.storage.read() as tx:
        customer = await tx.customers.get(person.id)
    assert customer is not None
    return customer.email, payment.email


async def test_the_right_address_is_proven_and_gets_the_receipt(shop: BotShop) -> None:
    lost = await undelivered(shop)
    (asked,) = await shop.press(BEN, lost.message, lost.button)
    assert "“City guide”: which e-mail address is right?" in asked.text
    assert "six-digit code" in asked.text
    assert [button["text"] for button in asked.buttons] == [f"Send it to {WRONG}"]
    (on_its_way,) = await shop.say(BEN, RIGHT)
    assert RIGHT in on_its_way.text
    *_, done = await shop.say(BEN, shop.mails.last_code(RIGHT))
    assert done.text == f"✅ The address {RIGHT} is confirmed.\n\n✉️ The receipt is on its way to {RIGHT}."
    assert await email_of(shop, BEN) == (RIGHT, RIGHT)
    assert [mail.recipient for mail in await receipts(shop, lost.payment_id)] == [WRONG, RIGHT]
    await shop.tell()
    assert lost.message.document and f"Copy by e-mail: {RIGHT}" in lost.message.text
    (answer,) = await shop.say(BEN, "hello")
    assert "I only sell and take payments" in answer.text


async def test_the_conversation_survives_a_restart_at_every_step(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    await shop.restart()
    await shop.say(BEN, RIGHT)
    await shop.restart()
    await shop.say(BEN, shop.mails.last_code(RIGHT))
    assert [mail.recipient for mail in await receipts(shop, lost.payment_id)] == [WRONG, RIGHT]


async def test_a_wrong_code_a_typo_and_changing_ones_mind_leave_the_receipt_waiting(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    (invalid,) = await shop.say(BEN, "nobody at all")
    assert "This is no e-mail address" in invalid.text
    (sent,) = await shop.say(BEN, "typo@example.com")
    wrong = "000000" if shop.mails.last_code("typo@example.com") != "000000" else "111111"
    await shop.say(BEN, wrong)
    (asked,) = await shop.press(BEN, sent, "email:change")
    assert "which e-mail address is right?" in asked.text
    shop.clock.forward(seconds=61)
    await shop.say(BEN, RIGHT)
    await shop.say(BEN, shop.mails.last_code(RIGHT))
    assert [mail.recipient for mail in await receipts(shop, lost.payment_id)] == [WRONG, RIGHT]


async def test_the_limits_of_codes_hold_here_too(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    await shop.say(BEN, RIGHT)
    (refused,) = await shop.say(BEN, "other@example.com")
    assert "A code was sent a moment ago" in refused.text


async def test_an_address_confirmed_since_is_offered_and_needs_no_code(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.say(BEN, RIGHT)
    await shop.say(BEN, shop.mails.last_code(RIGHT))
    codes = len(shop.mails.sent)
    (asked,) = await shop.press(BEN, lost.message, lost.button)
    assert asked.buttons[0]["text"] == f"Send it to {RIGHT}"
    (done,) = await shop.press(BEN, asked, f"email:send:{lost.payment_id}")
    assert done.text == f"✉️ The receipt is on its way to {RIGHT}."
    assert len(shop.mails.sent) == codes
    assert await email_of(shop, BEN) == (RIGHT, RIGHT)
    assert [mail.recipient for mail in await receipts(shop, lost.payment_id)] == [WRONG, RIGHT]
    assert "mailed once more" in await shop.hint(BEN, asked, f"email:send:{lost.payment_id}")
    assert len(await receipts(shop, lost.payment_id)) == 2


async def test_the_same_confirmed_address_typed_again_gets_the_receipt_at_once(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    (done,) = await shop.say(BEN, WRONG.upper())
    assert "on its way" in done.text
    assert [mail.recipient for mail in await receipts(shop, lost.payment_id)] == [WRONG, WRONG]


async def test_an_address_forgotten_since_is_asked_for(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.say(BEN, RIGHT)
    await shop.say(BEN, shop.mails.last_code(RIGHT))
    (asked,) = await shop.press(BEN, lost.message, lost.button)
    await shop.dependencies.customers.forget(BEN.id)
    (again,) = await shop.press(BEN, asked, f"email:send:{lost.payment_id}")
    assert "which e-mail address is right?" in again.text
    assert len(await receipts(shop, lost.payment_id)) == 1


async def test_an_update_that_comes_again_sends_no_second_receipt(
    shop: BotShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.context, "backoff", lambda attempts, retry_after=None: timedelta(milliseconds=10))
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    await shop.say(BEN, RIGHT)
    shop.telegram.faults.set(FaultMode.SERVER_ERROR, remaining=ANSWER_TRIES, path_contains="editMessageText")
    with pytest.raises(ServiceUnavailable):
        await shop.say(BEN, shop.mails.last_code(RIGHT))
    shop.clock.forward(minutes=5)
    await shop.intake.accept(shop.telegram.updates[-1])
    assert any("The receipt is on its way" in one.text for one in shop.telegram.chat(BEN))
    assert len(await receipts(shop, lost.payment_id)) == 2


async def test_a_strangers_button_is_refused(shop: BotShop) -> None:
    lost = await undelivered(shop)
    (shown,) = await shop.say(ANNA, "/start guide")
    shown.keyboard.append([{"text": "Исправить", "callback_data": lost.button}])
    assert "не от вашего платежа" in await shop.hint(ANNA, shown, lost.button)
    assert len(await receipts(shop, lost.payment_id)) == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.REVIEW])
async def test_a_payment_that_is_not_paid_has_no_receipt(shop: BotShop, status: Status) -> None:
    lost = await undelivered(shop, status)
    assert "is not paid" in await shop.hint(BEN, lost.message, lost.button)


async def test_leaving_forgets_the_correction(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.press(BEN, lost.message, lost.button)
    await shop.say(BEN, "/cancel")
    await shop.say(BEN, RIGHT)
    await shop.say(BEN, shop.mails.last_code(RIGHT))
    assert len(await receipts(shop, lost.payment_id)) == 1


async def test_a_purchase_begun_meanwhile_gets_its_link_with_the_receipt_on_its_way(shop: BotShop) -> None:
    lost = await undelivered(shop)
    await shop.dependencies.customers.forget(BEN.id)
    await shop.press(BEN, lost.message, lost.button)
    await shop.say(BEN, RIGHT)
    (offer,) = await shop.say(BEN, "/start course")
    await shop.press(BEN, offer, "buy:course")
    *_, pay = await shop.say(BEN, shop.mails.last_code(RIGHT))
    assert "The receipt is on its way" in pay.text
    assert pay.urls
    assert len(await receipts(shop, lost.payment_id)) == 2
