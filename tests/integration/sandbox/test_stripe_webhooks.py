"""How the Stripe stand-in delivers events: signed, retried, twice, late, shuffled or not at all."""

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import stripe
from aiohttp import web

from sandbox.base.waiting import until
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_stripe.objects import Wire
from sandbox.fake_stripe.store import Delivery

SECRET = "whsec_test"


@dataclass
class Shop:
    """A webhook endpoint that remembers what came; `answers` are given first, then 200."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.text()
        event: Any = stripe.Webhook.construct_event(body, request.headers["Stripe-Signature"], SECRET)
        self.bodies.append(body)
        self.events.append(event)
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    @property
    def kinds(self) -> list[str]:
        return [event.type for event in self.events]


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    made = Shop()
    app = web.Application()
    app.router.add_post("/webhooks/stripe", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/stripe"
    yield made
    await runner.cleanup()


@pytest.fixture
async def service(shop: Shop) -> AsyncIterator[StripeStandIn]:
    standin = StripeStandIn(settle_seconds=0.01, retry_pause=0.01, most_attempts=4)
    await standin.start()
    standin.add_endpoint(shop.url, SECRET)
    yield standin
    await standin.stop()


def _make(service: StripeStandIn) -> Wire:
    params: dict[str, Any] = {"amount": 1900, "currency": "eur", "description": "Путеводитель"}
    return service.create_payment_intent(params)


async def test_a_payment_is_told_in_signed_events_of_the_exact_shape(service: StripeStandIn, shop: Shop) -> None:
    intent = _make(service)
    service.pay(intent["id"])
    await service.wait_delivered()
    assert sorted(shop.kinds) == ["charge.succeeded", "payment_intent.created", "payment_intent.succeeded"]
    told = next(event for event in shop.events if event.type == "payment_intent.succeeded")
    assert (told.api_version, told.livemode, told.pending_webhooks) == ("2026-10-28.endive", False, 1)
    assert told.data.object.status == "succeeded"
    assert "Путеводитель" in shop.bodies[0]
    assert service.store.find_event(told.id)["pending_webhooks"] == 0


async def test_an_event_holds_the_object_as_it_was_then(service: StripeStandIn, shop: Shop) -> None:
    service.switches.processing_seconds = math.inf
    intent = _make(service)
    service.pay(intent["id"])
    service.release_processing(intent["id"])
    await service.wait_delivered()
    states = {event.type: event.data.object.status for event in shop.events if event.type.startswith("payment")}
    assert states["payment_intent.created"] == "requires_payment_method"
    assert states["payment_intent.processing"] == "processing"
    assert states["payment_intent.succeeded"] == "succeeded"


async def test_every_step_has_its_event(service: StripeStandIn, shop: Shop) -> None:
    intent = _make(service)
    service.pay(intent["id"], "4000000000000002")
    service.pay(intent["id"], "4000000000003220")
    service.authenticate(intent["id"])
    service.refund(intent["id"], 400)
    service.fraud_warning(intent["id"])
    service.close_dispute(service.dispute(intent["id"])["id"], won=False)
    service.cancel(_make(service)["id"])
    await service.wait_delivered()
    assert set(shop.kinds) >= {
        "payment_intent.payment_failed",
        "charge.failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_intent.canceled",
        "refund.created",
        "charge.refunded",
        "radar.early_fraud_warning.created",
        "charge.dispute.created",
        "charge.dispute.closed",
    }
    refunded = next(event for event in shop.events if event.type == "charge.refunded")
    assert refunded.data.previous_attributes.to_dict() == {"amount_refunded": 0, "refunded": False}


async def test_a_refused_event_is_sent_again_until_it_is_taken(service: StripeStandIn, shop: Shop) -> None:
    shop.answers = [500, 302, 404]
    _make(service)
    await service.wait_delivered()
    assert [attempt.status for attempt in service.attempts] == [500, 302, 404, 200]
    assert len({event.id for event in shop.events}) == 1


async def test_an_event_that_nobody_takes_is_given_up_and_found_as_undelivered(
    service: StripeStandIn, shop: Shop
) -> None:
    shop.answers = [500] * 4
    _make(service)
    await service.wait_delivered()
    [event] = service.events
    assert len(service.attempts) == 4
    assert not service.webhooks.was_delivered(event)
    await service.deliver(event["id"])
    assert service.webhooks.was_delivered(event)


async def test_twice_sends_everything_twice(service: StripeStandIn, shop: Shop) -> None:
    service.switches.delivery = Delivery.TWICE
    _make(service)
    await service.wait_delivered()
    assert len(shop.events) == 2
    assert len({event.id for event in shop.events}) == 1


async def test_late_waits(service: StripeStandIn, shop: Shop) -> None:
    service.switches.delivery, service.switches.late_seconds = Delivery.LATE, 0.2
    _make(service)
    with pytest.raises(TimeoutError):
        await service.wait_delivered(0.05)
    assert shop.events == []
    await service.wait_delivered()
    assert shop.kinds == ["payment_intent.created"]


async def test_shuffled_arrives_in_another_order(service: StripeStandIn, shop: Shop) -> None:
    service.switches.delivery = Delivery.SHUFFLED
    service.pay(_make(service)["id"])
    await service.wait_delivered()
    made = [event["id"] for event in service.events]
    came = [event.id for event in shop.events]
    assert sorted(came) == sorted(made)
    assert came != made


async def test_none_sends_nothing_until_told_to(service: StripeStandIn, shop: Shop) -> None:
    service.switches.delivery = Delivery.NONE
    _make(service)
    await service.wait_delivered()
    assert shop.events == []
    service.resend(service.events[0]["id"])
    await service.wait_delivered()
    assert shop.kinds == ["payment_intent.created"]


async def test_an_endpoint_gets_only_what_it_asked_for(service: StripeStandIn, shop: Shop) -> None:
    for endpoint_id in list(service.webhooks.endpoints):
        del service.webhooks.endpoints[endpoint_id]
    service.add_endpoint(shop.url, SECRET, events=["payment_intent.succeeded"])
    service.pay(_make(service)["id"])
    await service.wait_delivered()
    assert shop.kinds == ["payment_intent.succeeded"]


async def test_stopping_ends_what_is_under_way(service: StripeStandIn, shop: Shop) -> None:
    service.switches.delivery, service.switches.late_seconds = Delivery.LATE, 3600
    _make(service)
    await service.stop()
    await until(lambda: not [t for t in asyncio.all_tasks() if "_deliver" in repr(t)])
    assert shop.events == []


async def test_copies_of_an_event_take_detours_and_overtake_each_other(service: StripeStandIn, shop: Shop) -> None:
    detours = {1: (0.2,), 2: (0.0, 0.0, 0.0)}
    service.webhooks.detours = lambda number: detours[number]
    service.cancel(_make(service)["id"])
    assert not service.webhooks.is_idle
    await service.wait_delivered()
    assert shop.kinds == ["payment_intent.canceled"] * 3 + ["payment_intent.created"]
    assert service.webhooks.is_idle
    assert service.webhooks.lost == []


async def test_an_event_without_a_way_is_lost_for_ever_and_still_listed(service: StripeStandIn, shop: Shop) -> None:
    service.webhooks.detours = lambda number: ()
    _make(service)
    assert service.webhooks.is_idle
    assert service.webhooks.lost == [event["id"] for event in service.events]
    assert len(service.webhooks.lost) == 1
    assert shop.kinds == []
