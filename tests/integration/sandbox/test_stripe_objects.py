"""What the Stripe stand-in lists and tells of its objects: every field that the SDK counts on."""

import json
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.fake_stripe.api import StripeStandIn
from tests.support.project import SPECS
from tests.support.stripe_client import CONFIRM, PAYMENT, a_request


async def test_events_are_listed_newest_first_with_pages_and_filters(
    client: StripeClient, service: StripeStandIn
) -> None:
    for _ in range(3):
        made = await client.v1.payment_intents.create_async(PAYMENT)
        service.pay(made.id)
    page = await client.v1.events.list_async({"limit": 2, "types": ["payment_intent.created", "charge.succeeded"]})
    assert page.has_more
    seen = [event.id async for event in page.auto_paging_iter()]
    wanted = [e["id"] for e in service.events if e["type"] in ("payment_intent.created", "charge.succeeded")]
    assert seen == wanted[::-1]
    before = await client.v1.events.list_async({"ending_before": seen[2], "limit": 1})
    assert [event.id for event in before.data] != [seen[2]]
    assert (await client.v1.events.list_async({"created": {"gt": 4_000_000_000}})).data == []
    assert len((await client.v1.events.list_async({"type": "payment_intent.*"})).data) == 6
    one = await client.v1.events.retrieve_async(seen[0])
    assert (one.api_version, one.livemode) == ("2026-10-28.endive", False)
    with pytest.raises(stripe.InvalidRequestError, match="No such event") as refusal:
        await client.v1.events.retrieve_async("evt_none")
    assert refusal.value.http_status == 404


async def test_intents_are_listed_with_their_charges(client: StripeClient, service: StripeStandIn) -> None:
    made = [await client.v1.payment_intents.create_async(PAYMENT) for _ in range(3)]
    service.pay(made[1].id)
    listed = await client.v1.payment_intents.list_async(
        {"limit": 2, "starting_after": made[2].id, "created": {"gte": 1}, "expand": ["data.latest_charge"]}
    )
    assert [intent.id for intent in listed.data] == [made[1].id, made[0].id]
    assert isinstance(listed.data[0].latest_charge, stripe.Charge)
    assert listed.has_more is False


async def test_an_event_names_the_request_that_caused_it(client: StripeClient, service: StripeStandIn) -> None:
    made = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "k1"})
    assert made.last_response is not None
    request = service.events[0]["request"]
    assert request == {"id": made.last_response.request_id, "idempotency_key": "k1"}


async def test_webhook_endpoints_tell_their_secret_once(client: StripeClient, service: StripeStandIn) -> None:
    endpoints = client.v1.webhook_endpoints
    made = await endpoints.create_async(
        {"url": "https://shop.example/webhooks/stripe", "enabled_events": ["payment_intent.succeeded"]}
    )
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    [listed] = (await endpoints.list_async()).data
    assert (listed.url, "secret" in listed) == (made.url, False)
    changed = await endpoints.update_async(made.id, {"enabled_events": ["*"], "description": "shop"})
    assert (changed.enabled_events, changed.description) == (["*"], "shop")
    wrong: Any = {"url": "https://shop.example", "enabled_events": ["payment.done"]}
    with pytest.raises(stripe.InvalidRequestError, match="must be one of"):
        await endpoints.create_async(wrong)
    assert (await endpoints.delete_async(made.id)).deleted
    assert (await endpoints.list_async()).data == []


async def test_domains_account_and_payment_methods_can_be_read(client: StripeClient, service: StripeStandIn) -> None:
    domains = client.v1.payment_method_domains
    made = await domains.create_async({"domain_name": "shop.example"})
    assert (await domains.validate_async(made.id)).apple_pay.status == "active"
    assert [domain.id for domain in (await domains.list_async({"domain_name": "shop.example"})).data] == [made.id]
    with pytest.raises(stripe.InvalidRequestError):
        await domains.create_async({"domain_name": "127.0.0.1"})
    account = await client.v1.accounts.retrieve_current_async()
    assert account.charges_enabled
    intent = await client.v1.payment_intents.create_async(a_request(**CONFIRM, confirm=True))
    method = await client.v1.payment_methods.retrieve_async(str(intent.payment_method))
    assert method.card is not None
    assert method.card.last4 == "4242"


@pytest.mark.skipif(not SPECS.is_dir(), reason="the published fixtures are not beside the project")
async def test_the_objects_have_every_published_field(client: StripeClient, service: StripeStandIn) -> None:
    fixtures = json.loads((SPECS / "stripe-fixtures.json").read_text())
    # both come only from old ways to pay or when expanded
    left_out = {"charge": {"refunds"}}
    service.add_endpoint("http://127.0.0.1:1/hook", "whsec_1", events=["charge.updated"])
    await client.v1.payment_method_domains.create_async({"domain_name": "shop.example"})
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.pay(made.id)
    service.refund(made.id, 100)
    service.dispute(made.id)
    service.fraud_warning(made.id)
    facts = service.store
    objects = [
        *(next(iter(facts.page(kind).values())) for kind in fixtures if _is_kept(kind)),
        service.events[0],
        (await client.v1.accounts.retrieve_current_async()).to_dict(),
    ]
    assert len(objects) == 10
    for thing in objects:
        kind = thing["object"]
        _assert_fields(fixtures[kind], thing, kind, left_out.get(kind, set()))


def _is_kept(kind: str) -> bool:
    return kind not in ("account", "balance_transaction", "event", "customer_session", "review")


def _assert_fields(published: Any, ours: Any, path: str, left_out: set[str]) -> None:
    if not isinstance(published, dict) or not isinstance(ours, dict) or path.endswith((".metadata", "data.object")):
        return
    missing = published.keys() - ours.keys() - left_out
    assert not missing, f"{path} lacks {sorted(missing)}"
    for name in published.keys() & ours.keys():
        _assert_fields(published[name], ours[name], f"{path}.{name}", set())


OBJECTS: dict[str, Any] = {
    "payment_intent": stripe.PaymentIntent,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "payment_method": stripe.PaymentMethod,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "payment_method_domain": stripe.PaymentMethodDomain,
    "event": stripe.Event,
}


UNCERTAIN = ("Optional", "NoneType", "ClassVar")  # a field so typed may be absent


async def test_the_objects_have_every_field_that_the_sdk_counts_on(
    client: StripeClient, service: StripeStandIn
) -> None:
    service.add_endpoint("http://127.0.0.1:1/hook", "whsec_1", events=["charge.updated"])
    await client.v1.payment_method_domains.create_async({"domain_name": "shop.example"})
    made = await client.v1.payment_intents.create_async(PAYMENT)
    service.pay(made.id)
    service.refund(made.id, 100)
    service.dispute(made.id)
    for kind, described in OBJECTS.items():
        thing = service.events[0] if kind == "event" else next(iter(service.store.page(kind).values()))
        hints = {name: str(hint) for name, hint in described.__annotations__.items()}
        certain = {name for name, hint in hints.items() if not any(word in hint for word in UNCERTAIN)}
        assert certain <= thing.keys(), f"{kind} lacks {sorted(certain - thing.keys())}"
