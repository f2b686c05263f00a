"""Stripe refuses for good: the customer reads whom to write to, and an admin hears once, and when it works again."""

import pytest

from sandbox.fake_stripe.errors import refused_for_good
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, ChatMessage
from tests.support.databases import by_turns
from tests.support.shop import Shop

pytestmark = pytest.mark.usefixtures("short_pause_in_chats")
# What is refused, with a part of the remedy.
REMEDIES = {
    "expired key": "STRIPE_SECRET_KEY",
    "restricted key": "a restricted key (rk_…) must be allowed",
    "account": "what the account still needs",
    "amount": "mend the price",
    "methods": "Switch on a payment method for EUR",
}


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.telegram.meet(MIRA)
    return shop


def said(shop: Shop, part: str) -> list[ChatMessage]:
    return [one for one in shop.telegram.chat(MIRA) if part in one.text]


async def answer_of(shop: Shop, token: str) -> tuple[int, str]:
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        body = await response.json()
        return response.status, body.get("error", {}).get("code", "")


@pytest.mark.parametrize(("database_setting", "refusal"), by_turns(list(REMEDIES)), indirect=["database_setting"])
async def test_an_admin_hears_once_with_stripes_words_and_once_when_it_works(shop: Shop, refusal: str) -> None:
    token = await shop.verified(BEN, "ben@example.org")
    shop.stripe.switches.refusal = error = refused_for_good()[refusal]
    for _ in range(3):
        assert await answer_of(shop, token) == (502, "refused")
    told = await shop.telegram.wait_for(MIRA, lambda one: "Stripe refuses payments" in one.text)
    assert error.fields["message"] in told.text
    assert REMEDIES[refusal] in told.text
    shop.stripe.switches.refusal = None
    intent_id = await shop.intent(token)
    await shop.telegram.wait_for(MIRA, lambda one: "Stripe takes payments again" in one.text)
    assert await shop.intent(token) == intent_id
    assert len(said(shop, "Stripe refuses payments")) == len(said(shop, "Stripe takes payments again")) == 1
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "paid")


async def test_one_intent_that_stripe_does_not_know_is_no_trouble_of_the_shops(shop: Shop) -> None:
    token, other = await shop.verified(BEN, "ben@example.org"), await shop.verified(ANNA, "anna@example.org")
    before = await shop.intent(token)
    del shop.stripe.payment_intents[before]
    assert await shop.intent(token) != before
    shop.stripe.switches.refusal = refused_for_good()["expired key"]
    assert await answer_of(shop, other) == (502, "refused")
    await shop.telegram.wait_for(MIRA, lambda one: "STRIPE_SECRET_KEY" in one.text)
    assert len(said(shop, "Stripe refuses payments")) == 1
