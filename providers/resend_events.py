"""Resend's webhooks: what became of a mail after it left."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from checkout.errors import InvalidInput
from checkout.model.customer import mask_addresses
from checkout.model.events import MailEvent
from checkout.ports.runtime import Clock
from providers.signatures import Signature, as_base64, svix_signature

LONGEST_REASON = 300
# Where each kind of event says why: the object's name, its words, and its words for machines.
WHY = {
    "bounced": ("bounce", "message", ("type", "subType")),
    "suppressed": ("suppressed", "message", ("type",)),
    "failed": ("failed", "reason", ("reason",)),
}


class ResendWebhook:
    """``secret`` is ``whsec_`` and the key in base64."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key, self._clock = base64.b64decode(secret.removeprefix("whsec_")), clock

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> MailEvent:
        """Raises InvalidInput for a wrong, missing, old or future signature and for a body that is no event."""
        return self.read(body, self.check_headers(headers))

    def check_headers(self, headers: Mapping[str, str]) -> Signature:
        """What can be refused before the body is read. Raises InvalidInput."""
        event_id, signed_at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
        signature = svix_signature(event_id, signed_at, headers.get("svix-signature", ""))
        signature.check_age(self._clock.now())
        return signature

    def read(self, body: bytes, signature: Signature) -> MailEvent:
        """Raises InvalidInput for a body that was not signed so, or is no event."""
        signature.check_body(body, [self._key], as_base64)
        try:
            return _parsed(signature.event_id, json.loads(body.decode()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidInput(f"this is no event of Resend: {type(error).__name__}") from None


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
