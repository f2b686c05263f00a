"""Resend's webhooks: what became of a mail after it left."""

import json
from collections.abc import Mapping
from typing import Any

import resend

from checkout.errors import InvalidInput
from checkout.events import MailEvent


class ResendWebhook:
    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> MailEvent:
        """Raises InvalidInput for a wrong, missing, old or future signature and for a body that is no event."""
        try:
            text = body.decode()
            resend.Webhooks.verify(
                {
                    "payload": text,
                    "headers": {
                        "id": headers.get("svix-id", ""),
                        "timestamp": headers.get("svix-timestamp", ""),
                        "signature": headers.get("svix-signature", ""),
                    },
                    "webhook_secret": self._secret,
                }
            )
            return _parsed(headers["svix-id"], json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(f"this is no signed event of Resend: {type(error).__name__}") from None


def _parsed(event_id: str, data: Mapping[str, Any]) -> MailEvent:
    type_, mail_id = data["type"], data["data"].get("email_id", "")
    if not isinstance(type_, str) or not isinstance(mail_id, str):
        raise TypeError("type and email_id are texts")
    return MailEvent(event_id, type_.removeprefix("email."), mail_id)
