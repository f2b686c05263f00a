"""Stripe's webhooks go past the router, and their answer is not composed anew: nobody can tell but by the time."""

import logging
from collections.abc import AsyncIterator

import pytest

from tests.support.faults.attacks import Answer, open_web, post, send
from tests.support.web_fakes import STRIPE_SIGNATURE, Fakes
from web.connections import requests_sent_ahead

SIGNED = f"Stripe-Signature: {STRIPE_SIGNATURE}\r\n"
CLOSE = "Connection: close\r\n"
WEBHOOK = post("/webhooks/stripe", b"{}", SIGNED)
LAST = post("/webhooks/stripe", b"{}", SIGNED + CLOSE)


@pytest.fixture
async def port(fakes: Fakes) -> AsyncIterator[int]:
    async with open_web(fakes.dependencies()) as port:
        yield port


def told(answer: Answer) -> tuple[str, set[str], str]:
    """Status line, headers but for what differs by nature, body."""
    head, _, body = answer.text.partition("\r\n\r\n")
    status, *headers = head.split("\r\n")
    assert sum(one.startswith("Date: ") and one.endswith(" GMT") for one in headers) == 1
    return status, {one for one in headers if not one.startswith(("Date: ", "Connection: "))}, body


async def test_it_is_the_same_answer_whether_the_connection_goes_on_or_not(port: int) -> None:
    goes_on, last = await send(port, WEBHOOK, wait=0.2), await send(port, LAST, wait=3)
    assert told(goes_on) == told(last)
    assert told(last)[0] == "HTTP/1.1 200 OK"
    assert told(last)[2] == '{"received": true}'
    assert goes_on.closed_after is None
    assert last.closed_after is not None


async def test_http_1_0_is_answered_in_its_own_words(port: int) -> None:
    old = WEBHOOK.replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = await send(port, old, wait=3)
    assert answer.text.startswith("HTTP/1.0 200 OK")
    assert answer.closed_after is not None
    kept = old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
    assert "Connection: keep-alive" in (await send(port, kept, wait=0.2)).text


async def test_one_connection_brings_one_webhook_after_another(port: int, fakes: Fakes) -> None:
    answer = await send(port, WEBHOOK, WEBHOOK, LAST, pause=0.05, wait=3)
    assert answer.text.count("HTTP/1.1 200 OK") == len(fakes.recorder.events) == 3


async def test_who_sends_too_many_ahead_is_answered_once(port: int) -> None:
    answer = await send(port, WEBHOOK * (requests_sent_ahead() + 2), wait=3)
    assert answer.text.count("HTTP/1.1 200 OK") == 1
    assert answer.closed_after is not None


async def test_what_fails_is_told_in_the_log_and_asked_for_again(
    port: int, fakes: Fakes, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.recorder.error = RuntimeError("no such table")
    with caplog.at_level(logging.ERROR, "web.errors"):
        answer = await send(port, LAST, wait=3)
    assert answer.status == 500
    assert "POST /webhooks/stripe failed: RuntimeError: no such table" in caplog.text


async def test_another_way_of_asking_finds_what_the_router_does(port: int) -> None:
    get = LAST.replace(b"POST", b"GET")
    assert (await send(port, get, wait=3)).status == 405
    assert (await send(port, LAST.replace(b"/stripe", b"/stripe/"), wait=3)).status == 404
    assert (await send(port, LAST.replace(b"/stripe", b"/stripe?again=1"), wait=3)).status == 200
