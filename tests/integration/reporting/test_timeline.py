"""A whole purchase, asked about by an admin: decline, 3D Secure, refund, a mail that came back."""

import pytest

from sandbox.fake_telegram.chats import ANNA, MIRA, ChatMessage
from tests.support.shop import Shop, until

EMAIL = "anna@example.org"
DECLINING, ASKING = "4000000000009995", "4000002500003155"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.telegram.press_start(MIRA)
    return shop


async def bought(shop: Shop) -> tuple[str, str]:
    """Declined once, then paid with a card whose bank asks, then refunded in part; the token and the PaymentIntent."""
    token = await shop.verified(ANNA, EMAIL)
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, DECLINING)
    await shop.until_status(token, "failed")
    shop.stripe.pay(intent_id, ASKING)
    assert shop.stripe.authenticate(intent_id)
    await shop.until_status(token, "paid")
    receipt = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    await shop.telegram.wait_for(ANNA, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    shop.resend.report(receipt, "bounced")
    shop.stripe.refund(intent_id, 500)
    await shop.until_status(token, "partially_refunded")
    await shop.resend.wait_for_mail(EMAIL, "payment_refunded")
    return token, intent_id


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    assert -1 not in places, f"{parts[places.index(-1)]!r} is missing in:\n{text}"
    return places == sorted(places)


async def card_with(shop: Shop, intent_id: str, part: str) -> ChatMessage:
    """The payment's card once it says so: what is told of mails comes a little later than they do."""

    async def asked() -> ChatMessage | None:
        answer = await shop.ask(MIRA, f"/payment {intent_id}")
        return answer if part in answer.text else None

    found = await until(asked, part, pause=0.3)
    assert found is not None
    return found


async def test_the_card_tells_a_whole_purchase_from_the_code_to_the_refund(shop: Shop) -> None:
    _, intent_id = await bought(shop)

    card = await card_with(shop, intent_id, "Mail: receipt — ⚠️ came back")
    text = (await card_with(shop, intent_id, "notice of the refund, €5.00")).text

    assert card.text.startswith("↩️ Partly refunded · €19.00")
    assert in_order(
        text,
        f"✉️ {EMAIL}",
        "💳 Visa •••• 3155",
        "🧾 Receipt No. 000001",
        "↩️ Given back: €5.00; left: €14.00",
        intent_id,
        "What happened",
        f"🔢 Code mailed to {EMAIL}",
        f"🔢 Address confirmed: {EMAIL}",
        "🛒 Payment begun",
        "💬 Pay link sent in the chat",
        "🌐 Pay page opened",
        "🌐 Card form shown",
        "❌ Declined: There is not enough money on the card (insufficient_funds)",
        "the customer is asked for more (3D Secure, a voucher)",
        "✅ paid",
        "✉️ Mail: receipt — ⚠️ came back (there is no such mailbox, or it takes no mail)",
        "a refund stands on the charge",
        "notice of the refund, €5.00",
    )
    assert "💬 Chat: receipt" in text
    assert "💬 Chat: what was bought" in text


async def test_a_look_at_the_page_is_no_opening_and_a_second_tab_no_second_one(shop: Shop) -> None:
    token = await shop.verified(ANNA, EMAIL)
    async with shop.http.get(f"{shop.url}/pay/{token}") as response:
        assert response.status == 200
    before = await shop.ask(MIRA, f"/find {EMAIL}")
    opened = await shop.press(MIRA, before, next(one for one in before.callbacks if one.startswith("desk:open:")))
    assert "Pay page opened" not in opened.text

    intent_id = await shop.intent(token)
    assert await shop.intent(token) == intent_id

    card = await card_with(shop, intent_id, "Card form shown")
    assert card.text.count("Pay page opened") == 1
    assert card.text.count("Card form shown") == 1


async def test_a_payment_is_found_by_its_card_name_and_address(shop: Shop) -> None:
    token = await shop.verified(ANNA, EMAIL)
    shop.stripe.pay(await shop.intent(token))
    await shop.until_status(token, "paid")
    await shop.telegram.wait_for(MIRA, lambda one: "The first payment has arrived" in one.text)

    for typed in ("/find 4242", "/find @anna_s", "/find anna@", f"/find {ANNA.id}", "/payments paid"):
        found = await shop.ask(MIRA, typed)
        shown = [f"1. ✅ Paid · €19.00 · City guide\n{EMAIL} · {day}" in found.text for day in ("today", "yesterday")]
        assert any(shown), "midnight may come in between"
