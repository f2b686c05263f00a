"""What the page's script asks for, and the webhooks, with fakes behind them."""

import asyncio
import gc
import json
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from checkout.errors import LinkExpired, NotOnSale, ServiceRefused, ServiceUnavailable, StaleWrite
from checkout.model.payment import SETTLED, Status
from checkout.purchase.open_pay_page import OpenedIntent
from tests.support.payments import a_paid_payment, a_payment
from tests.support.web_fakes import STRIPE_SIGNATURE, TELEGRAM_SECRET, TOKEN, Fakes
from web.application import build_web_app

INTENT, STATUS = f"/pay/{TOKEN}/intent", f"/pay/{TOKEN}/status"
Client = TestClient[Any, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def refusal(answer: ClientResponse, status: int, code: str) -> str:
    """The message of an error, after its shape was checked."""
    assert answer.status == status
    assert answer.content_type == "application/json"
    body = await answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["code"] == code
    return str(body["error"]["message"])


async def test_an_intent_comes_with_all_that_stripe_js_needs(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(), "ru")
    answer = await client.post(INTENT)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert await answer.json() == {
        "client_secret": "pi_1_secret_x",
        "publishable_key": "pk_test_1",
        "return_url": f"https://pay.example.com/pay/{TOKEN}/done",
        "amount": 1900,
        "currency": "eur",
        "language": "ru",
        "email": "anna@example.com",
        "payment_id": "pay_1",
    }


async def test_what_the_browser_says_of_the_amount_is_not_looked_at(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    answer = await client.post(INTENT, json={"amount": 1, "currency": "jpy"})
    assert (await answer.json())["amount"] == 1900


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000, b"1" * 5_000])
async def test_a_body_that_is_no_json_object_is_refused(client: Client, fakes: Fakes, body: bytes) -> None:
    fakes.pages.put(a_payment())
    await refusal(await client.post(INTENT, data=body), 400, "bad_request")
    assert fakes.pages.opened == []


async def test_a_body_that_is_too_large_is_refused(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    await refusal(await client.post(INTENT, data=b" " * (64 * 1024 + 1)), 413, "too_large")
    assert fakes.pages.opened == []


@pytest.mark.parametrize("token", ["unknown", "%ff%00", "a%2Fb", "a" * 5000])
@pytest.mark.parametrize(("method", "end"), [("POST", "intent"), ("GET", "status")])
async def test_an_unknown_token_is_not_found(client: Client, token: str, method: str, end: str) -> None:
    answer = await client.request(method, f"/pay/{token}/{end}", headers={"Accept-Language": "ru"})
    assert "платежа нет" in await refusal(answer, 404, "not_found")


@pytest.mark.parametrize("status", sorted(SETTLED))
async def test_what_is_paid_is_not_paid_again(client: Client, fakes: Fakes, status: Status) -> None:
    fakes.pages.put(a_paid_payment(status=status))
    await refusal(await client.post(INTENT), 409, "already_paid")


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.REVIEW])
async def test_what_is_under_way_is_not_paid_again(client: Client, fakes: Fakes, status: Status) -> None:
    fakes.pages.put(a_payment(status=status), "ru")
    assert "уже обрабатывается" in await refusal(await client.post(INTENT), 409, "processing")


