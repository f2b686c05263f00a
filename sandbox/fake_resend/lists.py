"""What Resend's lists have in common: bodies, look-ups by id, pages, and the wire form of their entries."""

import time
from typing import Any

from aiohttp import web

from sandbox.base.fake_server import BODY
from sandbox.fake_resend.mails import stamp
from sandbox.fake_resend.types import ResendError, invalid
from sandbox.fake_resend.webhooks import WebhookEndpoint


def request_body(request: web.Request) -> dict[str, Any]:
    """The JSON body that the base class has parsed."""
    body: dict[str, Any] = request[BODY]
    return body


def found(known: dict[str, Any], request: web.Request, what: str) -> Any:
    try:
        return known[request.match_info["id"]]
    except KeyError:
        raise ResendError(404, "not_found", f"{what} not found") from None


def new_domain(name: str, status: str, region: str = "us-east-1") -> dict[str, Any]:
    """With the records that its zone must hold before it is verified."""
    common = {"ttl": "Auto", "status": status}
    records = [
        {"record": "SPF", "name": "send", "type": "MX", "value": f"feedback-smtp.{region}.amazonses.com",
         "priority": 10, **common},
        {"record": "SPF", "name": "send", "type": "TXT", "value": "v=spf1 include:amazonses.com ~all", **common},
        {"record": "DKIM", "name": "resend._domainkey", "type": "TXT", "value": "p=MIGfMA0GCSqGSIb3DQEB", **common},
    ]  # fmt: skip
    return {
        "name": name, "status": status, "created_at": stamp(time.time()), "region": region,
        "open_tracking": False, "click_tracking": False,
        "capabilities": {"sending": "enabled", "receiving": "disabled"}, "records": records,
    }  # fmt: skip


def webhook_wire(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id, "created_at": stamp(endpoint.at), "status": endpoint.status,
        "endpoint": endpoint.endpoint, "events": endpoint.events,
    }  # fmt: skip


def page(items: list[dict[str, Any]], request: web.Request) -> dict[str, Any]:
    """Resend's cursors: at most `limit` items `after` or `before` an id."""
    query = request.query
    ids = [item["id"] for item in items]
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise invalid("The `limit` parameter must be between 1 and 100.")
    if query.get("after") in ids:
        items = items[ids.index(query["after"]) + 1 :]
    elif query.get("before") in ids:
        items = items[: ids.index(query["before"])]
    return {"object": "list", "has_more": len(items) > int(limit), "data": items[: int(limit)]}
