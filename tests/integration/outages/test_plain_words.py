"""What the log, /outbox and admins read of a service that is away: what it means, before what a library calls it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import stripe

from bot.telegram.account import over_http
from checkout.errors import ServiceUnavailable
from checkout.model.outgoing import OutgoingMail
from checkout.notifications.log_words import reason_of
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.service_health import ServiceHealth
from providers.resend_mail import ResendMailSender
from providers.stripe_gateway import StripeGateway
from sandbox.base.fake_server import StandIn
from sandbox.fake_resend.api import API_KEY, ResendStandIn
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_telegram.api import TelegramStandIn
from tests.support.clock import MovedClock
from tests.support.faults.outage import break_, hang_up_soon
from tests.support.payments import a_payment

MAIL = OutgoingMail("ben@example.org", "Receipt", "<p>1</p>", "1", {"kind": "payment_paid"})
Asking = Callable[[], Awaitable[object]]


def asking(service: StandIn, session: aiohttp.ClientSession) -> Asking:
    breaker = CircuitBreaker(ServiceHealth(service.service.capitalize(), MovedClock()))
    if isinstance(service, StripeStandIn):
        gateway = StripeGateway(service.secret_key, session, service.url, breaker=breaker)
        return lambda: gateway.create_intent(a_payment(), "night-market", 1)
    if isinstance(service, ResendStandIn):
        sender = ResendMailSender(API_KEY, "Shop <shop@sandbox.example>", session, service.url, breaker)
        return lambda: sender.send(MAIL, "key")
    assert isinstance(service, TelegramStandIn)
    return over_http(session, service.url, service.token).identify


@asynccontextmanager
async def broken(service: StandIn, fault: str, patch: pytest.MonkeyPatch) -> AsyncIterator[Asking]:
    patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    await service.start()
    try:
        async with aiohttp.ClientSession() as session:
            ask = asking(service, session)
            await break_(service, fault)
            yield ask
    finally:
        await service.stop()


@pytest.mark.parametrize("service", [StripeStandIn, ResendStandIn, TelegramStandIn])
async def test_a_service_that_is_gone_is_said_to_be_out_of_reach(
    service: type[StandIn], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "checkout.resilience.service_health")
    stand_in = service()
    name = stand_in.service.capitalize()
    async with broken(stand_in, "refused", monkeypatch) as ask:
        with pytest.raises(ServiceUnavailable) as refused:
            await ask()
    assert reason_of(refused.value) == f"{name} cannot be reached (ClientConnectorError)"
    assert all(f"{name} is down: {name} cannot be reached" in one.getMessage() for one in caplog.records)


@pytest.mark.parametrize("service", [StripeStandIn, ResendStandIn])
async def test_a_service_that_is_silent_is_said_to_be_late(
    service: type[StandIn], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "checkout.resilience.service_health")
    stand_in = service()
    name = stand_in.service.capitalize()
    hang_up_soon(monkeypatch, stand_in)
    async with broken(stand_in, "hanging", monkeypatch) as ask:
        with pytest.raises(ServiceUnavailable) as late:
            await ask()
    assert reason_of(late.value) == f"{name} has not answered in time (TimeoutError)"
    [line] = caplog.records
    assert f"{name} is down: {name} has not answered in time" in line.getMessage()


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (StripeStandIn, "Stripe's answer cannot be read (HTTP 502)"),
        (TelegramStandIn, "Telegram's answer cannot be read (ContentTypeError)"),
    ],
)
async def test_a_proxys_page_is_said_to_be_unreadable_and_not_written_into_the_log(
    service: type[StandIn], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with broken(service(), "a page with 502", monkeypatch) as ask:
        with pytest.raises(ServiceUnavailable) as page:
            await ask()
    assert reason_of(page.value) == said


async def test_who_asks_beside_the_one_that_waits_hears_that_stripe_is_still_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stand_in = StripeStandIn()
    hang_up_soon(monkeypatch, stand_in)
    async with broken(stand_in, "hanging", monkeypatch) as ask:
        with pytest.raises(ServiceUnavailable):
            await ask()
        probe, beside = await asyncio.gather(ask(), ask(), return_exceptions=True)
    assert [str(probe), str(beside)] == ["Stripe has not answered in time", "Stripe is still down"]
