"""Stripe keeps a failure of its own under the idempotency key, as any answer: that is no end of anything."""

from sandbox.fake_stripe.errors import own_failure
from sandbox.fake_telegram.chats import BEN, MIRA
from tests.integration.payments.test_refund_again import under_review
from tests.integration.payments.test_refunds_in_chat import asked, paid, pressing, told
from tests.support.shop import Shop, until


async def answer_of(shop: Shop, token: str) -> int:
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        return response.status


async def test_a_link_can_be_paid_once_stripe_is_well(shop: Shop) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    shop.stripe.switches.refusal = own_failure()
    assert [await answer_of(shop, token) for _ in range(3)] == [503, 503, 503]
    shop.stripe.switches.refusal = None
    intent_id = await shop.intent(token)
    assert await shop.intent(token) == intent_id
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")


async def test_what_a_review_has_decided_to_give_back_goes_back_once_stripe_is_well(shop: Shop) -> None:
    await shop.ask(MIRA, "/start")
    payment_id, token, review = await under_review(shop, "4242424242424242")
    shop.stripe.switches.refusal = own_failure()
    await review.refund(payment_id, MIRA.id)
    await until(lambda: has_failed(shop, payment_id), "Stripe to fail twice")
    shop.stripe.switches.refusal = None
    await shop.until_status(token, "refunded")
    assert len(shop.stripe.refunds) == 1


async def test_a_part_that_an_admin_gives_back_goes_back_once(shop: Shop) -> None:
    await shop.ask(MIRA, "/start")
    token, _, payment_id = await paid(shop)
    question = await asked(shop, f"/refund {payment_id} 5")
    shop.stripe.switches.refusal = own_failure()
    yes = pressing(question, "yes:refund:")
    shop.telegram.press(MIRA, question.message_id, yes)
    await told(shop, MIRA, "Press the button to try again")
    shop.stripe.switches.refusal = None
    shop.telegram.press(MIRA, question.message_id, yes)
    await shop.until_status(token, "partially_refunded")
    assert len(shop.stripe.refunds) == 1


async def has_failed(shop: Shop, payment_id: str) -> bool:
    async with shop.services.storage.read() as tx:
        waiting = await tx.outbox.unsent(0, shop.clock.now(), 10)
    return any(one.attempts > 1 for one in waiting if one.payment_id == payment_id)
