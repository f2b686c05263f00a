"""Many cheap requests of one stranger: answered a while, then refused, and what was sent ahead is dropped unread."""

import asyncio

import pytest
from aiohttp import HttpVersion10
from aiohttp.test_utils import make_mocked_request

import web.connections
import web.rate_limits
from tests.support.faults.attacks import get, post, send
from tests.support.web_fakes import STRIPE_SIGNATURE, TELEGRAM_SECRET, TOKEN, Fakes
from web.peers import comes_by_proxy
from web.rate_limits import client_network

SIGNED = f"Stripe-Signature: {STRIPE_SIGNATURE}\r\n"
TELEGRAM = f"X-Telegram-Bot-Api-Secret-Token: {TELEGRAM_SECRET}\r\n"
ASKS = "Expect: 100-continue\r\n"
INVITED = "HTTP/1.1 100 Continue"
AT_ONCE = 12


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web.rate_limits, "all_requests_at_once", lambda: AT_ONCE)


async def status(port: int, path: str, address: str) -> int:
    return (await send(port, get(path, f"Connection: close\r\nX-Forwarded-For: {address}\r\n"))).status


@pytest.mark.parametrize(
    "request_",
    [
        get("/static/pay.css"),
        get("/healthz"),
        get("/nothing"),
        get(f"/pay/{TOKEN}"),
        post("/healthz"),
        post("/webhooks/stripe"),
        post("/webhooks/stripe", b"{}", SIGNED),
    ],
)
async def test_what_is_sent_far_ahead_is_dropped_unread(port: int, request_: bytes) -> None:
    answer = await send(port, request_ * 500)
    assert answer.text.count("HTTP/1.1 ") <= 1  # none at all where the rest of it breaks the connection first
    assert answer.closed_after is not None


async def test_a_few_that_are_sent_ahead_are_all_answered(port: int) -> None:
    answer = await send(port, get("/healthz") * 7 + get("/healthz", "Connection: close\r\n"))
    assert answer.text.count("HTTP/1.1 200") == 8


@pytest.mark.parametrize("path", ["/static/pay.css", "/nothing", "/pay/a/b/c", "/webhooks", "/healthz/", "/metrics"])
async def test_whatever_one_address_asks_for_has_a_limit(few: None, port: int, path: str) -> None:
    usual = await status(port, path, "203.0.113.1")
    rest = [await status(port, path, "203.0.113.1") for _ in range(AT_ONCE)]
    assert rest == [usual] * (AT_ONCE - 1) + [429]
    assert await status(port, path, "203.0.113.2") == usual


async def test_who_is_over_the_limit_connects_anew(few: None, port: int, fakes: Fakes) -> None:
    stranger = "X-Forwarded-For: 203.0.113.1\r\n"
    for _ in range(AT_ONCE):
        await status(port, "/nothing", "203.0.113.1")
    for request, expected in [
        (get("/static/pay.css", stranger), 429),
        (get("/healthz", stranger), 200),
        (get("/readyz", stranger), 200),
        (post("/webhooks/stripe", b"{}", stranger), 400),
        (post("/webhooks/telegram", b"{}", stranger), 401),
    ]:
        answer = await send(port, request)
        assert (answer.status, answer.closed_after is not None) == (expected, True)
        assert ("Retry-After" in answer.text) is (expected == 429)
    kept = await send(port, post("/webhooks/stripe", b"{}", SIGNED + stranger), wait=0.2)
    assert (kept.status, kept.closed_after) == (200, None)
    fakes.clock.forward(seconds=1)
    assert await status(port, "/static/pay.css", "203.0.113.1") == 200