async def test_an_expired_link_opens_no_intent(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    fakes.pages.error = LinkExpired("too late")
    await refusal(await client.post(INTENT), 410, "expired")


DOWN, MOVED = ServiceUnavailable("down"), StaleWrite("moved")


@pytest.mark.parametrize(("error", "wait"), [(ServiceUnavailable("", retry_after=7.2), "8"), (DOWN, "5"), (MOVED, "5")])
async def test_without_stripe_or_a_turn_at_the_database_the_browser_is_told_when_to_ask_again(
    client: Client, fakes: Fakes, error: Exception, wait: str
) -> None:
    fakes.pages.put(a_payment(), "ru")
    fakes.pages.error = error
    answer = await client.post(INTENT)
    assert "сейчас не отвечает" in await refusal(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == wait


async def test_what_is_sold_out_opens_no_intent(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(), "ru")
    fakes.pages.error = NotOnSale("sold out")
    assert "Сейчас это купить нельзя" in await refusal(await client.post(INTENT), 410, "unavailable")


@pytest.mark.parametrize(("language", "write"), [("en", "Please write to @nightmarket_help"), ("ru", "напишите: @n")])
async def test_what_stripe_refuses_for_good_is_not_to_be_asked_again(
    client: Client, fakes: Fakes, language: str, write: str
) -> None:
    fakes.pages.put(a_payment(), language)
    fakes.pages.error = ServiceRefused("a wrong key", code="api_key_expired")
    answer = await client.post(INTENT)
    assert write in await refusal(answer, 502, "refused")
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "https://pay.example.com"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://pay.example.com.evil.example"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "https://evil.example", "Host": "sho shop"}, 403),
        ({"Origin": "https://pay.example.com:443"}, 200),
        ({"Origin": "https://PAY.example.com."}, 200),
        ({"Origin": "http://pay.example.com"}, 403),
        ({"Origin": "https://pay.example.com:8443"}, 403),
        ({"Origin": "https://behind.example", "Host": "behind.example"}, 200),
        ({"Origin": "https://behind.example", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
async def test_another_sites_page_opens_no_intent(
    client: Client, fakes: Fakes, headers: dict[str, str], status: int
) -> None:
    fakes.pages.put(a_payment())
    assert (await client.post(INTENT, headers=headers)).status == status
    assert len(fakes.pages.opened) == (status == 200)


@pytest.mark.parametrize("status", list(Status))
async def test_the_status_is_the_databases_word_whatever_it_is(client: Client, fakes: Fakes, status: Status) -> None:
    fakes.pages.put(a_payment(status=status, amount_refunded=500))
    answer = await client.get(STATUS)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    body = await answer.json()
    assert (body["status"], body["amount"], body["amount_refunded"], body["currency"]) == (status, 1900, 500, "eur")


async def test_a_revision_changes_with_what_the_page_says(client: Client, fakes: Fakes) -> None:
    seen = set()
    for payment in (
        a_payment(),
        a_payment(status=Status.FAILED),
        a_payment(status=Status.FAILED, failure_code="expired_card"),
    ):
        fakes.pages.put(payment)
        seen.add((await (await client.get(STATUS)).json())["revision"])
    assert len(seen) == 3


async def test_a_surprise_is_a_plain_500_and_one_clean_line_in_the_log(
    client: Client, fakes: Fakes, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.pages.put(a_payment())
    fakes.pages.error = RuntimeError(f"{TOKEN}: pi_9_secret_abc of anna@example.com sk_test_42")
    await refusal(await client.post(INTENT), 500, "internal")
    (record,) = [one for one in caplog.records if one.name.startswith("web")]
    said = record.getMessage()
    assert "POST /pay/{token}/intent failed: RuntimeError" in said
    for private in (TOKEN, "secret_abc", "anna@", "sk_test"):
        assert private not in said


async def test_an_intent_that_nobody_waits_for_any_more_fails_in_silence(
    fakes: Fakes, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def never_opened(pay_token: str) -> OpenedIntent:
        begun.set()
        await over.wait()
        raise ServiceUnavailable("Stripe does not answer")

    monkeypatch.setattr(fakes.pages, "open_intent", never_opened)
    fakes.pages.put(a_payment())
    async with TestClient(TestServer(build_web_app(fakes.dependencies()))) as browser:
        asking = asyncio.create_task(browser.post(INTENT))
        await begun.wait()
        asking.cancel()
    over.set()
    for _ in range(3):  # until it has failed, and what was left of it is cleared away
        await asyncio.sleep(0)
    gc.collect()
    assert [one.getMessage() for one in caplog.records if one.name == "asyncio"] == []


async def test_stripe_is_answered_200_once_the_event_is_recorded(client: Client, fakes: Fakes) -> None:
    answer = await client.post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": STRIPE_SIGNATURE})
    assert answer.status == 200
    assert await answer.json() == {"received": True}
    assert [event.event_id for event in fakes.recorder.events] == ["evt_1"]


@pytest.mark.parametrize("headers", [{}, {"Stripe-Signature": "wrong"}, {"Stripe-Signature": "t=1,v1=é"}])
async def test_an_unsigned_event_is_refused(client: Client, fakes: Fakes, headers: dict[str, str]) -> None:
    await refusal(await client.post("/webhooks/stripe", data=b"{}", headers=headers), 400, "bad_request")
    assert fakes.recorder.events == []


async def test_an_event_that_was_not_kept_is_sent_again(client: Client, fakes: Fakes) -> None:
    fakes.recorder.error = OSError("disk full")
    answer = await client.post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": STRIPE_SIGNATURE})
    await refusal(answer, 500, "internal")


async def test_without_a_signing_secret_stripe_is_asked_to_come_again(fakes: Fakes) -> None:
    async with TestClient(TestServer(build_web_app(fakes.dependencies(stripe_webhook=None)))) as client:
        answer = await client.post("/webhooks/stripe", data=b"{}", headers={"Stripe-Signature": STRIPE_SIGNATURE})
        await refusal(answer, 503, "unavailable")
        assert int(answer.headers["Retry-After"]) >= 1


async def test_an_event_over_the_limit_is_refused(client: Client, fakes: Fakes) -> None:
    body = b"{" + b" " * 1024 * 1024
    answer = await client.post("/webhooks/stripe", data=body, headers={"Stripe-Signature": STRIPE_SIGNATURE})
    await refusal(answer, 413, "too_large")
    assert fakes.recorder.events == []


async def test_a_mails_status_is_kept_when_it_is_signed(client: Client, fakes: Fakes) -> None:
    await refusal(await client.post("/webhooks/resend", data=b"mail_1"), 400, "bad_request")
    answer = await client.post("/webhooks/resend", data=b"mail_1", headers={"svix-signature": "v1,x"})
    assert answer.status == 200
    assert [event.mail_id for event in fakes.mail_events.events] == ["mail_1"]


async def test_telegram_is_answered_200_only_after_the_update_is_handled(client: Client, fakes: Fakes) -> None:
    headers = {SECRET_HEADER: TELEGRAM_SECRET}
    assert (await client.post("/webhooks/telegram", json={"update_id": 1}, headers=headers)).status == 200
    fakes.telegram.error = RuntimeError("no")
    await refusal(await client.post("/webhooks/telegram", json={"update_id": 2}, headers=headers), 500, "internal")
    assert fakes.telegram.updates == [{"update_id": 1}]


@pytest.mark.parametrize("secret", [None, "", "wrong", "пароль", TELEGRAM_SECRET + " x"])
async def test_without_the_secret_token_no_update_is_taken(client: Client, fakes: Fakes, secret: str | None) -> None:
    headers = {} if secret is None else {SECRET_HEADER: secret}
    await refusal(await client.post("/webhooks/telegram", json={"update_id": 1}, headers=headers), 401, "unauthorized")
    assert fakes.telegram.updates == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 50_000])
async def test_an_update_that_is_no_json_object_is_refused(client: Client, fakes: Fakes, body: bytes) -> None:
    answer = await client.post("/webhooks/telegram", data=body, headers={SECRET_HEADER: TELEGRAM_SECRET})
    await refusal(answer, 400, "bad_request")
    assert fakes.telegram.updates == []


async def test_what_is_closed_is_not_found(fakes: Fakes) -> None:
    app = build_web_app(fakes.dependencies(resend_webhook=None, telegram_updates=None, metrics=None))
    async with TestClient(TestServer(app)) as client:
        for method, path in (("POST", "/webhooks/resend"), ("POST", "/webhooks/telegram"), ("GET", "/metrics")):
            await refusal(await client.request(method, path, data=json.dumps({})), 404, "not_found")


@pytest.mark.parametrize(
    "public_url", ["https://магазин.рф", "https://xn--80aairftm.xn--p1ai", "https://МАГАЗИН.рф:443/shop"]
)
async def test_a_browser_writes_our_address_in_ascii_and_without_its_port(
    fakes: Fakes, public_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    fakes.pages.put(a_payment())
    async with TestClient(TestServer(build_web_app(fakes.dependencies(public_url=public_url)))) as client:
        ours = {"Origin": "https://xn--80aairftm.xn--p1ai"}
        assert (await client.post(INTENT, headers=ours)).status == 200
        for _ in range(3):
            assert (await client.post(INTENT, headers={"Origin": "https://evil.example"})).status == 403
    refusals = [record.getMessage() for record in caplog.records]
    assert refusals == [f"a browser that says it is at 'https://evil.example' was refused: PUBLIC_URL is {public_url}"]
