"""How the Stripe stand-in reads requests: keys, refusals, faults and what it logs, through Stripe's own SDK."""

import asyncio
from typing import Any

import aiohttp
import pytest
import stripe
from stripe import StripeClient

from sandbox.base.fake_server import FaultMode, LogEntry
from sandbox.base.waiting import until
from sandbox.fake_stripe.api import StripeStandIn
from tests.support.stripe_client import PAYMENT, a_request, stripe_client


async def test_an_intent_is_made_as_asked_and_can_be_read_back(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    read = await client.v1.payment_intents.retrieve_async(made.id)
    assert (read.amount, read.currency, read.status) == (1900, "eur", "requires_payment_method")
    assert read.client_secret is not None
    assert read.client_secret.startswith(f"{made.id}_secret_")
    assert read.metadata["payment_id"] == "pay_1"
    assert service.calls[0].headers["Stripe-Version"] == "2026-10-28.endive"
    assert service.calls[0].body["automatic_payment_methods"] == {"enabled": "true"}


async def test_the_same_idempotency_key_gives_the_same_answer(client: StripeClient, service: StripeStandIn) -> None:
    first = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    again = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    assert again.id == first.id
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(service.payment_intents) == 1


async def test_an_idempotency_key_with_other_parameters_is_refused(client: StripeClient) -> None:
    await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.payment_intents.create_async(a_request(amount=2000), {"idempotency_key": "k1"})


async def test_an_idempotency_key_in_use_is_a_conflict(client: StripeClient, service: StripeStandIn) -> None:
    service.switches.answer_seconds = 0.3
    calls = [client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"}) for _ in range(2)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, stripe.APIError)]
    assert [error.http_status for error in refused] == [409]
    body: Any = refused[0].json_body
    assert body["error"]["code"] == "idempotency_key_in_use"
    assert len(service.payment_intents) == 1


async def test_an_answer_lost_half_way_is_found_again_by_its_key(service: StripeStandIn) -> None:
    service.faults.set(FaultMode.RESET_BODY, remaining=1)
    async with aiohttp.ClientSession() as session:
        client = stripe_client(service, service.secret_key, session)
        with pytest.raises(aiohttp.ClientPayloadError):
            await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
        await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    assert len(service.payment_intents) == 1


async def test_a_wrong_parameter_leaves_its_idempotency_key_free(client: StripeClient) -> None:
    wrong: Any = {**PAYMENT, "colour": "red"}
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(wrong, {"idempotency_key": "k1"})
    made = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    assert made.status == "requires_payment_method"


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"colour": "red"}, "colour", "parameter_unknown"),
        ({"automatic_payment_methods": {"on": True}}, "automatic_payment_methods[on]", "parameter_unknown"),
        ({"automatic_payment_methods": {}, "amount": ""}, "amount", "parameter_invalid_integer"),
        ({"amount": "many"}, "amount", "parameter_invalid_integer"),
        ({"amount": 19.5}, "amount", "parameter_invalid_integer"),
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"amount": 10, "currency": "jpy"}, "amount", "amount_too_small"),
        ({"amount": 1231, "currency": "kwd"}, "amount", "parameter_invalid_integer"),
        ({"amount": 1950, "currency": "isk"}, "amount", "parameter_invalid_integer"),
        ({"amount": 1235, "currency": "bhd"}, "amount", "parameter_invalid_integer"),
        ({"currency": "xyz"}, "currency", None),
        ({"currency": ""}, "currency", "parameter_invalid_empty"),
        ({"automatic_payment_methods": {"enabled": "yes"}}, "automatic_payment_methods[enabled]", None),
        ({"setup_future_usage": "maybe"}, "setup_future_usage", None),
        ({"metadata": {f"key{n}": "v" for n in range(51)}}, "metadata", None),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"statement_descriptor_suffix": "x" * 23}, "statement_descriptor_suffix", "parameter_invalid_string"),
        ({"statement_descriptor": "no <stars>"}, "statement_descriptor", None),
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"customer": "cus_1"}, "customer", "resource_missing"),
        ({"payment_method": "pm_nothing"}, "payment_method", "resource_missing"),
        ({"expand": ["everything"]}, "expand", None),
        ({"capture_method": "manual"}, None, None),
    ],
)
async def test_what_the_service_would_refuse_is_refused(
    client: StripeClient, change: dict[str, Any], param: str | None, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        await client.v1.payment_intents.create_async(a_request(**change))
    assert refusal.value.http_status == 400
    assert (refusal.value.param, refusal.value.code) == (param, code)


async def test_a_missing_parameter_is_named(client: StripeClient) -> None:
    params: Any = {"amount": 1900}
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: currency") as refusal:
        await client.v1.payment_intents.create_async(params)
    assert refusal.value.code == "parameter_missing"


async def test_a_wrong_key_is_refused(service: StripeStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        stranger = stripe_client(service, "sk_test_of_somebody_else", session)
        with pytest.raises(stripe.AuthenticationError):
            await stranger.v1.payment_intents.list_async()
        public = stripe_client(service, service.publishable_key, session)
        with pytest.raises(stripe.AuthenticationError, match="publishable"):
            await public.v1.payment_intents.create_async(PAYMENT)
        async with session.get(f"{service.url}/v1/events") as nobody:
            assert (nobody.status, (await nobody.json())["error"]["type"]) == (401, "invalid_request_error")
        basic = {"Authorization": aiohttp.encode_basic_auth(service.secret_key, "")}
        async with session.get(f"{service.url}/v1/account", headers=basic) as owner:
            assert owner.status == 200


@pytest.mark.parametrize("keys", [("sk_live_1", "pk_test_1"), ("sk_test_1", "pk_live_1"), ("rk_live_1", "pk_test_1")])
def test_live_keys_are_refused(keys: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="live"):
        StripeStandIn(*keys)


async def test_faults_look_as_the_sdk_expects_them(service: StripeStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        client = stripe_client(service, service.secret_key, session)
        service.faults.set(FaultMode.RATE_LIMITED, remaining=1, retry_after=7)
        with pytest.raises(stripe.RateLimitError) as limited:
            await client.v1.payment_intents.create_async(PAYMENT)
        assert limited.value.headers is not None
        assert limited.value.headers["Retry-After"] == "7"
        for mode in (FaultMode.SERVER_ERROR, FaultMode.HTML):
            service.faults.set(mode, remaining=1)
            with pytest.raises(stripe.APIError):
                await client.v1.payment_intents.create_async(PAYMENT)
        service.faults.set(FaultMode.RESET, remaining=1, path_contains="payment_intents")
        with pytest.raises(stripe.APIConnectionError):
            await client.v1.payment_intents.create_async(PAYMENT)
        await service.take_down()
        with pytest.raises(stripe.APIConnectionError):
            await client.v1.accounts.retrieve_current_async()
        await service.bring_back()
        assert (await client.v1.payment_intents.create_async(PAYMENT)).status == "requires_payment_method"


async def test_a_hanging_service_answers_once_it_is_let_go(service: StripeStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        client = stripe_client(service, service.secret_key, session)
        service.faults.set(FaultMode.HANG)
        call = asyncio.create_task(client.v1.payment_intents.create_async(PAYMENT))
        await until(lambda: len(service.calls) == 1)
        assert not call.done()
        service.faults.mode = FaultMode.OK
        assert (await call).status == "requires_payment_method"


async def test_an_unknown_path_is_a_404_in_stripes_shape(service: StripeStandIn) -> None:
    headers = {"Authorization": f"Bearer {service.secret_key}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{service.url}/v1/customers") as answer:
            assert answer.status == 404
            assert "Unrecognized request URL" in (await answer.json())["error"]["message"]
        form = "amount=1&amount[x]=2"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(f"{service.url}/v1/refunds", data=form, headers=kind) as answer:
            assert (answer.status, (await answer.json())["error"]["type"]) == (400, "invalid_request_error")


async def test_a_browser_sees_no_more_than_it_may(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT)
    query = {"key": service.publishable_key, "client_secret": str(made.client_secret)}
    url = f"{service.url}/v1/payment_intents/{made.id}"
    async with aiohttp.ClientSession() as session:
        async with session.get(url, params=query) as answer:
            seen = await answer.json()
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert seen["status"] == "requires_payment_method"
        assert not {"metadata", "latest_charge"} & seen.keys()
        async with session.get(url, params={**query, "client_secret": "pi_1_secret_2"}) as refused:
            assert refused.status == 400
        async with session.get(url, params={"key": service.publishable_key}) as refused:
            assert refused.status == 401


async def test_the_log_never_holds_a_secret(client: StripeClient, service: StripeStandIn) -> None:
    entries: list[LogEntry] = []
    service.on_log = entries.append
    service.add_endpoint("http://127.0.0.1:1/hook", "whsec_secret_of_the_hook")
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.pay(made.id)
    await until(lambda: any("no answer" in entry.text for entry in entries))
    whole = " ".join(f"{entry.text} {entry.detail}" for entry in entries)
    for secret in ("_secret_", service.secret_key, "whsec_", "4242424242424242"):
        assert secret not in whole
