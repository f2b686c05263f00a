"""A link that had ended is paid after all, with a new one given out: nobody is asked to pay by that one, too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from checkout.model.payment import Payment, Status
from db.engine.connection import Database, to_time
from sandbox.fake_telegram.chats import BEN, ChatMessage
from tests.support.event_samples import charge_refunded, intent
from tests.support.payments import a_paid_payment, a_payment, keep, processing, under_review, with_voucher
from tests.support.reconciled import reconciled
from tests.support.shop import Shop, running_shop, token_in, until

ASKS_THE_BANK = "4000002500003155"
EXPIRED = "SELECT payment_id AS found FROM payments WHERE status = 'expired' ORDER BY 1"
BROUGHT_UP_TO_DATE = "SELECT DISTINCT payment_id AS found FROM outbox WHERE kind = 'pay_message' ORDER BY 1"
DECLINES = "SELECT state AS found FROM outbox WHERE kind = 'payment_failed'"
TO_CLOSE = "SELECT payment_id AS found FROM payments WHERE close_intent_at IS NOT NULL ORDER BY 1"
ENDS_AT = "SELECT close_intent_at AS found FROM payments WHERE close_intent_at IS NOT NULL"


def ended(payment: Payment) -> Payment:
    return payment.closed(payment.expires_at)


@pytest.mark.parametrize("first", [ended, with_voucher])
async def test_what_follows_a_paid_link_is_closed(database: Database, first: Callable[[Payment], Payment]) -> None:
    async with reconciled(database) as (shop, _):
        now = shop.clock.now()
        unpaid = first(a_payment(1, at=now - timedelta(hours=25)))
        followers = [a_payment(2, at=now), a_payment(3, at=now, status=Status.FAILED, email="new@example.org")]
        others = [
            a_payment(4, at=now, sku="course"),
            a_payment(5, at=now, telegram_user_id=43),
            replace(a_payment(6, at=now), status=Status.PAID, receipt_number=6),
            a_payment(7, at=now, status=Status.PROCESSING),
        ]
        await keep(shop.storage, unpaid, *followers, *others)
        await shop.writer.record(intent("payment_failed", "evt_3", intent_id="pi_3", charge="ch_3"))
        await shop.writer.record(intent("created"))
        assert (await shop.payment("pay_2")).status == "pending", "the first is not paid yet"
        await shop.writer.record(intent("succeeded"))
        assert (await shop.payment("pay_1")).status == "paid"
        assert await shop.rows(EXPIRED) == ["pay_2", "pay_3"]
        assert await shop.rows(TO_CLOSE) == ["pay_2", "pay_3"], "at Stripe, too"
        assert await shop.rows(BROUGHT_UP_TO_DATE) == ["pay_2", "pay_3"]
        assert await shop.rows(DECLINES) == ["superseded"], "no mail says that what is paid is not"
        await keep(shop.storage, a_payment(8, at=now))
        await shop.writer.record(charge_refunded(500))
        assert (await shop.payment("pay_8")).status == "pending", "it is bought once more"


async def test_a_link_that_lives_closes_no_other(database: Database) -> None:
    async with reconciled(database) as (shop, _):
        await keep(shop.storage, *(a_payment(number, at=shop.clock.now()) for number in (1, 2)))
        await shop.writer.record(intent("succeeded"))
        assert await shop.rows(EXPIRED) == []


FOLLOWERS = {
    "paid": (a_paid_payment(2), "canceled"),
    "given back": (a_paid_payment(2, status=Status.REFUNDED), "canceled"),
    "with the bank": (processing(a_payment(2)), "canceled"),
    "under review": (under_review(a_payment(2)), "canceled"),
    "open": (a_payment(2), "requires_action"),
    "for another product": (a_paid_payment(2, sku="course"), "requires_action"),
    "another customer's": (a_paid_payment(2, telegram_user_id=43), "requires_action"),
}


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize(("follower", "then"), FOLLOWERS.values(), ids=FOLLOWERS)
async def test_nobody_pays_at_the_bank_what_another_link_has_paid(
    follower: Payment, then: str, is_told: bool, database: Database
) -> None:
    async with reconciled(database) as (shop, session):
        before = replace(a_paid_payment(3), created_at=shop.clock.now() - timedelta(days=9))
        await keep(shop.storage, before)
        intent_id = shop.sell("pay_1")
        await shop.hear("payment_intent.created")
        shop.stripe.pay(intent_id, ASKS_THE_BANK)
        if is_told:
            await shop.hear("payment_intent.requires_action")
        shop.clock.forward(hours=24, seconds=1)
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_action", "there is time to finish it"
        now = shop.clock.now()
        await keep(shop.storage, replace(follower, created_at=now, expires_at=now + timedelta(hours=24)))
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == then
        await shop.close_links(session)
        assert await shop.rows(TO_CLOSE) == ([] if then == "canceled" else ["pay_1"])


async def test_a_voucher_that_may_be_paid_already_outlives_its_follower(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.hand_out_voucher(intent_id)
        await shop.hear("payment_intent.created", "payment_intent.requires_action")
        shop.clock.forward(days=3, hours=1)
        await shop.close_links(session)
        await keep(shop.storage, a_paid_payment(2, created_at=shop.clock.now()))
        (ends_at,) = await shop.rows(ENDS_AT)
        shop.clock.forward(seconds=(to_time(ends_at) - shop.clock.now()).total_seconds() - 60)
        for _ in range(2):
            await shop.close_links(session)
            assert shop.stripe.payment_intents[intent_id]["status"] == "requires_action"
            assert await shop.rows(ENDS_AT) == [ends_at]


async def ended_in_chat(shop: Shop) -> ChatMessage | None:
    """What has moved meanwhile is closed in the next round."""
    await shop.periodic_tasks.close_once()
    return next((one for one in shop.telegram.chat(BEN) if one.callbacks == ["buy:guide"]), None)


async def test_the_chat_asks_for_nothing_more() -> None:
    async with running_shop({"PAY_LINK_TTL": "90s"}) as shop:
        intent_id = await shop.intent(await shop.verified(BEN, "ben@example.org"))
        shop.stripe.pay(intent_id, ASKS_THE_BANK)
        shop.clock.forward(seconds=91)
        ended = await until(partial(ended_in_chat, shop), "the link to be closed", pause=0.1)
        assert ended is not None
        token = token_in(await shop.press(BEN, ended, "buy:guide"))
        shop.stripe.authenticate(intent_id)
        await shop.until_status(token, "expired")
        await shop.telegram.wait_for(BEN, lambda one: one.text.startswith("✅ Thank you!"))
        await shop.telegram.wait_for(BEN, lambda one: one.text.endswith("expired.\nNo money was taken by it."))
        asking = [one for one in shop.telegram.chat(BEN) if one.urls or "buy:guide" in one.callbacks]
        assert asking == []
