"""Resend's webhooks: what became of a mail after it left."""

import base64
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from checkout.errors import InvalidInput
from checkout.model.customer import mask_addresses
from checkout.model.events import MailEvent
from checkout.ports.runtime import Clock
from providers.fields import Fields, json_value
from providers.signatures import Signature, as_base64, keyed, svix_signature

LONGEST_REASON = 300
# Where each kind of event says why: the object's name, its words, and its words for machines.
WHY = {
    "bounced": ("bounce", "message", ("type", "subType")),
    "suppressed": ("suppressed", "message", ("type",)),
    "failed": ("failed", "reason", ("reason",)),
}


class ResendWebhook:
    """Each of ``secrets`` is ``whsec_`` and a key in base64. One of ``clocks`` goes right."""

    def __init__(self, secrets: Sequence[str], *clocks: Clock) -> None:
        self._keys = [keyed(base64.b64decode(secret.removeprefix("whsec_"))) for secret in secrets]
        self._clocks = clocks

    def by_headers(self, headers: Mapping[str, str]) -> Callable[[bytes], MailEvent]:
        """What reads the body, once it is there. Raises InvalidInput as ``check_headers`` does."""
        return partial(self.read, signature=self.check_headers(headers))

    def check_headers(self, headers: Mapping[str, str]) -> Signature:
        """What can be refused before the body is read. Raises InvalidInput."""
        event_id, signed_at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
        signature = svix_signature(event_id, signed_at, headers.get("svix-signature", ""))
        signature.check_age(self._clocks)
        return signature

    def read(self, body: bytes, signature: Signature) -> MailEvent:
        """Raises InvalidInput for a body that was not signed so, or is no event."""
        signature.check_body(body, self._keys, as_base64)
        return parse_mail_event(signature.event_id, Fields(json_value(body)))


def parse_mail_event(event_id: str, body: Fields) -> MailEvent:
    """Raises InvalidInput for what is no event, or holds what cannot be kept."""
    type_, data = body.word("type"), body.inner_or_none("data")
    if data is None:
        raise InvalidInput("an event is about an object")
    mail_status = type_.removeprefix("email.")
    tags = _tags(data)
    reason, cause = _why(mail_status, data)
    return MailEvent(
        event_id=event_id,
        mail_status=mail_status,
        mail_id=data.word("email_id", ""),
        payment_id=tags.written("payment_id"),
        kind=tags.written("kind"),
        to=data.words("to"),
        reason=reason,
        cause=cause,
    )


def _tags(data: Fields) -> Fields:
    """Resend's SDK types say an object of names and values, its documentation a list of both."""
    listed = {tag.written("name"): tag.written("value") for tag in data.objects("tags")}
    return data.inner_or_none("tags") or Fields(listed)


def _why(mail_status: str, data: Fields) -> tuple[str, str]:
    name, words, machine_words = WHY.get(mail_status, ("", "", ()))
    detail = data.inner_or_none(name)
    if detail is None:
        return "", ""
    reason = mask_addresses(detail.prose(words))[:LONGEST_REASON]
    return reason, "/".join(filter(None, (detail.prose(word)[:60] for word in machine_words)))
