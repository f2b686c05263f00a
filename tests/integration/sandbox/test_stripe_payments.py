"""Cards, 3D Secure, refunds and disputes at the Stripe stand-in, through Stripe's own SDK."""

from typing import Any

import aiohttp
import pytest
import stripe
from stripe import StripeClient

from sandbox.base.waiting import until
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_stripe.errors import ApiError
from sandbox.fake_stripe.intents import MOST_ATTEMPTS
from tests.support.stripe_client import CONFIRM, PAYMENT, a_request


async def test_a_paid_intent_has_its_charge_and_card(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    await client.v1.payment_intents.confirm_async(made.id, CONFIRM)
    paid = await client.v1.payment_intents.retrieve_async(made.id, {"expand": ["latest_charge"]})
    assert (paid.status, paid.amount_received) == ("succeeded", 1900)
    charge = paid.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.card is not None
    assert (charge.payment_method_details.card.brand, charge.payment_method_details.card.last4) == ("visa", "4242")
    assert charge.metadata["payment_id"] == "pay_1"
    expanded = await client.v1.charges.retrieve_async(charge.id, {"expand": ["balance_transaction", "payment_intent"]})
    assert isinstance(expanded.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(expanded.payment_intent, stripe.PaymentIntent)


async def test_a_decline_is_a_card_error_and_the_intent_waits_for_another_card(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    poor: Any = {**CONFIRM, "payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
    with pytest.raises(stripe.CardError) as refusal:
        await client.v1.payment_intents.confirm_async(made.id, poor)
    assert refusal.value.http_status == 402
    assert refusal.value.code == "card_declined"
    assert refusal.value.error is not None
    assert refusal.value.error.decline_code == "insufficient_funds"
    waiting = await client.v1.payment_intents.retrieve_async(made.id)
    assert waiting.status == "requires_payment_method"
    assert waiting.last_payment_error is not None
    told = waiting.last_payment_error.to_dict()
    fields = {"type", "code", "decline_code", "message", "payment_method", "charge", "advice_code"}
    assert fields | {"network_decline_code"} <= told.keys()
    paid = await client.v1.payment_intents.confirm_async(made.id, CONFIRM)
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


@pytest.mark.parametrize(
    ("number", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000009979", "card_declined", "stolen_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
        ("4000000000006975", "card_declined", "card_velocity_exceeded"),
        ("4100000000000019", "card_declined", "fraudulent"),
        ("4539148803436467", "card_declined", "test_mode_live_card"),
    ],
)
async def test_each_test_card_declines_as_documented(
    client: StripeClient, service: StripeStandIn, number: str, code: str, decline_code: str
) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    after = service.pay(made.id, number)
    error = after["last_payment_error"]
    assert (error["code"], error["decline_code"]) == (code, decline_code)
    failed = await client.v1.charges.retrieve_async(error["charge"])
    assert (failed.status, failed.paid, failed.failure_code) == ("failed", False, code)
    assert failed.outcome is not None
    assert failed.outcome.type == ("blocked" if decline_code == "fraudulent" else "issuer_declined")


@pytest.mark.parametrize("number", ["4242424242424242", "5555555555554444", "378282246310005", "6011111111111117"])
async def test_each_good_card_pays(client: StripeClient, service: StripeStandIn, number: str) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    assert service.pay(made.id, number)["status"] == "succeeded"


@pytest.mark.parametrize(("complete", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
async def test_3d_secure_ends_as_the_bank_says(
    client: StripeClient, service: StripeStandIn, complete: bool, status: str
) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    asked: Any = {**CONFIRM, "payment_method": "pm_card_authenticationRequiredOnSetup"}
    waiting = await client.v1.payment_intents.confirm_async(made.id, asked)
    assert waiting.status == "requires_action"
    assert waiting.next_action is not None
    assert waiting.next_action.redirect_to_url is not None
    answer = "complete" if complete else "fail"
    bank = f"{waiting.next_action.redirect_to_url.url}/{answer}"
    async with aiohttp.ClientSession() as session, session.post(bank, allow_redirects=False) as back:
        query = back.headers["Location"]
    assert query.startswith(f"https://example.com/done?payment_intent={made.id}&payment_intent_client_secret=")
    assert query.endswith("redirect_status=succeeded" if complete else "redirect_status=failed")
    after = await client.v1.payment_intents.retrieve_async(made.id)
    assert (after.status, after.next_action) == (status, None)
    if not complete:
        assert after.last_payment_error is not None
        assert after.last_payment_error.code == "payment_intent_authentication_failure"


async def test_a_card_may_be_declined_after_3d_secure(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    assert service.pay(made.id, "4000008400001629")["status"] == "requires_action"
    assert service.authenticate(made.id) is False
    assert service.payment_intents[made.id]["last_payment_error"]["code"] == "card_declined"


async def test_the_switches_decide_for_any_card(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.switches.decline = "stolen_card"
    assert service.pay(made.id)["last_payment_error"]["decline_code"] == "stolen_card"
    service.switches.decline, service.switches.require_3ds = None, True
    assert service.pay(made.id)["next_action"]["type"] == "use_stripe_sdk"
    service.switches.require_3ds, service.switches.processing_seconds = False, float("inf")
    assert service.pay(made.id)["status"] == "processing"
    service.release_processing(made.id, succeed=False)
    assert service.payment_intents[made.id]["status"] == "requires_payment_method"
    service.switches.processing_seconds = 0.01
    service.pay(made.id)
    await until(lambda: service.payment_intents[made.id]["status"] == "succeeded")


async def test_a_canceled_intent_is_the_end(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    canceled = await client.v1.payment_intents.cancel_async(made.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert canceled.canceled_at is not None
    for step in (
        client.v1.payment_intents.confirm_async(made.id, CONFIRM),
        client.v1.payment_intents.cancel_async(made.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await step
        assert refusal.value.code == "payment_intent_unexpected_state"


async def test_a_paid_intent_can_be_neither_canceled_nor_repriced(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(a_request(**CONFIRM, confirm=True))
    assert made.status == "succeeded"
    for step in (
        client.v1.payment_intents.cancel_async(made.id),
        client.v1.payment_intents.update_async(made.id, {"amount": 5000}),
        client.v1.payment_intents.confirm_async(made.id, CONFIRM),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            await step
        assert refusal.value.code == "payment_intent_unexpected_state"


async def test_too_many_failed_attempts_cancel_the_intent(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    for _ in range(MOST_ATTEMPTS):
        service.pay(made.id, "4000000000000002")
    with pytest.raises(ApiError, match="status of canceled"):
        service.pay(made.id)
    assert service.payment_intents[made.id]["status"] == "canceled"


async def test_an_update_changes_amount_and_metadata(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    changed = await client.v1.payment_intents.update_async(
        made.id, {"amount": 2500, "metadata": {"shop": "", "sku": "guide"}}
    )
    assert changed.amount == 2500
    assert changed.metadata.to_dict() == {"payment_id": "pay_1", "sku": "guide"}


async def test_refunds_never_exceed_what_is_left(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(a_request(**CONFIRM, confirm=True))
    first = await client.v1.refunds.create_async({"payment_intent": made.id, "amount": 500})
    assert (first.status, first.amount) == ("succeeded", 500)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        await client.v1.refunds.create_async({"payment_intent": made.id, "amount": 1401})
    await client.v1.refunds.create_async({"charge": str(made.latest_charge), "reason": "requested_by_customer"})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await client.v1.refunds.create_async({"payment_intent": made.id})
    assert refusal.value.code == "charge_already_refunded"
    charge = await client.v1.charges.retrieve_async(str(made.latest_charge))
    assert (charge.amount_refunded, charge.refunded) == (1900, True)
    listed = await client.v1.refunds.list_async({"payment_intent": made.id})
    assert [refund.amount for refund in listed.data] == [1400, 500]
    assert (await client.v1.refunds.retrieve_async(first.id)).payment_intent == made.id


async def test_a_refund_names_exactly_one_payment(client: StripeClient) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    both: Any = {"payment_intent": made.id, "charge": "ch_1"}
    neither: Any = {}
    for params in (both, neither):
        with pytest.raises(stripe.InvalidRequestError, match="One of the following params"):
            await client.v1.refunds.create_async(params)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await client.v1.refunds.create_async({"payment_intent": made.id})


@pytest.mark.parametrize(("number", "ends"), [("4000000000007726", "succeeded"), ("4000000000005126", "failed")])
async def test_a_refund_may_end_later(client: StripeClient, service: StripeStandIn, number: str, ends: str) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.pay(made.id, number)
    refund = await client.v1.refunds.create_async({"payment_intent": made.id})
    await until(lambda: service.refunds[refund.id]["status"] == ends)
    charge = service.charges[service.payment_intents[made.id]["latest_charge"]]
    assert charge["amount_refunded"] == (1900 if ends == "succeeded" else 0)
    kinds = [event["type"] for event in service.events]
    assert "refund.updated" in kinds
    assert ("refund.failed" in kinds) == (ends == "failed")


async def test_a_dispute_can_be_answered_and_decided(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.pay(made.id, "4000000000000259")
    await until(lambda: bool(service.disputes))
    [dispute] = (await client.v1.disputes.list_async({"payment_intent": made.id})).data
    assert dispute.status == "needs_response"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await client.v1.refunds.create_async({"payment_intent": made.id})
    assert refusal.value.code == "charge_disputed"
    await client.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    await until(lambda: service.disputes[dispute.id]["status"] == "won")
    assert (await client.v1.disputes.retrieve_async(dispute.id)).status == "won"
    assert service.events[-1]["type"] == "charge.dispute.funds_reinstated"
