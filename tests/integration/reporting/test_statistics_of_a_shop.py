"""What an admin sees of a real purchase: the statistics with their picture, and the file."""

import csv
import io

from PIL import Image

from sandbox.fake_telegram.chats import BEN, MIRA
from tests.support.shop import Shop, running_shop

DECLINED = "4000000000009995"


async def buy_at_the_second_try(shop: Shop) -> str:
    """Returns the PaymentIntent's id."""
    token = await shop.verified(BEN, "ben@example.org")
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id, DECLINED)
    await shop.until_status(token, "failed")
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")
    return intent_id


async def test_a_purchase_shows_in_the_statistics_and_in_the_file(database_setting: dict[str, str]) -> None:
    async with running_shop(database_setting) as shop:
        shop.telegram.say(MIRA, "/start")
        intent_id = await buy_at_the_second_try(shop)
        shop.telegram.say(MIRA, "/stats")
        stats = await shop.telegram.wait_for(MIRA, lambda one: one.photo is not None)
        shop.telegram.say(MIRA, "/export")
        answer = await shop.telegram.wait_for(MIRA, lambda one: one.document is not None)

    assert stats.photo is not None
    assert Image.open(io.BytesIO(stats.photo.content)).width == 780
    assert "Gross: €19.00" in stats.text
    assert "Paid: 1 of 1 (100%)" in stats.text
    assert "• 1 × There is not enough money on the card (insufficient_funds)" in stats.text
    assert "From the link to the payment:" in stats.text
    assert answer.document is not None
    [row] = csv.DictReader(io.StringIO(answer.document.content.decode("utf-8-sig"), newline=""))
    assert (row["payment_intent_id"], row["status"], row["amount_major"]) == (intent_id, "paid", "19.00")
    assert (row["email"], row["telegram_user_id"], row["sku"]) == ("ben@example.org", str(BEN.id), "guide")
