"""What holds for every answer: headers, limits, health, files."""

import base64
import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from checkout.errors import LimitReached
from checkout.model.payment import Status
from tests.support.clock import MovedClock
from tests.support.payments import a_payment
from tests.support.web_fakes import STRIPE_SIGNATURE, TOKEN, Fakes
from web.application import build_web_app
from web.rate_limits import TokenBuckets
from web.security import content_security_policy
from web.static_files import STATIC as FOLDER
from web.static_files import StaticFiles

Client = TestClient[Any, Any]
REAL_JS, REAL_API = "https://js.stripe.com/endive/stripe.js", "https://api.stripe.com"


def directives(policy: str) -> dict[str, str]:
    return {name: sources for name, _, sources in (part.partition(" ") for part in policy.split("; "))}


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/pay/{TOKEN}", 200), ("/pay/late", 410), ("/pay/none", 404), ("/nowhere", 404), ("/pay/none/status", 404)],
)
async def test_every_page_carries_the_same_security_headers(
    client: Client, fakes: Fakes, path: str, status: int
) -> None:
    fakes.pages.put(a_payment())
    fakes.pages.put(a_payment(status=Status.EXPIRED, pay_token="late"))
    answer = await client.get(path)
    assert answer.status == status
    headers = answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in headers["X-Robots-Tag"]
    assert 'payment=(self "https://js.stripe.com")' in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["Content-Security-Policy"] == content_security_policy(REAL_JS, REAL_API)


def test_the_policy_names_stripes_hosts_and_nobody_elses() -> None:
    policy = directives(content_security_policy(REAL_JS, REAL_API))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' https://js.stripe.com https://*.js.stripe.com"
    assert policy["frame-src"] == "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
    assert policy["connect-src"] == "'self' https://api.stripe.com"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)


def test_other_origins_take_the_place_of_stripes() -> None:
    text = content_security_policy("http://127.0.0.1:9001/endive/stripe.js", "http://127.0.0.1:9002/")
    policy = directives(text)
    assert policy["script-src"] == "'self' http://127.0.0.1:9001"
    assert policy["connect-src"] == "'self' http://127.0.0.1:9002 http://127.0.0.1:9001"
    assert "stripe.com" not in text


@pytest.mark.parametrize("api", ["https://proxy.example.com/stripe", "http://127.0.0.1:9002"])
def test_stripes_own_script_asks_stripe_wherever_the_server_asks(api: str) -> None:
    policy = content_security_policy(REAL_JS, api)
    assert policy == content_security_policy(REAL_JS, REAL_API)


async def test_on_plain_http_there_is_no_promise_of_https(fakes: Fakes) -> None:
    async with TestClient(TestServer(build_web_app(fakes.dependencies(public_url="http://127.0.0.1:8080")))) as client:
        assert "Strict-Transport-Security" not in (await client.get("/pay/none")).headers


