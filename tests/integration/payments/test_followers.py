"""A link that had ended is paid after all, with a new one given out: nobody is asked to pay by that one, too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from checkout.model.payment import Payment, Status
from db.engine.connection import Database
from sandbox.fake_telegram.chats import BEN, ChatMessage
from tests.support.event_samples import charge_refunded, intent
from tests.support.payments import a_payment, keep, with_voucher
from tests.support.reconciled import reconciled
from tests.support.shop import Shop, running_shop, token_in, until

ASKS_THE_BANK = "4000002500003155"
EXPIRED = "SELECT payment_id AS found FROM payments WHERE status = 'expired' ORDER BY 1"
BROUGHT_UP_TO_DATE = "SELECT DISTINCT payment_id AS found FROM outbox WHERE kind = 'pay_message' ORDER BY 1"
DECLINES = "SELECT state AS found FROM outbox WHERE kind = 'payment_failed'"
TO_CLOSE = "SELECT payment_id AS found FROM payments WHERE close_intent_at IS NOT NULL ORDER BY 1"


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
