"""The routes over real HTTP, with the database and Stripe's stand-in behind them."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from checkout.model.payment import Payment, Status
from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from tests.support.pay_shop import WEBHOOK_SECRET, PayShop, open_shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[PayShop]:
    async with open_shop(tmp_path) as shop:
        yield shop


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def post(http: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, Any]:
    async with http.post(url, **options) as answer:
        return answer.status, await answer.json()


async def status_of(http: aiohttp.ClientSession, shop: PayShop, payment: Payment) -> Any:
    async with http.get(shop.page_of(payment, "/status")) as answer:
        return await answer.json()


def signed(body: bytes, *, age: int = 0) -> dict[str, str]:
    """The header that Stripe would send with ``body``, ``age`` seconds ago."""
    at = int(time.time()) - age
    mac = hmac.new(WEBHOOK_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={mac}"}


async def test_any_number_of_posts_opens_one_intent(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell()
    answers = await asyncio.gather(*(post(http, shop.page_of(payment, "/intent")) for _ in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len({body["client_secret"] for _, body in answers}) == 1
    assert len(shop.stripe.payment_intents) == 1


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_burst_on_one_token_is_no_burst_on_stripe(
    shop: PayShop, http: aiohttp.ClientSession, at_once: bool
) -> None:
    payment, other = await shop.sell(), await shop.sell()
    page = shop.page_of(payment, "/intent")
    if at_once:
        statuses = {status for status, _ in await asyncio.gather(*(post(http, page) for _ in range(100)))}
        assert statuses == {200}
    else:
        shop.clock.stand_still()  # else a place comes back every two seconds
        answers = [await post(http, page) for _ in range(40)]
        assert [status for status, _ in answers] == [200] * 30 + [429] * 10
        async with http.post(page) as refused:
            assert int(refused.headers["Retry-After"]) >= 1
    assert len(shop.stripe.calls) <= 30
    assert (await post(http, shop.page_of(other, "/intent")))[0] == 200


async def test_whoever_leaves_takes_no_answer_from_the_others(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell()
    page = shop.page_of(payment, "/intent")
    shop.stripe.faults.set(FaultMode.HANG)
    first, second = (asyncio.create_task(post(http, page)) for _ in range(2))
    await until(lambda: bool(shop.stripe.calls))
    first.cancel()
    shop.stripe.faults.set(FaultMode.OK)
    assert (await second)[0] == 200
    assert len(shop.stripe.payment_intents) == 1


async def test_looking_at_a_page_tells_stripe_nothing(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell()
    for end in ("", "/done", "/status"):
        async with http.get(shop.page_of(payment, end)) as answer:
            assert answer.status == 200
    assert len(shop.stripe.calls) == 0
    assert await shop.payment(payment.pay_token) == payment


async def test_a_canceled_intent_is_followed_by_a_fresh_one(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell()
    _, first = await post(http, shop.page_of(payment, "/intent"))
    shop.stripe.cancel(next(iter(shop.stripe.payment_intents)))
    status, second = await post(http, shop.page_of(payment, "/intent"))
    assert status == 200
    assert second["client_secret"] != first["client_secret"]


async def test_a_paid_payment_is_paid_on_every_route(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell()
    await post(http, shop.page_of(payment, "/intent"))
    shop.stripe.pay(next(iter(shop.stripe.payment_intents)))
    await shop.stripe.wait_delivered()
    assert (await status_of(http, shop, payment))["status"] == "paid"
    status, body = await post(http, shop.page_of(payment, "/intent"))
    assert (status, body["error"]["code"]) == (409, "already_paid")
    async with http.get(shop.page_of(payment)) as answer:
        assert "Paid. Thank you!" in await answer.text()


async def test_past_its_time_a_link_is_gone_but_its_status_is_told(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell(expires_at=shop.clock.now() - timedelta(seconds=1))
    async with http.get(shop.page_of(payment)) as answer:
        assert answer.status == 410
    status, body = await post(http, shop.page_of(payment, "/intent"))
    assert (status, body["error"]["code"]) == (410, "expired")
    assert (await status_of(http, shop, payment))["status"] == "expired"


async def test_a_receipt_outlives_its_link(shop: PayShop, http: aiohttp.ClientSession) -> None:
    payment = await shop.sell(expires_at=shop.clock.now() - timedelta(days=1), status=Status.PAID)
    async with http.get(shop.page_of(payment)) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("fault", [FaultMode.SERVER_ERROR, FaultMode.RATE_LIMITED, FaultMode.RESET, FaultMode.HTML])
async def test_a_stripe_that_fails_is_a_503_and_the_next_try_works(
    shop: PayShop, http: aiohttp.ClientSession, fault: FaultMode
) -> None:
    payment = await shop.sell()
    shop.stripe.faults.set(fault)
    async with http.post(shop.page_of(payment, "/intent")) as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json())["error"]["code"] == "unavailable"
    shop.stripe.faults.set(FaultMode.OK)
    assert (await post(http, shop.page_of(payment, "/intent")))[0] == 200


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b"", b"{", b"\xff\xfe", b"[" * 50_000, b'{"id": 1}'])
async def test_a_signed_body_that_is_no_event_is_refused(
    shop: PayShop, http: aiohttp.ClientSession, body: bytes
) -> None:
    status, answer = await post(http, f"{shop.url}/webhooks/stripe", data=body, headers=signed(body))
    assert (status, answer["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("age", [301, -302, 10_000])
async def test_a_signature_from_another_time_is_refused(shop: PayShop, http: aiohttp.ClientSession, age: int) -> None:
    body = json.dumps({"id": "evt_1"}).encode()
    status, _ = await post(http, f"{shop.url}/webhooks/stripe", data=body, headers=signed(body, age=age))
    assert status == 400


async def raw(url: str, head: str, chunks: list[bytes]) -> str:
    """Speaks HTTP by hand and returns the status line."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(head.format(host=parts.netloc).encode("latin-1"))
    try:
        for chunk in chunks:
            writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        return (await asyncio.wait_for(reader.readline(), 30)).decode().strip()
    finally:
        writer.close()


async def test_a_body_that_hides_its_length_has_the_same_limit(shop: PayShop) -> None:
    head = "POST /webhooks/stripe HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
    signature = f"Stripe-Signature: {signed(b'')['Stripe-Signature']}\r\n\r\n"
    assert " 413 " in await raw(shop.url, head + signature, [b"x" * 65_536] * 17)


async def test_a_header_that_is_not_ascii_is_a_refusal_and_no_failure(shop: PayShop) -> None:
    head = "POST /webhooks/stripe HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n"
    assert " 400 " in await raw(shop.url, head + "Stripe-Signature: t=1,v1=\xe9\xff\r\n\r\n", [b"{}"])