async def test_below_a_path_every_address_carries_it(fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    dependencies = fakes.dependencies(public_url="https://example.com/shop")
    async with TestClient(TestServer(build_web_app(dependencies))) as client:
        page = await (await client.get(f"/pay/{TOKEN}")).text()
        opened = await (await client.post(f"/pay/{TOKEN}/intent")).json()
    assert f'data-base="/shop/pay/{TOKEN}"' in page
    assert opened["return_url"] == f"https://example.com/shop/pay/{TOKEN}/done"
    assert 'src="/shop/static/pay.js?v=' in page


async def test_a_hundred_looks_at_one_token_pass_and_then_there_is_a_pause(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    answers = [(await client.get(f"/pay/{TOKEN}/status")) for _ in range(151)]
    assert [answer.status for answer in answers] == [200] * 150 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert (await answers[-1].json())["error"]["code"] == "too_many_requests"
    fakes.clock.forward(seconds=1)
    assert (await client.get(f"/pay/{TOKEN}")).status == 200


async def test_several_hundred_requests_from_one_address_pass(client: Client, fakes: Fakes) -> None:
    statuses = [(await client.get(f"/pay/none{number}")).status for number in range(601)]
    assert statuses == [404] * 600 + [429]
    page = await client.get("/pay/none")
    assert "Too many requests" in await page.text()


async def test_webhooks_and_files_are_never_limited(client: Client, fakes: Fakes) -> None:
    for number in range(601):
        await client.get(f"/pay/none{number}")
    signed = {"Stripe-Signature": STRIPE_SIGNATURE}
    assert (await client.post("/webhooks/stripe", data=b"{}", headers=signed)).status == 200
    assert (await client.get("/static/pay.js")).status == 200


def test_a_bucket_forgets_the_key_that_was_used_longest_ago() -> None:
    buckets = TokenBuckets("address", 1, MovedClock(), most=2)
    for key in ("a", "b", "c"):
        buckets.take(key)
    buckets.take("a")
    with pytest.raises(LimitReached) as caught:
        buckets.take("c")
    assert caught.value.retry_after == 60


async def test_alive_needs_nothing(client: Client) -> None:
    assert (await client.get("/healthz")).status == 200


async def test_ready_tells_what_is_wrong(fakes: Fakes) -> None:
    async def late() -> Mapping[str, str]:
        return {"database": "ok", "outbox": "3 messages are late"}

    async def broken() -> Mapping[str, str]:
        raise OSError("the database is gone")

    for ready, status in ((fakes.ready, 200), (late, 503), (broken, 503)):
        async with TestClient(TestServer(build_web_app(fakes.dependencies(ready=ready)))) as client:
            answer = await client.get("/readyz")
            assert answer.status == status
            checks = (await answer.json())["checks"]
            assert all(word == "ok" for word in checks.values()) == (status == 200)


async def test_a_load_balancer_may_leave_out_what_keeps_no_customer_from_paying(fakes: Fakes) -> None:
    async def late() -> Mapping[str, str]:
        return {"database": "ok", "outbox": "3 messages are late"}

    async def old() -> Mapping[str, str]:
        return {"database": "ok", "schema": "is at 0001", "outbox": "ok"}

    for ready, status in ((late, 200), (old, 503)):
        async with TestClient(TestServer(build_web_app(fakes.dependencies(ready=ready)))) as client:
            assert (await client.get("/readyz?except=outbox")).status == status


async def test_behind_a_proxy_that_names_nobody_one_stranger_does_not_use_up_what_all_have(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    by_proxy = {"Host": "pay.example.com"}
    statuses = [(await client.get(f"/pay/none{number}", headers=by_proxy)).status for number in range(620)]
    assert set(statuses) == {404}
    assert caplog.text.count("X-Forwarded-For names no customer") == 1


ROOM = 300  # bytes for longer names and descriptions than here
STATIC = list(StaticFiles("").contents())
BEARER = {"Authorization": "Bearer metrics-token"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"X-Forwarded-For": "198.51.100.1"}, 403),
        ({"Authorization": "Bearer wrong"}, 403),
        ({"Authorization": "Bearer пароль"}, 403),
        ({"Authorization": "Basic metrics-token"}, 403),
        (BEARER, 200),
        ({"X-Forwarded-For": "198.51.100.1", **BEARER}, 200),
    ],
)
async def test_a_token_that_is_set_is_asked_of_everybody(client: Client, headers: dict[str, str], status: int) -> None:
    assert (await client.get("/metrics", headers=headers)).status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8080"}, 200),
        ({"Host": "[::1]:8080"}, 200),
        ({"Host": "pay.example.com"}, 403),
        ({"X-Forwarded-For": "198.51.100.1"}, 403),
        ({"X-Forwarded-For": "127.0.0.1"}, 403),
        ({"X-Real-IP": "198.51.100.1"}, 403),
        ({"Forwarded": "for=198.51.100.1"}, 403),
        ({"Via": "1.1 proxy"}, 403),
    ],
)
async def test_without_a_token_the_numbers_are_for_this_machine_alone(
    fakes: Fakes, headers: dict[str, str], status: int
) -> None:
    async with TestClient(TestServer(build_web_app(fakes.dependencies(metrics_token="")))) as client:
        assert (await client.get("/metrics", headers=headers)).status == status


