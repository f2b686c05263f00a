"""The shop goes on with another account at Stripe, which knows nothing of the PaymentIntents made before."""

from collections.abc import AsyncIterator

import pytest

from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_telegram.chats import ANNA, BEN
from tests.support.shop import Shop, opened_shop, until


@pytest.fixture
async def moved() -> AsyncIterator[tuple[Shop, str, str]]:
    """The shop, a link whose card form was open before, and the PaymentIntent of that. Another payment has come in, and
    Stripe was to remember the number of its receipt."""
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox) as shop:
            link = await shop.verified(BEN, "ben@example.org")
            intent_id = await shop.intent(link)
            paid = await shop.intent(await shop.verified(ANNA, "anna@example.org"))
            sandbox.stripe.faults.set(FaultMode.SERVER_ERROR, path_contains=paid)
            sandbox.stripe.pay(paid)
            await shop.telegram.wait_for(ANNA, lambda one: one.document is not None)
        await sandbox.stripe.stop()
        sandbox.stripe = StripeStandIn()
        await sandbox.stripe.start()
        async with opened_shop(sandbox) as shop:
            yield shop, link, intent_id


async def test_a_link_goes_on_by_a_fresh_payment_intent(moved: tuple[Shop, str, str]) -> None:
    shop, link, before = moved
    intent_id = await shop.intent(link)
    assert intent_id not in ("", before)
    assert await shop.intent(link) == intent_id
    shop.stripe.pay(intent_id)
    receipt = await shop.telegram.wait_for(BEN, lambda one: one.document is not None)
    assert "19" in receipt.text


async def test_what_was_to_be_canceled_there_is_not_asked_for_again_and_again(moved: tuple[Shop, str, str]) -> None:
    shop, _, before = moved
    asked = []
    for _ in range(4):
        shop.clock.forward(days=2)
        await shop.periodic_tasks.close_once()
        asked.append(len([one for one in shop.stripe.calls if before in one.path]))
    # By the shop itself, too, which may look at the same moment.
    assert asked[0] > 0
    assert asked[1:] == asked[1:2] * 3
    async with shop.services.storage.read() as tx:
        (payment,) = await tx.payments.of_customer(BEN.id, 5)
    assert (payment.status, payment.close_intent_at) == ("expired", None)


async def test_what_it_was_to_remember_is_let_go(moved: tuple[Shop, str, str]) -> None:
    shop, _, _ = moved

    async def nothing_waits() -> bool:
        shop.clock.forward(minutes=10)
        shop.outbox.wake()
        async with shop.services.storage.read() as tx:
            (paid,) = await tx.payments.of_customer(ANNA.id, 5)
            notes = [one for one in await tx.outbox.of_payment(paid.payment_id) if one.channel == "stripe"]
        return [one.state for one in notes] == ["sent"]

    await until(nothing_waits, "the note to be let go", pause=0.2)
