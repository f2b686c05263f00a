"""Admins send receipts again, look after the outbox, and see what was done."""

import pytest

from bot.telegram.errors import UNKNOWN_TOKEN
from checkout.model.audit import Action
from checkout.model.facts import RefundFact
from checkout.model.message_content import PaymentPaid, PayMessage
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, OutboxMessage
from checkout.notifications.compose import Composer
from checkout.notifications.resend_receipt import ReceiptOrder
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage
from tests.support.bot_shop import BotShop
from tests.support.clock import NOON
from tests.support.payments import a_payment, keep_paid, park_receipt, report_refund

PAYMENT, ADDRESS = "pay_1", "anna@example.com"


@pytest.fixture
def admin_ids() -> tuple[int, ...]:
    return (MIRA.id, BEN.id)


async def waiting(shop: BotShop, channel: Channel) -> list[OutboxMessage]:
    """What a worker would take now."""
    shop.clock.forward(minutes=2)
    async with shop.storage.begin() as tx:
        return list(await tx.outbox.claim(channel, "w", shop.clock.now(), 50))


async def sent_again(shop: BotShop) -> list[str]:
    async with shop.storage.read() as tx:
        return [mail.recipient for mail in await tx.outbox.mails(PAYMENT, Kind.PAYMENT_PAID)]


async def actions(shop: BotShop) -> list[str]:
    async with shop.storage.read() as tx:
        return [entry.action for entry in await tx.audit.newest(None, 100)]


async def shown_button(shop: BotShop, data: str) -> ChatMessage:
    (message, *_) = await shop.say(MIRA, "/help")
    message.keyboard.append([{"text": "?", "callback_data": data}])
    return message