async def test_a_file_may_be_kept_as_long_as_its_hash_is_in_the_address(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    page = await (await client.get(f"/pay/{TOKEN}")).text()
    address = page.split('href="/static/')[1].split('"')[0]
    kept = await client.get(f"/static/{address}")
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.content_type == "text/css"
    loose = await client.get("/static/pay.css?v=old")
    assert loose.headers["Cache-Control"] == "no-cache"
    again = await client.get("/static/pay.css", headers={"If-None-Match": loose.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("name", ["nothing.js", "..%2fapi.py", "%00", ".", "pay.css.map"])
async def test_no_other_file_is_served(client: Client, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status == 404


def header_bytes(answer: ClientResponse) -> int:
    """With the first line, and what ends each."""
    lines = [len(name) + len(value) + len(b": \r\n") for name, value in answer.raw_headers]
    return len(b"HTTP/1.1 200 OK\r\n") + sum(lines) + len(b"\r\n")


async def test_all_of_the_page_is_at_most_16_kb_on_the_wire(fakes: Fakes) -> None:
    """Compressed as browsers ask for it, with its headers; the Russian page is the larger one, and a real link has 43
    characters."""
    payment = a_payment(language="ru", pay_token=secrets.token_urlsafe(32))
    fakes.pages.put(payment, "ru")
    paths = [f"/pay/{payment.pay_token}", *(f"/static/{name}" for name in STATIC)]
    async with TestClient(TestServer(build_web_app(fakes.dependencies())), auto_decompress=False) as browser:
        answers = [await browser.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) for path in paths]
        sizes = [len(await answer.read()) + header_bytes(answer) for answer in answers]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert 5_000 < sum(sizes) <= 16_384 - ROOM


def test_what_only_readers_of_the_source_need_does_not_leave() -> None:
    served = b"\n".join(StaticFiles("").contents().values()).decode()
    assert not re.search(r"^ *(//|/\*)", served, re.MULTILINE)
    sources = "\n".join(path.read_text() for kind in ("*.css", "*/*.js") for path in FOLDER.glob(kind))
    code, left = (re.sub(r"/\*.*?\*/|^ *//[^\n]*", "", one, flags=re.S | re.M).split() for one in (sources, served))
    assert sorted(code) == sorted(left)


@pytest.mark.parametrize(
    ("accepted", "coded"),
    [
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("br, gzip", True),
        pytest.param("," * 6_000 + "gzip", False, id="far behind"),
    ],
)
async def test_compressed_is_only_what_is_asked_for_compressed(fakes: Fakes, accepted: str, coded: bool) -> None:
    fakes.pages.put(a_payment())
    async with TestClient(TestServer(build_web_app(fakes.dependencies())), auto_decompress=False) as browser:
        for path in (f"/pay/{TOKEN}", "/static/pay.js"):
            answer = await browser.get(path, headers={"Accept-Encoding": accepted})
            assert ("Content-Encoding" in answer.headers) == coded
            assert answer.headers["Vary"] == "Accept-Encoding"


async def test_a_wrong_method_is_told_in_the_routes_own_way(client: Client) -> None:
    page = await client.post(f"/pay/{TOKEN}", data=b"x")
    assert (page.status, page.content_type) == (405, "text/html")
    assert "GET" in page.headers["Allow"]
    script = await client.get("/webhooks/stripe")
    assert (script.status, script.content_type) == (405, "application/json")


async def test_a_browser_runs_nothing_of_ours_that_was_changed_on_the_way(client: Client, fakes: Fakes) -> None:
    """Each script and style is named with the digest of what its address serves."""
    fakes.pages.put(a_payment())
    page = await (await client.get(f"/pay/{TOKEN}")).text()
    named = re.findall(r'(?:src|href)="(/static/[^"]+)" integrity="sha384-([^"]+)"', page)
    assert len(named) == page.count("/static/") == len(STATIC)
    for address, digest in named:
        served = await (await client.get(html.unescape(address))).read()
        assert base64.b64encode(hashlib.sha384(served).digest()).decode() == digest
