"""What the services' own answers mean around an outage: keys in use, refusals, an intent asked for again."""

import asyncio
import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest
import stripe

from checkout.errors import KeyTaken, ServiceRefused, ServiceUnavailable
from checkout.model.customer import Customer
from checkout.model.outgoing import OutgoingMail
from checkout.model.verification import Hasher
from checkout.purchase.verify_email import VerifyEmail
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.service_health import ServiceHealth
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from providers.resend_mail import ResendMailSender
from providers.stripe_gateway import StripeGateway
from sandbox.base.fake_server import FaultMode
from sandbox.fake_resend.api import API_KEY, ResendStandIn
from sandbox.fake_stripe.api import StripeStandIn
from tests.support.clock import MovedClock
from tests.support.faults.outage import FAULTS, break_, ended, hang_up_soon, most_at_once
from tests.support.message_samples import RENDERER
from tests.support.payments import a_payment
from tests.support.shop import code_in, until

CUSTOMER = Customer(1002, "en", "Ben")
MAIL = OutgoingMail("ben@example.org", "Receipt", "<p>1</p>", "1", {"kind": "payment_paid"})


async def test_resends_two_words_about_a_key_in_use_are_told_apart() -> None:
    resend = ResendStandIn()
    url = await resend.start()
    try:
        async with aiohttp.ClientSession() as session:
            sender = ResendMailSender(API_KEY, "Shop <shop@sandbox.example>", session, url)
            resend.thinking_seconds = 0.2
            first = asyncio.create_task(sender.send(MAIL, "key"))

            async def under_way() -> bool:
                return bool(resend.calls)

            await until(under_way, "the first request")
            with pytest.raises(ServiceUnavailable) as busy:
                await sender.send(MAIL, "key")
            assert busy.value.code == "concurrent_idempotent_requests"
            await first
            with pytest.raises(KeyTaken):
                await sender.send(OutgoingMail("ben@example.org", "Receipt", "<p>2</p>", "2", {}), "key")
            assert await sender.send(MAIL, "key") == await first
    finally:
        await resend.stop()
    assert len(resend.mails) == 1


@pytest.fixture
async def stripe_double(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StripeStandIn]:
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    stand_in = StripeStandIn()
    hang_up_soon(monkeypatch, stand_in)
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_payment_opened_in_an_outage_gets_one_intent_once_stripe_is_back(
    stripe_double: StripeStandIn, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "checkout.resilience.service_health")
    async with aiohttp.ClientSession() as session:
        breaker = CircuitBreaker(ServiceHealth("Stripe", MovedClock()))
        gateway = StripeGateway(stripe_double.secret_key, session, stripe_double.url, breaker=breaker)
        await break_(stripe_double, fault)
        with pytest.raises(ServiceUnavailable):
            await gateway.create_intent(a_payment(), "night-market", 1)
        known = len(stripe_double.calls)
        tabs = [gateway.create_intent(a_payment(), "night-market", 1) for _ in range(10)]
        outcomes = await asyncio.gather(*tabs, return_exceptions=True)
        assert all(isinstance(one, ServiceUnavailable) for one in outcomes)
        probing = list(stripe_double.calls)[known:]
        await ended(probing)
        assert most_at_once(probing) <= 1
        assert len(probing) <= 3, "ten open pages are one probe and what the SDK repeats"
        await stripe_double.bring_back()
        opened = await gateway.create_intent(a_payment(), "night-market", 1)
    assert list(stripe_double.payment_intents) == [opened.intent_id]
    said = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert said == ["Stripe is down", "Stripe is back"]


async def test_what_stripe_refuses_is_no_outage(stripe_double: StripeStandIn) -> None:
    async with aiohttp.ClientSession() as session:
        breaker = CircuitBreaker(ServiceHealth("Stripe", MovedClock()))
        gateway = StripeGateway(stripe_double.secret_key, session, stripe_double.url, breaker=breaker)
        with pytest.raises(ServiceRefused):
            await gateway.retrieve_intent("pi_unknown")
        stripe_double.faults.set(FaultMode.SERVER_ERROR, remaining=1)
        with pytest.raises(ServiceRefused):
            await gateway.retrieve_intent("pi_unknown")


async def test_a_code_whose_mail_may_have_left_is_followed_by_one_that_leaves(
    storage: DatabaseStorage, clock: MovedClock
) -> None:
    resend = ResendStandIn()
    url = await resend.start()
    try:
        async with aiohttp.ClientSession() as session:
            sender = ResendMailSender(API_KEY, "Shop <shop@sandbox.example>", session, url)
            verify = VerifyEmail(storage, clock, normalised_email, Hasher("k" * 32), RENDERER, sender)
            resend.faults.set(FaultMode.RESET_BODY, remaining=1)
            with pytest.raises(ServiceUnavailable):
                await verify.request_code(CUSTOMER, "ben@example.org")
            await verify.request_code(CUSTOMER, "ben@example.org")
            checked = await verify.check(CUSTOMER, code_in(resend.mails_to("ben@example.org")[-1]))
    finally:
        await resend.stop()
    assert checked.reason == "ok"
    assert len(resend.mails) == 2
