"""What stands before Stripe, or Resend, answers in their place: no page, but JSON of its own, whatever its status."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from checkout.errors import PaymentRefused, ServiceUnavailable
from checkout.model.outgoing import OutgoingMail
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.service_health import ServiceHealth
from providers.resend_mail import ResendMailSender
from providers.stripe_gateway import StripeGateway
from providers.stripe_history import StripeHistory
from tests.support.clock import MovedClock
from tests.support.payments import a_payment

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DEEP = '{"object": ' + "[" * 5000 + "]" * 5000 + "}"
ANSWERS = [
    *((200, body) for body in ("{}", "[]", "null", "1", '"ok"', "", DEEP, '{"object": "refu')),
    (200, '{"error": "upstream"}'),
    (200, '{"object": 5}'),
    (200, '{"object": "list"}'),
    (200, '{"object": "list", "data": null, "has_more": false}'),
    (200, '{"object": "list", "data": [1, null], "has_more": true}'),
    (200, '{"object": "list", "data": [{"object": "event"}], "has_more": true}'),
    *((status, '{"error": "upstream"}') for status in (400, 404, 429, 502, 503)),
    (502, '{"error": {"message": 5}}'),
    (503, "[]"),
]


async def all_of(pages: AsyncIterator[object]) -> list[object]:
    return [page async for page in pages]


async def shown(gateway: StripeGateway, history: StripeHistory, name: str) -> object:
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "create": lambda: gateway.create_intent(a_payment(), "night-market", 1),
        "retrieve": lambda: gateway.retrieve_intent("pi_1"),
        "cancel": lambda: gateway.cancel_intent("pi_1"),
        "note": lambda: gateway.note("pi_1", {"receipt": "1"}),
        "refund": lambda: gateway.refund("pi_1", None, "key", {}),
        "refunds asked for": lambda: gateway.refund_requests("pi_1"),
        "card": lambda: gateway.card_of("pi_1"),
        "look up": lambda: history.look_up("pi_1"),
        "events": lambda: all_of(history.events(LONG_AGO)),
        "objects": lambda: all_of(history.objects(LONG_AGO)),
    }
    return await calls[name]()


CALLS = ["create", "retrieve", "cancel", "note", "refund", "refunds asked for", "card", "look up", "events", "objects"]


@asynccontextmanager
async def answering(status: int, body: str) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.mark.parametrize(("status", "body"), ANSWERS)
async def test_it_is_no_answer_of_stripes(status: int, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither that something was done, nor that it never can be: whoever asks comes again."""

    async def at_once(seconds: float) -> None:
        return None

    monkeypatch.setattr(asyncio, "sleep", at_once)  # between the tries of the library, and ours
    breaker = CircuitBreaker(ServiceHealth("Stripe", MovedClock()))
    async with answering(status, body) as url, aiohttp.ClientSession() as session:
        gateway = StripeGateway("sk_test_1", session, url)
        history = StripeHistory("sk_test_1", session, url)
        for name in CALLS:
            with pytest.raises(ServiceUnavailable) as trouble:
                await shown(gateway, history, name)
            assert str(trouble.value) == f"Stripe's answer cannot be read (HTTP {status})", name
        assert not breaker.is_open
        with pytest.raises(ServiceUnavailable):
            await StripeGateway("sk_test_1", session, url, breaker=breaker).retrieve_intent("pi_1")
        assert breaker.is_open, "others need not ask it, too"


async def test_an_answer_with_an_id_alone_is_taken() -> None:
    async with answering(200, '{"id": "pi_1"}') as url, aiohttp.ClientSession() as session:
        breaker = CircuitBreaker(ServiceHealth("Stripe", MovedClock()))
        await StripeGateway("sk_test_1", session, url, breaker=breaker).note("pi_1", {"receipt": "1"})
        assert not breaker.is_open


@pytest.mark.parametrize("odd", [r'"\ud83d"', "NaN", "Infinity", "1" + "0" * 400])
async def test_what_nobody_reads_makes_it_no_other_answer(odd: str) -> None:
    """Half a character in another program's metadata, say: webhooks are taken with it, too."""
    row = f'{{"id": "re_1", "object": "refund", "metadata": {{"request": "r"}}, "odd": {odd}}}'
    listed = f'{{"object": "list", "data": [{row}], "has_more": false, "odd": {odd}}}'
    async with answering(200, listed) as url, aiohttp.ClientSession() as session:
        breaker = CircuitBreaker(ServiceHealth("Stripe", MovedClock()))
        gateway = StripeGateway("sk_test_1", session, url, breaker=breaker)
        assert await gateway.refund_requests("pi_1") == {"r"}
        assert not breaker.is_open
    refused = f'{{"error": {{"type": "card_error", "odd": {odd}}}}}'
    async with answering(402, refused) as url, aiohttp.ClientSession() as session:
        with pytest.raises(PaymentRefused):
            await StripeGateway("sk_test_1", session, url, breaker=breaker).cancel_intent("pi_1")
        assert not breaker.is_open


@pytest.mark.parametrize("body", ["{}", "[]", "null", "1", DEEP])
async def test_it_is_no_answer_of_resends(body: str) -> None:
    mail = OutgoingMail("ben@example.org", "Receipt", "<p>1</p>", "1", {"kind": "payment_paid"})
    async with answering(200, body) as url, aiohttp.ClientSession() as session:
        sender = ResendMailSender("re_1", "Shop <shop@sandbox.example>", session, url)
        with pytest.raises(ServiceUnavailable) as trouble:
            await sender.send(mail, "key")
    assert str(trouble.value) == "Resend's answer cannot be read"
