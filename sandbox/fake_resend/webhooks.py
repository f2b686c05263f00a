"""Resend's webhooks: endpoints, and events signed the Svix way and sent until they are taken."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from sandbox.base.background import Background
from sandbox.fake_resend.mails import Mail

EVENTS = (
    "email.sent", "email.delivered", "email.delivery_delayed", "email.bounced", "email.complained",
    "email.suppressed", "email.failed",
)  # fmt: skip
ATTEMPTS = 8
TIMEOUT = aiohttp.ClientTimeout(total=15)
DETAILS = {
    "email.bounced": ("bounce", {"message": "The recipient's mailbox does not exist.", "type": "Permanent",
                                 "subType": "General", "diagnosticCode": "smtp; 550 5.1.1 user unknown"}),
    "email.suppressed": ("suppressed", {"message": "The address is on the suppression list.",
                                        "type": "OnAccountSuppressionList"}),
    "email.failed": ("failed", {"reason": "reached_daily_quota"}),
}  # fmt: skip


@dataclass
class WebhookEndpoint:
    """Where events go; the secret signs them."""

    endpoint: str
    events: list[str]
    signing_secret: str
    status: str = "enabled"
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: float = field(default_factory=time.time)


def new_secret() -> str:
    """A signing secret in Svix's form."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def sign(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """The svix-signature header."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def event_of(kind: str, mail: Mail) -> dict[str, Any]:
    """The event's payload."""
    data: dict[str, Any] = {
        "email_id": mail.id, "message_id": mail.message_id, "created_at": mail.created_at, "from": mail.sender,
        "to": mail.to, "subject": mail.subject, "tags": mail.tags,
    }  # fmt: skip
    if kind in DETAILS:
        name, detail = DETAILS[kind]
        data[name] = detail
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{int(time.time() % 1 * 1000):03d}Z"
    return {"type": kind, "created_at": now, "data": data}


class WebhookSender:
    """Sends each event to every enabled endpoint that asked for it, again and again until a 2xx."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self.endpoints: dict[str, WebhookEndpoint] = {}
        self.delivered: list[tuple[str, str]] = []  # (event type, mail id) of what an endpoint took
        self.retry_seconds = 0.3  # before the first repeat; doubles up to ten seconds
        self._log = log
        self._background = Background()

    def send_in_order(self, events: list[dict[str, Any]]) -> None:
        """Delivers the events one after another, in the background."""
        self._background.start(self._send_all(events))

    async def close(self) -> None:
        """Gives up what is under way."""
        await self._background.close()

    async def _send_all(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            for endpoint in list(self.endpoints.values()):
                if endpoint.status == "enabled" and event["type"] in endpoint.events:
                    await self._send(endpoint, event)

    async def _send(self, endpoint: WebhookEndpoint, event: dict[str, Any]) -> None:
        message_id, pause = f"msg_{secrets.token_hex(12)}", self.retry_seconds
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            for _ in range(ATTEMPTS):
                answer = await _post(session, endpoint, message_id, event)
                self._log(f"webhook {event['type']}: {answer}")
                if answer.startswith("2"):
                    self.delivered.append((event["type"], event["data"]["email_id"]))
                    return
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)


async def _post(
    session: aiohttp.ClientSession, endpoint: WebhookEndpoint, message_id: str, event: dict[str, Any]
) -> str:
    body, now = json.dumps(event), int(time.time())
    headers = {
        "Content-Type": "application/json", "svix-id": message_id, "svix-timestamp": str(now),
        "svix-signature": sign(endpoint.signing_secret, message_id, now, body),
    }  # fmt: skip
    try:
        async with session.post(endpoint.endpoint, data=body.encode(), headers=headers) as response:
            await response.read()
            return str(response.status)
    except (aiohttp.ClientError, TimeoutError) as error:
        return f"no answer ({type(error).__name__})"
