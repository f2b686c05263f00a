"""What the log, /outbox and admins read of a service that is away: what it means, before what a library calls it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
import stripe
from aiogram.exceptions import TelegramNotFound
from aiogram.methods import SendMessage
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.telegram.account import over_http
from bot.telegram.errors import translate
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


@pytest.mark.parametrize(
    ("service", "fault", "said", "named"),
    [
        (StripeStandIn, "refused", "cannot be reached", "ClientConnectorError"),
        (ResendStandIn, "refused", "cannot be reached", "ClientConnectorError"),
        (TelegramStandIn, "refused", "cannot be reached", "ClientConnectorError"),
        (StripeStandIn, "hanging", "has not answered in time", "TimeoutError"),
        (ResendStandIn, "hanging", "has not answered in time", "TimeoutError"),
    ],
)
async def test_a_service_that_does_not_answer_is_said_to_be_gone_or_late(
    service: type[StandIn], fault: str, said: str, named: str,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.WARNING, "checkout.resilience.service_health")
    stand_in = service()
    name, has_breaker = stand_in.service.capitalize(), service is not TelegramStandIn
    hang_up_soon(monkeypatch, stand_in)
    async with broken(stand_in, fault, monkeypatch) as ask:
        with pytest.raises(ServiceUnavailable) as silent:
            await ask()
    assert reason_of(silent.value) == f"{name} {said} ({named})"
    lines = [one.getMessage() for one in caplog.records]
    assert [f"{name} is down: {name} {said}" in line for line in lines] == [True] * has_breaker


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


@pytest.mark.parametrize("service", [StripeStandIn, ResendStandIn, TelegramStandIn])
@pytest.mark.parametrize("status", [301, 308])
async def test_a_redirection_is_not_followed(service: type[StandIn], status: int) -> None:
    asked = []

    async def sent_on(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, headers={"Location": "/there"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", sent_on)
    stand_in = service()
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        stand_in.url = str(server.make_url("")).rstrip("/")
        with pytest.raises(ServiceUnavailable):
            await asking(stand_in, session)()
    assert len(asked) == 1


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


@pytest.mark.parametrize(
    ("said", "words"),
    [("Not Found", "does not know BOT_TOKEN"), ("Not Found: method not found", "Telegram cannot be reached")],
)
def test_a_token_that_can_be_none_is_told_from_an_unknown_method(said: str, words: str) -> None:
    assert words in str(translate(TelegramNotFound(SendMessage(chat_id=1, text="x"), said)))