async def test_a_receipt_goes_again_by_mail_and_chat(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    (said,) = await shop.say(MIRA, f"/resend {PAYMENT}")
    assert ADDRESS in said.text
    assert "customer's chat" in said.text
    assert await sent_again(shop) == [ADDRESS]
    (chat,) = await waiting(shop, Channel.CHAT)
    assert isinstance(chat.content, PaymentPaid)
    assert (chat.recipient, chat.content.again, chat.content.request[:1]) == (str(ANNA.id), 0, "u")
    assert await actions(shop) == [Action.RECEIPT_RESENT]


async def test_its_own_address_in_other_case_is_no_other_one(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    (said,) = await shop.say(MIRA, f"/resend {PAYMENT} Anna@Example.COM")
    assert "customer's chat" in said.text
    assert await sent_again(shop) == [ADDRESS]
    assert len(await waiting(shop, Channel.CHAT)) == 1


async def test_ordered_twice_two_mails_go(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    await shop.say(MIRA, f"/resend {PAYMENT}")
    await shop.say(MIRA, f"/resend {PAYMENT}")
    assert len(await sent_again(shop)) == 2


async def test_an_order_that_is_handled_twice_after_a_crash_is_one_mail(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    order = ReceiptOrder(PAYMENT, None, MIRA.id, "u1")
    assert await shop.dependencies.resend_receipt.order(order) == await shop.dependencies.resend_receipt.order(order)
    assert len(await sent_again(shop)) == 1
    assert await actions(shop) == [Action.RECEIPT_RESENT]


async def test_the_button_pressed_twice_within_a_minute_is_one_mail(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    message = await shown_button(shop, f"desk:resend:{PAYMENT}")
    await shop.press(MIRA, message, f"desk:resend:{PAYMENT}")
    (said,) = await shop.press(MIRA, message, f"desk:resend:{PAYMENT}")
    assert "less than a minute ago" in said.text
    assert len(await sent_again(shop)) == 1
    shop.clock.forward(minutes=2)
    await shop.press(MIRA, message, f"desk:resend:{PAYMENT}")
    assert len(await sent_again(shop)) == 2


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/resend", "/resend 42 anna@example.com"),
        ("/resend pay_nobody", "There is no payment “pay_nobody”"),
        (f"/resend {PAYMENT} not-an-address", "Mail cannot be sent to “not-an-address”"),
        (f"/resend {PAYMENT} <b>a@b</b>", "Mail cannot be sent to “<b>a@b</b>”"),
        ("/resend pay_unpaid", "not paid"),
    ],
)
async def test_what_cannot_be_sent_again_is_explained(shop: BotShop, command: str, words: str) -> None:
    await keep_paid(shop.storage)
    async with shop.storage.begin() as tx:
        await tx.payments.add(a_payment(2, payment_id="pay_unpaid"))
    (said,) = await shop.say(MIRA, command)
    assert words in said.text
    assert (await sent_again(shop), await actions(shop)) == ([], [])


async def test_an_empty_outbox_says_so(shop: BotShop) -> None:
    (said,) = await shop.say(MIRA, "/outbox")
    assert said.text == "Nothing is waiting."


async def test_the_outbox_tells_what_is_parked_and_why_without_the_address(shop: BotShop) -> None:
    payment = await keep_paid(shop.storage)
    message_id = await park_receipt(shop.storage, payment, f"Resend: {ADDRESS} is <odd>")
    (said,) = await shop.say(MIRA, "/outbox")
    for part in ("Receipt → a…a@example.com", PAYMENT, "Parked", "Why: Resend: a…a@example.com is <odd>"):
        assert part in said.text
    assert ADDRESS not in said.text
    assert said.callbacks == [f"outbox:try:{message_id}", f"outbox:drop:{message_id}"]


@pytest.mark.parametrize(
    ("noted", "told"),
    [
        ("Telegram cannot be reached (TelegramNetworkError)", "Telegram недоступен"),
        (f"{UNKNOWN_TOKEN} (TelegramUnauthorizedError)", "Telegram не узнал токен бота"),
        ("Resend cannot be reached (ClientConnectorError)", "Resend недоступен"),
        ("Stripe is still down (down)", "Stripe недоступен"),
        ("Stripe has not answered in time (TimeoutError)", "сервис слишком долго не отвечал"),
    ],
)
async def test_why_a_service_did_not_take_it_is_told_in_the_admins_language(
    shop: BotShop, noted: str, told: str
) -> None:
    await park_receipt(shop.storage, await keep_paid(shop.storage), noted)
    await shop.say(MIRA, "/start")
    await shop.dependencies.customers.choose_language(MIRA.id, "ru")
    (said,) = await shop.say(MIRA, "/outbox")
    assert f"Почему: {told}" in said.text


async def test_a_parked_message_is_tried_now(shop: BotShop) -> None:
    message_id = await park_receipt(shop.storage, await keep_paid(shop.storage), "refused")
    (shown,) = await shop.say(MIRA, "/outbox")
    assert await shop.hint(MIRA, shown, f"outbox:try:{message_id}") == "It is being tried now."
    assert await actions(shop) == [Action.OUTBOX_TRIED]
    (mail,) = await waiting(shop, Channel.MAIL)
    assert mail.message_id == message_id
    assert "just leaving" in await shop.hint(MIRA, shown, f"outbox:try:{message_id}")


async def test_a_message_is_dropped_once_and_only_after_a_yes(shop: BotShop) -> None:
    message_id = await park_receipt(shop.storage, await keep_paid(shop.storage), "refused")
    (shown,) = await shop.say(MIRA, "/outbox")
    (question,) = await shop.press(MIRA, shown, f"outbox:drop:{message_id}")
    assert "Drop this message?" in question.text
    no = next(data for data in question.callbacks if data.startswith("no:drop:"))
    (left,) = await shop.press(MIRA, question, no)
    assert "Not dropped" in left.text
    (question,) = await shop.press(MIRA, shown, f"outbox:drop:{message_id}")
    yes = next(data for data in question.callbacks if data.startswith("yes:drop:"))
    (done,) = await shop.press(MIRA, question, yes)
    assert "Dropped" in done.text
    assert await waiting(shop, Channel.MAIL) == []
    assert (await shop.say(MIRA, "/outbox"))[-1].text == "Nothing is waiting."
    assert "dropped" in await shop.hint(MIRA, shown, f"outbox:drop:{message_id}")
    assert await actions(shop) == [Action.OUTBOX_DROPPED]


async def test_who_drops_a_refund_is_told_where_the_money_stays(shop: BotShop) -> None:
    async with shop.storage.begin() as tx:
        await tx.outbox.add([Composer((), NOON).review_refund("pay_1", "pi_1")])
    shop.clock.forward(minutes=2)
    (shown,) = await shop.say(MIRA, "/outbox")
    (question,) = await shop.press(MIRA, shown, next(one for one in shown.callbacks if "drop" in one))
    assert question.text.startswith("Drop this refund? The money stays with you")


async def test_a_long_outbox_has_pages_of_ten(shop: BotShop) -> None:
    key = "chat/pay_message/{}"
    async with shop.storage.begin() as tx:
        await tx.outbox.add(
            [NewMessage(key.format(n), Channel.CHAT, PayMessage(), str(n), f"pay_{n}", NOON) for n in range(1, 26)]
        )
    assert (await shop.say(MIRA, "/outbox"))[-1].text == "Nothing is waiting.", "less than a minute is no trouble"
    shop.clock.forward(minutes=2)
    (shown,) = await shop.say(MIRA, "/outbox")
    pages = []
    while onward := [data for data in shown.callbacks if data.startswith("outbox:page:") and data != "outbox:page:0"]:
        pages.append(shown.text.count("pay_"))
        (shown,) = await shop.press(MIRA, shown, onward[-1])
    assert [*pages, shown.text.count("pay_")] == [10, 10, 5]
    assert "tried 0 times" in shown.text
    (first,) = await shop.press(MIRA, shown, "outbox:page:0")
    assert "→ 1 ·" in first.text


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_page_of_the_longest_messages_fits_into_one_of_telegrams(shop: BotShop, language: str) -> None:
    domain = ".".join(["domain" * 9] * 4) + ".example"
    for number in range(10):
        odd = {"payment_id": f"pi_3{number}{'X' * 23}", "email": f"{'a' * 60}{number}@{domain}"}
        payment = await keep_paid(shop.storage, number, **odd)
        await park_receipt(shop.storage, payment, "Resend: " + "<&>" * 200)
    await shop.say(MIRA, "/start")
    await shop.dependencies.customers.choose_language(MIRA.id, language)
    (shown,) = await shop.say(MIRA, "/outbox")
    assert len(shown.text) < 4096
    assert len(shown.callbacks) == 20


@pytest.mark.parametrize(
    "data", ["outbox:try:", "outbox:try:x", "outbox:drop:99", f"outbox:try:{'9' * 40}", "outbox:try:²"]
)
async def test_a_button_of_no_message_says_so(shop: BotShop, data: str) -> None:
    message = await shown_button(shop, data)
    assert "/outbox shows" in await shop.hint(MIRA, message, data)
    assert await actions(shop) == []


async def test_the_audit_shows_who_did_what_and_when_in_the_shops_time(shop: BotShop) -> None:
    assert "No admin" in (await shop.say(MIRA, "/audit"))[-1].text
    await shop.say(BEN, "/start")
    for number in range(23):
        await shop.dependencies.audit_trail.note(BEN.id, Action.EXPORTED, "", {"rows": str(number)})
    await shop.dependencies.audit_trail.note(
        4711, Action.REFUND_REFUSED, "pay_x", {"amount": "1050", "currency": "eur", "reason": "<i>_*"}
    )
    (shown,) = await shop.say(MIRA, "/audit")
    newest = shown.text.replace("\xa0", " ").split("\n\n")[1]
    assert newest == "22 November 2026, 14:00 · 4711\nStripe refused the refund of €10.50: <i>_* · pay_x"
    assert "Ben Carter" in shown.text
    assert shown.text.count("exported payments") == 9
    older = next(data for data in shown.callbacks if data != "audit:page:0")
    (shown,) = await shop.press(MIRA, shown, older)
    assert shown.text.count("exported payments") == 10
    older = next(data for data in shown.callbacks if data != "audit:page:0")
    (shown,) = await shop.press(MIRA, shown, older)
    assert shown.text.count("exported payments") == 4
    assert shown.callbacks == ["audit:page:0"]


async def test_every_action_has_words_in_both_languages(shop: BotShop) -> None:
    for action in Action:
        await shop.dependencies.audit_trail.note(MIRA.id, action, PAYMENT, {"amount": "5", "currency": "eur"})
    for language in ("en", "ru"):
        await shop.dependencies.customers.choose_language(MIRA.id, language)
        (shown,) = await shop.say(MIRA, "/audit")
        older = next(data for data in shown.callbacks if data != "audit:page:0")
        text = shown.text
        (shown,) = await shop.press(MIRA, shown, older)
        text += shown.text
        assert not any(f"\n{action.value} ·" in text for action in Action)
    assert "запрошен" in text


async def test_a_warning_is_kept_the_buttons_go_and_the_link_stays(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    message = await shown_button(shop, f"desk:keep:{PAYMENT}")
    message.keyboard.append([{"text": "Open in Stripe", "url": "https://dashboard.stripe.com/test/payments/pi_1"}])
    before = message.text
    await shop.press(MIRA, message, f"desk:keep:{PAYMENT}")
    assert message.text.startswith(before)
    assert "Kept: nothing more is refunded" in message.text
    assert (message.callbacks, len(message.urls)) == ([], 1)
    assert await actions(shop) == [Action.WARNING_KEPT]


async def test_a_warning_about_what_was_given_back_meanwhile_keeps_nothing(shop: BotShop) -> None:
    await keep_paid(shop.storage)
    await report_refund(shop.storage, PAYMENT, "re_1", RefundFact(1900, "succeeded"))
    message = await shown_button(shop, f"desk:keep:{PAYMENT}")
    await shop.press(MIRA, message, f"desk:keep:{PAYMENT}")
    assert message.text.endswith("All of this payment was given back already.")
    assert (message.callbacks, await actions(shop)) == ([], [])


async def test_a_warning_about_no_payment_is_not_kept(shop: BotShop) -> None:
    message = await shown_button(shop, "desk:keep:pay_nobody")
    (said,) = await shop.press(MIRA, message, "desk:keep:pay_nobody")
    assert "There is no payment" in said.text
    assert await actions(shop) == []
