"""Resend's signed events, in the shapes it publishes and in those it does not."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from app.runtime.clock import SystemClock
from checkout.errors import InvalidInput
from checkout.model.events import MailEvent
from providers.resend_events import ResendWebhook

SECRET = "whsec_" + base64.b64encode(b"a secret for tests").decode()
DATA = {
    "email_id": "mail_1",
    "message_id": "<1@mail.example>",
    "created_at": "2026-11-22 12:00:00.000000+00",
    "from": "Shop <shop@example.com>",
    "to": ["anna@example.com"],
    "subject": "Your receipt",
    "tags": {"kind": "payment_paid", "payment_id": "pay_1"},
}
WEBHOOK = ResendWebhook([SECRET], SystemClock())


def read(body: bytes, headers: Mapping[str, str]) -> MailEvent:
    return WEBHOOK.by_headers(headers)(body)


def signed(body: object) -> tuple[bytes, dict[str, str]]:
    text, at = json.dumps(body), str(int(time.time()))
    mac = hmac.new(b"a secret for tests", f"msg_1.{at}.{text}".encode(), hashlib.sha256).digest()
    signature = "v1," + base64.b64encode(mac).decode()
    return text.encode(), {"svix-id": "msg_1", "svix-timestamp": at, "svix-signature": signature}


def parsed(type_: str, **data: Any) -> Any:
    return read(*signed({"type": type_, "created_at": "x", "data": {**DATA, **data}}))


def test_an_event_tells_its_mail_by_id_tags_and_address() -> None:
    event = parsed("email.delivered")
    assert (event.event_id, event.mail_status, event.mail_id) == ("msg_1", "delivered", "mail_1")
    assert (event.payment_id, event.kind, event.to) == ("pay_1", "payment_paid", ("anna@example.com",))
    assert (event.reason, event.cause) == ("", "")


def test_tags_may_come_as_a_list_of_names_and_values() -> None:
    listed = [{"name": "kind", "value": "payment_failed"}, {"name": "payment_id", "value": "pay_2"}, {"name": "x"}]
    event = parsed("email.sent", tags=listed)
    assert (event.payment_id, event.kind) == ("pay_2", "payment_failed")


@pytest.mark.parametrize("tags", [None, [], {}, "kind", [1], {"payment_id": 7}])
def test_an_event_without_our_tags_names_no_payment(tags: Any) -> None:
    assert parsed("email.sent", tags=tags).payment_id == ""


@pytest.mark.parametrize(
    ("type_", "detail", "reason", "cause"),
    [
        (
            "email.bounced",
            {"bounce": {"message": "550 <anna@example.com> unknown", "type": "Permanent", "subType": "NoEmail"}},
            "550 <a…a@example.com> unknown",
            "Permanent/NoEmail",
        ),
        (
            "email.suppressed",
            {"suppressed": {"message": "On the list", "type": "OnAccount"}},
            "On the list",
            "OnAccount",
        ),
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, "reached_daily_quota", "reached_daily_quota"),
        ("email.bounced", {}, "", ""),
        ("email.bounced", {"bounce": ["unknown"]}, "", ""),
        ("email.bounced", {"bounce": {"message": "x" * 999}}, "x" * 300, ""),
    ],
)
def test_the_reason_of_a_death_is_taken_without_addresses(
    type_: str, detail: dict[str, Any], reason: str, cause: str
) -> None:
    event = parsed(type_, **detail)
    assert (event.reason, event.cause) == (reason, cause)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"type": "email.sent"},
        {"type": 1, "data": {}},
        {"type": "a", "data": []},
        {"type": "a", "data": {"email_id": 1}},
    ],
)
def test_what_is_signed_and_no_event_is_refused(body: object) -> None:
    with pytest.raises(InvalidInput):
        read(*signed(body))


def test_a_wrong_signature_is_refused() -> None:
    text, headers = signed({"type": "email.sent", "data": DATA})
    with pytest.raises(InvalidInput):
        read(text + b" ", headers)


def test_an_event_about_a_domain_or_a_contact_names_no_mail() -> None:
    event = read(*signed({"type": "domain.created", "data": {"id": "d1"}}))
    assert (event.mail_status, event.mail_id, event.payment_id) == ("domain.created", "", "")
