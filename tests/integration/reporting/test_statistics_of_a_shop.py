"""What an admin sees of a real purchase: the statistics with their picture, and the file."""

import csv
import io

from PIL import Image

from checkout import limits
from checkout.model.message_content import StripeNote
from sandbox.fake_telegram.chats import BEN, MIRA
from tests.support.shop import Shop, running_shop, until

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


async def until_fees_are_known(shop: Shop, intent_id: str) -> None:
    async def known() -> bool:
        async with shop.services.storage.read() as tx:
            payment = await tx.payments.by_any_id(intent_id)
        return bool(payment and payment.facts.settlements)

    await until(known, "the answer to the note that Stripe keeps")


async def test_a_purchase_shows_in_the_statistics_and_in_the_file(database_setting: dict[str, str]) -> None:
    async with running_shop(database_setting) as shop:
        shop.telegram.say(MIRA, "/start")
        intent_id = await buy_at_the_second_try(shop)
        await until_fees_are_known(shop, intent_id)
        shop.telegram.say(MIRA, "/stats")
        stats = await shop.telegram.wait_for(MIRA, lambda one: one.photo is not None)
        shop.telegram.say(MIRA, "/export")
        answer = await shop.telegram.wait_for(MIRA, lambda one: one.document is not None)
        payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])
        card = await shop.ask(MIRA, f"/payment {payment_id}")

    assert stats.photo is not None
    assert Image.open(io.BytesIO(stats.photo.content)).width == 780
    assert "Gross: €19.00" in stats.text
    assert "Paid: 1 of 2 (50%)" in stats.text, "a decline is an attempt"
    assert "• 1 × There is not enough money on the card (insufficient_funds)" in stats.text
    assert "From the link to the payment:" in stats.text
    assert answer.document is not None
    [row] = csv.DictReader(io.StringIO(answer.document.content.decode("utf-8-sig"), newline=""))
    assert (row["payment_intent_id"], row["status"], row["amount_major"]) == (intent_id, "paid", "19.00")
    # 1.5 % and 25 cents.
    assert "Stripe's fees, as far as known: €0.53 (leaves €18.47)" in stats.text
    assert "Stripe's fee: €0.53; net: €18.47" in card.text
    assert (row["fee"], row["net"], row["settled_currency"]) == ("53", "1847", "eur")
    assert (row["fee_major"], row["net_major"], row["fulfilment"]) == ("0.53", "18.47", "delivered")
    assert (row["email"], row["telegram_user_id"], row["sku"]) == ("ben@example.org", str(BEN.id), "guide")


async def test_fees_are_asked_for_with_what_is_asked_anyway_and_missing_rights_stop_nothing() -> None:
    async with running_shop() as shop:
        rights = ("payment_intent_write", "charge_write", "dispute_read", "event_read", "webhook_write")
        shop.stripe.keys.permissions = frozenset(f"rak_{one}" for one in rights)
        intent_id = await buy_at_the_second_try(shop)

        async def is_noted() -> bool:
            return bool(shop.stripe.payment_intents[intent_id]["metadata"].get("receipt") == "1")

        await until(is_noted, "the note that Stripe keeps")
        await shop.periodic_tasks.reconcile.run_once(since=shop.clock.now().replace(year=2020))
        shop.stripe.keys.permissions = None
        async with shop.services.storage.read() as tx:
            payment = await tx.payments.by_any_id(intent_id)
        assert payment is not None
        assert payment.facts.settlements == ()


async def test_a_dispute_that_is_lost_leaves_the_revenue(database_setting: dict[str, str]) -> None:
    async with running_shop(database_setting) as shop:
        shop.telegram.say(MIRA, "/start")
        intent_id = await buy_at_the_second_try(shop)
        opened = shop.stripe.dispute(intent_id)
        await shop.telegram.wait_for(MIRA, lambda one: "disputes the payment" in one.text)
        shop.stripe.close_dispute(opened["id"], won=False)
        await shop.telegram.wait_for(MIRA, lambda one: "The dispute is lost" in one.text)
        shop.telegram.say(MIRA, "/stats")
        stats = await shop.telegram.wait_for(MIRA, lambda one: one.photo is not None)
    assert "Lost in disputes: €19.00" in stats.text
    assert "Net: €0.00" in stats.text


async def test_fees_that_stripe_does_not_know_at_once_are_asked_for_again() -> None:
    async with running_shop() as shop:
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        shop.stripe.pay(intent_id)
        # Stripe captures in the background: before that the charge has no balance transaction.
        charge = shop.stripe.store.charges[shop.stripe.payment_intents[intent_id]["latest_charge"]]
        transaction, charge["balance_transaction"] = charge["balance_transaction"], None
        await shop.until_status(token, "paid")
        for times, pause in enumerate(limits.fees_pauses(), 1):
            await until_it_waits(shop, intent_id, times)
            charge["balance_transaction"] = transaction if times == len(limits.fees_pauses()) else None
            shop.clock.forward(seconds=pause.total_seconds())
        await until_fees_are_known(shop, intent_id)
        payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])
        async with shop.services.storage.read() as tx:
            asked = [one for one in await tx.outbox.of_payment(payment_id) if isinstance(one.content, StripeNote)]
        assert [one.content for one in asked] == [StripeNote(times) for times in range(3)]


async def until_it_waits(shop: Shop, intent_id: str, times: int) -> None:
    payment_id = str(shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"])

    async def waits() -> bool:
        async with shop.services.storage.read() as tx:
            return any(one.content == StripeNote(times) for one in await tx.outbox.of_payment(payment_id))

    await until(waits, "Stripe to be asked later")
