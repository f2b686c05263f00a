"""A whole purchase through the real SDKs over real HTTP, as the customer lives it."""

from io import BytesIO

from pypdf import PdfReader

from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage
from tests.support.shop import Shop, code_in, running_shop, token_in


def documents(messages: list[ChatMessage]) -> list[str]:
    return [one.document.filename for one in messages if one.document]


async def test_a_purchase_in_russian_ends_with_the_receipt_in_chat_and_mail(shop: Shop) -> None:
    token = await shop.verified(ANNA, "Anna.Sokolova@Example.org")
    intent_id = await shop.intent(token)
    assert await shop.intent(token) == intent_id
    created = shop.stripe.payment_intents[intent_id]
    assert (created["amount"], created["currency"], created["customer"]) == (1900, "eur", None)
    assert created["metadata"]["email"] == "anna.sokolova@example.org"
    assert created["metadata"]["shop"] == "night-market"
    assert created["receipt_email"] is None
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    mail = await shop.resend.wait_for_mail("anna.sokolova@example.org", "payment_paid")
    names = [one.filename for one in mail.attachments]
    assert names == ["kvitantsiya-000001.pdf", "guide.pdf"]
    text = PdfReader(BytesIO(mail.attachments[0].content)).pages[0].extract_text().replace("\xa0", " ")
    for part in ("Квитанция № 000001", "19,00 €", "Visa •••• 4242", created["metadata"]["payment_id"]):
        assert part in text
    await shop.telegram.wait_for(ANNA, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    chat = shop.telegram.chat(ANNA)
    assert documents(chat) == ["kvitantsiya-000001.pdf", "guide.pdf"]
    assert not any("/pay/" in url for one in chat for url in one.urls), "the pay button is gone"
    orders = await shop.ask(ANNA, "/orders")
    assert "19,00" in orders.text


async def test_a_decline_is_explained_and_another_card_pays(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, "4000000000009995")
    await shop.until_status(token, "failed")
    edited = await shop.telegram.wait_for(BEN, lambda one: bool(one.edited_at) and "/pay/" in "".join(one.urls))
    assert "funds" in edited.text.lower() or "money" in edited.text.lower()
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    shop.clock.forward(minutes=11)
    shop.outbox.wake()
    assert shop.resend.mails_to("ben@example.org", "payment_failed") == [], "it has been paid since"


async def test_a_decline_is_mailed_after_ten_minutes_without_a_payment(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    shop.stripe.pay(await shop.intent(token), "4000000000009995")
    await shop.until_status(token, "failed")
    assert shop.resend.mails_to("ben@example.org", "payment_failed") == []
    shop.clock.forward(minutes=10)
    shop.outbox.wake()
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_failed")
    assert f"/pay/{token}" in mail.text


async def test_no_decline_is_mailed_of_what_stripe_has_the_money_for_by_now(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, "4000000000009995")
    await shop.until_status(token, "failed")
    shop.stripe.switches.delivery = Delivery.NONE
    shop.stripe.pay(intent_id)
    shop.clock.forward(minutes=10)
    shop.outbox.wake()
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    assert shop.resend.mails_to("ben@example.org", "payment_failed") == []


async def test_webhooks_twice_and_out_of_order_tell_once(shop: Shop) -> None:
    shop.stripe.switches.delivery = Delivery.TWICE
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    for event in list(shop.stripe.events):
        await shop.stripe.deliver(event["id"])
    await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
    assert documents(shop.telegram.chat(BEN)) == ["receipt-000001.pdf", "guide.pdf"]


async def test_a_refund_is_told_with_its_amount(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    shop.stripe.refund(intent_id, 500)
    await shop.until_status(token, "partially_refunded")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
    assert "€5.00" in mail.text
    shop.stripe.refund(intent_id)
    await shop.until_status(token, "refunded")
    await shop.resend.wait_for_mail("ben@example.org", "payment_refunded", after=1)


async def test_a_dispute_is_told_to_the_admin_and_not_to_the_customer(shop: Shop) -> None:
    shop.telegram.press_start(MIRA)
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    shop.stripe.dispute(intent_id)
    await shop.until_status(token, "disputed")
    await shop.telegram.wait_for(MIRA, lambda one: "dispute" in one.text.lower())
    assert not any("dispute" in one.text.lower() for one in shop.telegram.chat(BEN))


async def test_a_customer_with_a_verified_address_gets_the_link_at_once(shop: Shop) -> None:
    first = await shop.verified(BEN, "ben@example.org", "guide")
    message = await shop.ask(BEN, "/start poster")
    assert "email:change" in message.callbacks
    assert token_in(message) != first
    assert len(shop.resend.mails_to("ben@example.org", "verification_code")) == 1


async def test_a_changed_address_closes_the_old_link_and_opens_a_new_one(shop: Shop) -> None:
    first = await shop.verified(BEN, "ben@example.org")
    message = await shop.telegram.wait_for(BEN, lambda one: "email:change" in one.callbacks and bool(one.urls))
    await shop.press(BEN, message, "email:change")
    shop.clock.forward(seconds=61)
    shop.telegram.say(BEN, "benjamin@example.org")
    mail = await shop.resend.wait_for_mail("benjamin@example.org", "verification_code")
    answer = await shop.ask(BEN, code_in(mail))
    fresh = await shop.telegram.wait_for(
        BEN, lambda one: one.message_id >= answer.message_id and any("/pay/" in url for url in one.urls)
    )
    assert token_in(fresh) != first
    assert (await shop.status(first))["status"] == "expired"
    async with shop.http.post(f"{shop.url}/pay/{first}/intent") as response:
        assert response.status == 410


async def test_a_canceled_intent_is_replaced_by_a_fresh_one(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    first = await shop.intent(token)
    shop.stripe.cancel(first)
    second = await shop.intent(token)
    assert second != first
    await shop.stripe.wait_delivered()
    assert (await shop.status(token))["status"] == "pending"
    shop.stripe.pay(second)
    await shop.until_status(token, "paid")


async def buy_one(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, "4000000000000002")
    await shop.until_status(token, "failed")
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    mail = await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
    assert [one.filename for one in mail.attachments] == ["receipt-000001.pdf", "guide.pdf"]
    await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"))


async def test_a_purchase_with_updates_by_webhook(database_setting: dict[str, str]) -> None:
    settings = {**database_setting, "TELEGRAM_UPDATES": "webhook", "TELEGRAM_WEBHOOK_SECRET": "telegram-secret"}
    async with running_shop(settings) as shop:
        await buy_one(shop)
        async with shop.http.post(f"{shop.url}/webhooks/telegram", json={"update_id": 1}) as response:
            assert response.status == 401
        repeated = shop.telegram.updates[0]["update_id"]
        messages = len(shop.telegram.chat(BEN))
        shop.telegram.repeat_update(repeated)
        await shop.ask(BEN, "/help")
        assert len(shop.telegram.chat(BEN)) == messages + 2


async def test_a_changed_amount_is_kept_for_review_and_nothing_is_delivered(shop: Shop) -> None:
    shop.telegram.press_start(MIRA)
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.payment_intents[intent_id]["amount"] = 100
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "review")
    await shop.telegram.wait_for(MIRA, lambda one: "pay_" in one.text)
    assert shop.resend.mails_to("ben@example.org", "payment_paid") == []
    assert documents(shop.telegram.chat(BEN)) == []
    async with shop.http.get(f"{shop.url}/pay/{token}") as response:
        page = await response.text()
    assert 'data-status="review"' in page
    assert "@nightmarket_help" in page
