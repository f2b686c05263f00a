"""Vouchers and the bank's check at the end of a link, with Stripe's stand-in over real HTTP, on both databases."""

from contextlib import suppress

import pytest

from checkout.errors import ServiceRefused, ServiceUnavailable
from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from checkout.payments.cancel_intents import CancelIntents
from checkout.purchase.expire_links import ExpireLinks
from db.engine.connection import Database
from providers.stripe_gateway import StripeGateway
from providers.stripe_history import StripeHistory
from tests.support.reconciled import Reconciled, reconciled

CHALLENGED = "4000000000003220"
TOLD = ("payment_intent.created", "payment_intent.requires_action")


@pytest.mark.parametrize("kind", ["boleto", "konbini", "multibanco", "oxxo"])
async def test_a_voucher_is_not_canceled_with_the_links_usual_end(kind: str, database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.hand_out_voucher(intent_id, kind)
        await shop.hear(*TOLD)
        shop.clock.forward(days=2)
        await shop.close_links(session)
        assert (await shop.payment("pay_1")).status is Status.PENDING
        shop.stripe.pay_voucher(intent_id)
        await shop.hear("payment_intent.succeeded")
        assert (await shop.payment("pay_1")).status is Status.PAID


async def test_one_that_no_webhook_has_told_of_is_heard_of_before_its_intent_is_canceled(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.hand_out_voucher(intent_id)
        await shop.hear("payment_intent.created")
        shop.clock.forward(days=2)
        await shop.close_links(session)
        found = await shop.payment("pay_1")
        assert (found.status, found.close_intent_at) == (Status.PENDING, None)
        assert found.voucher is not None
        assert found.voucher.url == f"{shop.stripe.url}/voucher/{intent_id}"
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_action"


async def test_a_voucher_that_expires_fails_as_stripe_says_and_may_be_tried_again(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.hand_out_voucher(intent_id)
        await shop.hear(*TOLD)
        shop.clock.forward(days=3, hours=1)
        await shop.close_links(session)
        assert (await shop.payment("pay_1")).status is Status.EXPIRED
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_action", "its money may be on the way"
        shop.stripe.expire_voucher(intent_id)
        await shop.hear("payment_intent.payment_failed")
        found = await shop.payment("pay_1")
        assert (found.status, found.failure_code) == (Status.FAILED, "payment_intent_payment_attempt_expired")
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_payment_method"
        assert {"chat payment_failed", "mail payment_failed"} <= set(await shop.kinds())


async def test_a_voucher_of_which_stripe_never_speaks_again_is_canceled_days_later(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.hand_out_voucher(intent_id)
        await shop.hear(*TOLD)
        for days in (4, 4):
            shop.clock.forward(days=days)
            await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == "canceled"


class SilentUntilHeard(StripeHistory):
    """Another process hears of the voucher before Stripe's answer is this ``error``."""

    shop: Reconciled
    error: Exception

    async def look_up(self, intent_id: str) -> list[ProviderEvent]:
        await self.shop.hear("payment_intent.requires_action")
        raise self.error


@pytest.mark.parametrize(
    ("error", "is_told"),
    [(ServiceUnavailable("no answer"), True), (ServiceRefused("a wrong key"), True), (ServiceRefused("too"), False)],
    ids=["no answer", "refused", "refused and not told"],
)
async def test_a_link_that_is_open_again_before_stripe_answers_is_not_closed_later(
    error: Exception, is_told: bool, database: Database
) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        await shop.hear("payment_intent.created")
        if is_told:
            shop.stripe.hand_out_voucher(intent_id)
        shop.clock.forward(days=2)
        await ExpireLinks(shop.storage, shop.clock, lambda: None).run_once()
        key, url = shop.stripe.secret_key, shop.stripe.url
        history = SilentUntilHeard(key, session, url)
        history.shop, history.error = shop, error
        closing = CancelIntents(shop.storage, shop.clock, StripeGateway(key, session, url), history, shop.writer)
        with suppress(ServiceUnavailable):
            await closing.run_once()
        assert ((await shop.payment("pay_1")).close_intent_at is None) == is_told
        shop.clock.forward(hours=2)
        await shop.close_links(session)
        then = "requires_action" if is_told else "canceled"
        assert shop.stripe.payment_intents[intent_id]["status"] == then


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize("finishes", [True, False], ids=["finished", "left alone"])
async def test_the_banks_check_may_be_finished_after_the_links_end(
    is_told: bool, finishes: bool, database: Database
) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        await shop.hear("payment_intent.created")
        shop.stripe.pay(intent_id, CHALLENGED)
        if is_told:
            await shop.hear("payment_intent.requires_action")
        ends_at = (await shop.payment("pay_1")).expires_at
        shop.clock.forward(seconds=(ends_at - shop.clock.now()).total_seconds() + 1)
        await shop.close_links(session)
        assert (await shop.payment("pay_1")).status is Status.EXPIRED
        assert shop.stripe.payment_intents[intent_id]["status"] == "requires_action"
        if finishes:
            shop.stripe.authenticate(intent_id)
            await shop.hear("payment_intent.succeeded")
        shop.clock.forward(minutes=31)
        await shop.close_links(session)
        assert shop.stripe.payment_intents[intent_id]["status"] == ("succeeded" if finishes else "canceled")
        assert (await shop.payment("pay_1")).status is (Status.PAID if finishes else Status.EXPIRED)
