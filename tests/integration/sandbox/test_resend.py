"""The Resend stand-in, driven by the real SDK."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import resend
from aiohttp import web
from resend.exceptions import (
    InvalidApiKeyError,
    MissingRequiredFieldsError,
    RateLimitError,
    ValidationError,
)

from sandbox.base.fake_server import FaultMode
from sandbox.base.waiting import until
from sandbox.fake_resend import api
from sandbox.fake_resend.api import ResendStandIn
from tests.support.project import SPECS

SPEC = SPECS / "resend-1.5.0.emails.openapi.json"
MAIL: dict[str, Any] = {
    "from": "Night Market <shop@sandbox.example>",
    "to": "anna@mail.example",
    "subject": "Ваш код",
    "html": "<p>123456</p>",
    "text": "123456",
    "tags": [{"name": "kind", "value": "verification_code"}],
}


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ResendStandIn]:
    stand_in = ResendStandIn()
    monkeypatch.setattr(resend, "api_url", await stand_in.start())
    monkeypatch.setattr(resend, "api_key", stand_in.api_key)
    yield stand_in
    await stand_in.stop()


async def _send(key: str | None = None, **changes: Any) -> Any:
    params: Any = {name: value for name, value in {**MAIL, **changes}.items() if value is not None}
    options: Any = {"idempotency_key": key} if key is not None else None
    return await asyncio.to_thread(resend.Emails.send, params, options)


async def test_a_mail_lands_in_the_inbox_with_everything_in_it(service: ResendStandIn) -> None:
    pdf = base64.b64encode(b"%PDF").decode()
    attachment = {"filename": "Чек.pdf", "content": pdf, "content_type": "application/pdf"}
    sent = await _send("key-1", attachments=[attachment])
    mail = await service.wait_for_mail("ANNA@mail.example", "verification_code")
    assert mail.id == sent["id"]
    assert (mail.subject, mail.html, mail.text) == ("Ваш код", "<p>123456</p>", "123456")
    assert mail.attachments[0].content == b"%PDF"
    assert mail.idempotency_key == "key-1"
    fetched = await asyncio.to_thread(resend.Emails.get, sent["id"])
    assert (fetched["to"], fetched["last_event"]) == (["anna@mail.example"], "delivered")
    listed = await asyncio.to_thread(resend.Emails.list)
    assert [entry["id"] for entry in listed["data"]] == [sent["id"]]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"subject": None}, MissingRequiredFieldsError, "subject"),
        ({"html": None, "text": None}, MissingRequiredFieldsError, "html"),
        ({"colour": "red"}, ValidationError, "colour"),
        ({"subject": "a\nBcc: x@mail.example"}, ValidationError, "not allowed in the `subject`"),
        ({"from": "nobody"}, ValidationError, "Invalid `from` field"),
        ({"to": ["a@mail.example"] * 51}, ValidationError, "at most 50"),
        ({"to": "a@mail.example\r\nBcc: b@mail.example"}, ValidationError, "Invalid `to` field"),
        ({"html": 5}, ValidationError, "must be a string"),
        ({"tags": [{"name": "kind", "value": "ключ"}]}, ValidationError, "Tags should only contain"),
        ({"tags": [{"value": "x"}]}, MissingRequiredFieldsError, "tags[0].name"),
        ({"headers": {"X-A": "b\r\nBcc: c"}}, ValidationError, "Invalid header"),
    ],
)
async def test_mails_resend_would_refuse_are_refused(
    service: ResendStandIn, changes: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as refusal:
        await _send(**changes)
    assert says in str(refusal.value)
    assert service.mails == []


@pytest.mark.parametrize(
    ("attachment", "says"),
    [
        ({"filename": "x.pdf", "content": "not base64!"}, "must be Base64"),
        ({"filename": "x.pdf", "content": ""}, "either a `content` or `path`"),
        ({"filename": "x.bin", "content": "A" * (40 * 1024 * 1024 + 4)}, "must not exceed 40 MB"),
    ],
)
async def test_wrong_attachments_are_refused(service: ResendStandIn, attachment: dict[str, str], says: str) -> None:
    with pytest.raises(resend.exceptions.ResendError, match=says):
        await _send(attachments=[attachment])


async def test_a_sender_of_an_unverified_domain_is_refused(service: ResendStandIn) -> None:
    with pytest.raises(resend.exceptions.ResendError, match=r"other\.example domain is not verified") as refusal:
        await _send(**{"from": "x@other.example"})
    assert refusal.value.code == 403
    created = await asyncio.to_thread(resend.Domains.create, {"name": "other.example"})
    await asyncio.to_thread(resend.Domains.verify, created["id"])
    assert (await asyncio.to_thread(resend.Domains.get, created["id"]))["status"] == "verified"
    await _send(**{"from": "x@other.example"})


async def test_a_wrong_key_is_invalid_and_none_is_missing(
    service: ResendStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resend, "api_key", "re_wrong")
    with pytest.raises(InvalidApiKeyError):
        await _send()
    async with aiohttp.ClientSession() as session, session.post(f"{service.url}/emails", json=MAIL) as response:
        assert response.status == 401
        assert (await response.json())["name"] == "missing_api_key"


async def test_one_key_sends_one_mail_and_takes_no_other_payload(service: ResendStandIn) -> None:
    first = await _send("paid:1")
    assert (await _send("paid:1"))["id"] == first["id"]
    assert len(service.mails) == 1
    with pytest.raises(resend.exceptions.ResendError) as refusal:
        await _send("paid:1", subject="another")
    assert (refusal.value.code, refusal.value.error_type) == (409, "invalid_idempotent_request")
    with pytest.raises(resend.exceptions.ResendError) as too_long:
        await _send("k" * 257)
    assert too_long.value.error_type == "invalid_idempotency_key"


async def test_a_key_in_flight_is_a_conflict_and_a_failed_one_is_free_again(service: ResendStandIn) -> None:
    service.thinking_seconds = 0.5
    first = asyncio.create_task(_send("slow"))
    await until(lambda: bool(service.calls))
    with pytest.raises(resend.exceptions.ResendError) as refusal:
        await _send("slow")
    assert refusal.value.error_type == "concurrent_idempotent_requests"
    assert (await first)["id"] == service.mails[0].id
    with pytest.raises(ValidationError):
        await _send("again", **{"from": "nobody"})
    await _send("again")


async def test_an_answer_lost_on_the_way_leaves_the_mail_sent_once(service: ResendStandIn) -> None:
    service.faults.set(FaultMode.RESET_BODY, remaining=1)
    with pytest.raises(resend.exceptions.ResendError):
        await _send("paid:2")
    await _send("paid:2")
    assert len(service.mails_to("anna@mail.example")) == 1


async def test_the_sixth_request_in_a_second_is_told_to_wait(
    service: ResendStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(api, "time", SimpleNamespace(monotonic=lambda: now, time=time.time))
    service.requests_per_second = 5
    service.thinking_seconds = 0.2
    results = await asyncio.gather(*(_send(f"key-{n}") for n in range(6)), return_exceptions=True)
    [refusal] = [result for result in results if isinstance(result, RateLimitError)]
    headers = {name.lower(): value for name, value in refusal.headers.items()}
    assert (refusal.error_type, headers["retry-after"]) == ("rate_limit_exceeded", "1")
    now += 1
    await _send("key-6")


@pytest.mark.parametrize(
    ("to", "events"),
    [
        ("anna@mail.example", ["email.sent", "email.delivered"]),
        ("bounced+1@resend.dev", ["email.sent", "email.bounced"]),
        ("complained@resend.dev", ["email.sent", "email.delivered", "email.complained"]),
        ("delayed@resend.dev", ["email.sent", "email.delivery_delayed"]),
        ("suppressed@resend.dev", ["email.suppressed"]),
        ("failed@resend.dev", ["email.failed"]),
    ],
)
async def test_the_status_of_a_mail_is_told_by_signed_webhooks_until_they_are_taken(
    service: ResendStandIn, to: str, events: list[str]
) -> None:
    answers, taken = [503], []
    secret = ""

    async def take(request: web.Request) -> web.Response:
        headers: Any = {name: request.headers[f"svix-{name}"] for name in ("id", "timestamp", "signature")}
        body = await request.text()
        event: Any = resend.Webhooks.verify({"payload": body, "headers": headers, "webhook_secret": secret})
        status = answers.pop() if answers else 200
        if status == 200:
            taken.append(event["type"])
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.webhooks.retry_seconds = 0.01
    secret = service.add_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    await _send(to=to)
    await until(lambda: len(service.webhooks.delivered) == len(events) or None)
    assert taken == events
    await runner.cleanup()


async def test_an_address_that_bounced_is_suppressed_from_then_on(service: ResendStandIn) -> None:
    await _send(to="bounced@resend.dev")
    await _send(to="bounced@resend.dev")
    assert [mail.last_event for mail in service.mails] == ["bounced", "suppressed"]
    listed = await asyncio.to_thread(resend.Suppressions.list)
    assert [(entry["email"], entry["origin"]) for entry in listed["data"]] == [("bounced@resend.dev", "bounce")]
    fetched = await asyncio.to_thread(resend.Suppressions.get, "bounced@resend.dev")
    assert fetched["source_id"] == service.mails[0].id
    await asyncio.to_thread(resend.Suppressions.remove, "bounced@resend.dev")
    assert service.suppressions == {}


async def test_a_mail_that_was_delayed_may_bounce_long_after(service: ResendStandIn) -> None:
    service.statuses["late@mail.example"] = "delivery_delayed"
    await _send(to="late@mail.example")
    assert service.mails[0].last_event == "delivery_delayed"
    service.report(service.mails[0], "bounced")
    assert service.mails[0].last_event == "bounced"
    await _send(to="late@mail.example")
    assert service.mails[1].last_event == "suppressed"


async def test_webhooks_are_made_changed_and_removed(service: ResendStandIn) -> None:
    created = await asyncio.to_thread(
        resend.Webhooks.create, {"endpoint": "https://shop.example/hook", "events": ["email.bounced"]}
    )
    assert created["signing_secret"].startswith("whsec_")
    await asyncio.to_thread(resend.Webhooks.update, {"webhook_id": created["id"], "status": "disabled"})
    assert (await asyncio.to_thread(resend.Webhooks.get, created["id"]))["status"] == "disabled"
    assert len((await asyncio.to_thread(resend.Webhooks.list))["data"]) == 1
    await asyncio.to_thread(resend.Webhooks.remove, created["id"])
    with pytest.raises(resend.exceptions.ResendError, match="Webhook not found"):
        await asyncio.to_thread(resend.Webhooks.get, created["id"])


@pytest.mark.skipif(not SPEC.exists(), reason="the published description does not lie beside the project")
async def test_answers_have_the_published_fields(service: ResendStandIn) -> None:
    schemas = json.loads(SPEC.read_text())["components"]["schemas"]
    sent = await _send()
    domain_id = next(iter(service.domains))
    webhook = await asyncio.to_thread(
        resend.Webhooks.create, {"endpoint": "https://shop.example/hook", "events": ["email.sent"]}
    )
    answers = {
        "SendEmailResponse": sent,
        "Email": await asyncio.to_thread(resend.Emails.get, sent["id"]),
        "ListEmailsResponse": await asyncio.to_thread(resend.Emails.list),
        "Domain": await asyncio.to_thread(resend.Domains.get, domain_id),
        "ListDomainsResponse": await asyncio.to_thread(resend.Domains.list),
        "CreateWebhookResponse": webhook,
        "GetWebhookResponse": await asyncio.to_thread(resend.Webhooks.get, webhook["id"]),
        "ListWebhooksResponse": await asyncio.to_thread(resend.Webhooks.list),
        "CreateSuppressionResponseSuccess": await asyncio.to_thread(resend.Suppressions.add, {"email": "a@b.example"}),
        "ListSuppressionsResponseSuccess": await asyncio.to_thread(resend.Suppressions.list),
    }
    for name, answer in answers.items():
        _assert_shape(schemas, schemas[name], json.loads(json.dumps(answer)), name)


def _assert_shape(schemas: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        assert value in schema["enum"], where
    if isinstance(value, list):
        for item in value:
            _assert_shape(schemas, schema["items"], item, f"{where}[]")
    if isinstance(value, dict) and "properties" in schema:
        value.pop("http_headers", None)  # put in by the SDK
        assert set(value) <= set(schema["properties"]), where
        for name, item in value.items():
            _assert_shape(schemas, schema["properties"][name], item, f"{where}.{name}")
