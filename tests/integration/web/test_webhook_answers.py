"""Stripe's webhooks go past the router, and their answer is not composed anew: nobody can tell but by the time."""

import logging
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.support.faults.attacks import Answer, open_web, post, send
from tests.support.web_fakes import STRIPE_SIGNATURE, Fakes
from web import application as web_application
from web import webhooks as web_webhooks
from web.connections import requests_sent_ahead
from web.security import SERVER

SIGNED = f"Stripe-Signature: {STRIPE_SIGNATURE}\r\n"
CLOSE = "Connection: close\r\n"
WEBHOOK = post("/webhooks/stripe", b"{}", SIGNED)
LAST = post("/webhooks/stripe", b"{}", SIGNED + CLOSE)


PIECES = b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"
IN_PIECES = LAST.replace(b"Content-Length: 2", b"Transfer-Encoding: chunked").replace(b"{}", PIECES)
ASKED = {
    "usual": LAST,
    "in pieces": IN_PIECES,
    "invited": post("/webhooks/stripe", b"{}", SIGNED + CLOSE + "Expect: 100-continue\r\n"),
    "expects something odd": post("/webhooks/stripe", b"{}", SIGNED + CLOSE + "Expect: tea\r\n"),
    "by the whole address": LAST.replace(b"/webhooks", b"http://shop/webhooks"),
    "with odd letters": LAST.replace(b"/stripe", b"/%73tripe"),
    "another path": LAST.replace(b"/stripe", b"/Stripe"),
    "another way": LAST.replace(b"POST", b"PUT"),
    "not signed": post("/webhooks/stripe", b"{}", CLOSE),
    "signed twice": post("/webhooks/stripe", b"{}", SIGNED + SIGNED + CLOSE),
    "no event": post("/webhooks/stripe", b"x", SIGNED + CLOSE),
    "bytes that are no text": post("/webhooks/stripe", b"{}", "Accept-Language: \xff\r\n" + CLOSE),
    "one ahead": WEBHOOK + LAST,
    "one ahead that is refused": post("/webhooks/stripe", b"x", SIGNED) + LAST,
}


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
    goes_on, last = await send(port, WEBHOOK, wait=0.2), await send(port, LAST)
    assert told(goes_on) == told(last)
    assert told(last)[0] == "HTTP/1.1 200 OK"
    assert told(last)[2] == '{"received": true}'
    assert goes_on.closed_after is None
    assert last.closed_after is not None


async def test_http_1_0_is_answered_in_its_own_words(port: int) -> None:
    old = WEBHOOK.replace(b"HTTP/1.1", b"HTTP/1.0")
    answer = await send(port, old)
    assert answer.text.startswith("HTTP/1.0 200 OK")
    assert answer.closed_after is not None
    kept = old.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
    assert "Connection: keep-alive" in (await send(port, kept, wait=0.2)).text


async def test_one_connection_brings_one_webhook_after_another(port: int, fakes: Fakes) -> None:
    answer = await send(port, WEBHOOK, WEBHOOK, LAST, pause=0.05)
    assert answer.text.count("HTTP/1.1 200 OK") == len(fakes.recorder.events) == 3


async def test_who_sends_too_many_ahead_is_answered_once(port: int) -> None:
    answer = await send(port, WEBHOOK * (requests_sent_ahead() + 2))
    assert answer.text.count("HTTP/1.1 200 OK") == 1
    assert answer.closed_after is not None


async def test_what_fails_is_told_in_the_log_and_asked_for_again(
    port: int, fakes: Fakes, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.recorder.error = RuntimeError("no such table")
    with caplog.at_level(logging.ERROR, "web.errors"):
        answer = await send(port, LAST)
    assert answer.status == 500
    assert "POST /webhooks/stripe failed: RuntimeError: no such table" in caplog.text


async def test_another_way_of_asking_finds_what_the_router_does(port: int) -> None:
    get = LAST.replace(b"POST", b"GET")
    assert (await send(port, get)).status == 405
    assert (await send(port, LAST.replace(b"/stripe", b"/stripe/"))).status == 404
    assert (await send(port, LAST.replace(b"/stripe", b"/stripe?again=1"))).status == 200


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
async def test_it_is_what_the_router_and_aiohttp_would_say(
    asked: bytes, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed() -> web.Response:
        return web.Response(body=web_webhooks.BODY, content_type=web_webhooks.TYPE, headers={"Server": SERVER})

    async with open_web(fakes.dependencies()) as port:
        answer = await send(port, asked)
    monkeypatch.setattr(web_application, "_past_the_router", lambda _, routed: routed)
    monkeypatch.setattr(web_webhooks, "_Received", composed)
    async with open_web(fakes.dependencies()) as port:
        routed = await send(port, asked)
    assert undated(answer.text) == undated(routed.text)
    assert (answer.closed_after is None) == (routed.closed_after is None)


def undated(text: str) -> list[list[str]]:
    """Each answer's lines, the headers in any order."""
    return [sorted(re.sub("Date: .*", "Date", one).split("\r\n")) for one in text.split("HTTP/1.1 ")]
