"""Resend's webhooks: what became of a mail after it left."""

import json
from collections.abc import Mapping
from typing import Any

import resend

from checkout.errors import InvalidInput
from checkout.model.customer import mask_addresses
from checkout.model.events import MailEvent

LONGEST_REASON = 300
# Where each kind of event says why: the object's name, its words, and its words for machines.
WHY = {
    "bounced": ("bounce", "message", ("type", "subType")),
    "suppressed": ("suppressed", "message", ("type",)),
    "failed": ("failed", "reason", ("reason",)),
}


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


def _parsed(event_id: str, body: Mapping[str, Any]) -> MailEvent:
    type_, data = body["type"], body["data"]
    mail_id = data.get("email_id", "")
    if not isinstance(type_, str) or not isinstance(mail_id, str):
        raise TypeError("type and email_id are texts")
    mail_status, tags = type_.removeprefix("email."), _tags(data.get("tags"))
    reason, cause = _why(mail_status, data)
    to = data.get("to")
    return MailEvent(
        event_id=event_id,
        mail_status=mail_status,
        mail_id=mail_id,
        payment_id=tags.get("payment_id", ""),
        kind=tags.get("kind", ""),
        to=tuple(one for one in to if isinstance(one, str)) if isinstance(to, list) else (),
        reason=reason,
        cause=cause,
    )


def _tags(given: Any) -> dict[str, str]:
    """Resend's SDK types say an object of names and values, its documentation a list of both."""
    if isinstance(given, Mapping):
        pairs = list(given.items())
    else:
        listed = given if isinstance(given, list) else []
        pairs = [(tag.get("name"), tag.get("value")) for tag in listed if isinstance(tag, Mapping)]
    return {name: value for name, value in pairs if isinstance(name, str) and isinstance(value, str)}


def _why(mail_status: str, data: Mapping[str, Any]) -> tuple[str, str]:
    name, words, machine_words = WHY.get(mail_status, ("", "", ()))
    detail = data.get(name)
    if not isinstance(detail, Mapping):
        return "", ""
    reason = mask_addresses(str(detail.get(words) or ""))[:LONGEST_REASON]
    return reason, "/".join(str(detail[word])[:60] for word in machine_words if detail.get(word))