async def test_a_page_with_its_files_for_a_whole_office_passes(port: int) -> None:
    files = ["page.css", "pay.css", "pay.js"]
    for _ in range(100):
        paths = [f"/pay/{TOKEN}", *(f"/static/{name}" for name in files)]
        answers = await asyncio.gather(*(status(port, path, "203.0.113.1") for path in paths))
        assert answers == [200] * 4


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        ("/webhooks/stripe", "", 400),
        ("/webhooks/stripe", "Stripe-Signature: t=1\r\n", 400),
        ("/webhooks/resend", "", 400),
        ("/webhooks/telegram", "", 401),
        (f"/pay/{TOKEN}/intent", "Origin: https://evil.example\r\n", 403),
    ],
)
async def test_nobody_is_invited_to_send_what_is_refused(port: int, path: str, headers: str, expected: int) -> None:
    answer = await send(port, post(path, b"", headers + ASKS, length=1000))
    assert answer.status == expected
    assert answer.closed_after is not None


@pytest.mark.parametrize("headers", [SIGNED, TELEGRAM])
async def test_a_body_that_is_too_long_is_not_invited_either(port: int, headers: str) -> None:
    path = "/webhooks/stripe" if headers == SIGNED else "/webhooks/telegram"
    assert (await send(port, post(path, b"", headers + ASKS, length=2**21))).status == 413


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [("/webhooks/stripe", SIGNED, b"{}"), ("/webhooks/telegram", TELEGRAM, b'{"update_id": 1}')],
)
async def test_a_body_that_is_wanted_is_invited(port: int, path: str, headers: str, body: bytes) -> None:
    head = post(path, b"", headers + ASKS, length=len(body))
    answer = await send(port, head, body, pause=0.1, wait=0.5)
    assert answer.text.startswith(INVITED + "\r\n\r\nHTTP/1.1 200")


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("100.64.3.4", "198.51.100.1", "198.51.100.1"),
        ("169.254.1.1", "198.51.100.1", "198.51.100.1"),
        ("fe80::1%eth0", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.2", "198.51.100.1", "198.51.100.1"),
        ("::1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("127.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("127.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("127.0.0.1", "64:ff9b::198.51.100.1", "64:ff9b::c633:6401"),
        ("64:ff9b::c633:6401", None, "64:ff9b::c633:6401"),
        ("64:ff9b::127.0.0.1", "198.51.100.1", "64:ff9b::7f00:1"),
        ("100.128.0.1", "198.51.100.1", "100.128.0.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 172.18.0.1:80, [fe80::1], 127.0.0.1", "198.51.100.1"),
        ("127.0.0.1", "198.51.100.1, nonsense, 10.0.0.7", None),
        ("127.0.0.1", "172.18.0.1", None),
        ("127.0.0.1", f"198.51.100.1{', 10.0.0.7' * 7}", "198.51.100.1"),
        ("127.0.0.1", f"198.51.100.1{', 10.0.0.7' * 5000}", None),
        ("127.0.0.1", "nonsense", None),
        ("127.0.0.1", "", None),
        ("127.0.0.1", None, "127.0.0.1"),
        ("2001:db8:1:2:3::4", None, "2001:db8:1:2::/64"),
        ("", "198.51.100.1", ""),
    ],
)
def test_an_address_is_believed_only_from_a_proxy_of_ours(
    peer: str, forwarded: str | None, network: str | None
) -> None:
    headers = {"Host": "127.0.0.1:8080"} | ({} if forwarded is None else {"X-Forwarded-For": forwarded})
    request = make_mocked_request("GET", "/pay/x", headers=headers).clone(remote=peer)
    assert client_network(request) == network


async def test_behind_an_nginx_that_says_nothing_of_whom_it_asks_for_nobody_is_known(few: None, port: int) -> None:
    """It asks as if it were somebody on this machine, but in HTTP/1.0: all customers would have one limit together."""
    asked = {"Host": "127.0.0.1:8080", "Connection": "close"}
    request = make_mocked_request("GET", "/", headers=asked, version=HttpVersion10).clone(remote="127.0.0.1")
    assert comes_by_proxy(request), "or everybody might read the figures"
    assert client_network(request) is None
    by_nginx = b"GET /nothing HTTP/1.0\r\nHost: 127.0.0.1:8080\r\nConnection: close\r\n\r\n"
    assert {(await send(port, by_nginx)).status for _ in range(AT_ONCE + 1)} == {404}
