"""Stripe's webhooks: checked over the raw body, then parsed into what the domain knows."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from checkout.errors import InvalidInput
from checkout.model.events import (
    ChargeReport,
    DisputeReport,
    FraudWarningReport,
    IntentReport,
    Metadata,
    ProviderEvent,
    RefundReport,
    Report,
)
from checkout.model.facts import CardUsed
from checkout.ports.runtime import Clock
from providers.signatures import Signature, as_hex, stripe_signature

HANDLED_TYPES = (
    "payment_intent.created",
    "payment_intent.requires_action",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "radar.early_fraud_warning.created",
)


class StripeWebhook:
    """``secrets`` are all that are valid now: there are two while one is being rolled."""

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        self._keys, self._clock = [secret.encode() for secret in secrets], clock

    def __call__(self, body: bytes, header: str) -> ProviderEvent:
        """Raises InvalidInput for a wrong, missing, old or future signature and for a body that is no event."""
        return self.read(body, self.check_header(header))

    def check_header(self, header: str) -> Signature:
        """What can be refused before the body is read. Raises InvalidInput."""
        signature = stripe_signature(header)
        signature.check_age(self._clock.now())
        return signature

    def read(self, body: bytes, signature: Signature) -> ProviderEvent:
        """Raises InvalidInput for a body that was not signed so, or is no event."""
        # Not construct_event: it would build the whole object, twenty times as slow.
        signature.check_body(body, self._keys, as_hex)
        try:
            return parse_event(json.loads(body.decode()))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise InvalidInput(f"the body is not an event: {type(error).__name__}") from None


def parse_event(data: Mapping[str, Any]) -> ProviderEvent:
    """Raises KeyError, TypeError, AttributeError or ValueError where ``data`` has not the shape of an event."""
    event_id, type_ = data["id"], data["type"]
    if not (isinstance(event_id, str) and isinstance(type_, str) and 0 < len(event_id) <= 255):
        raise ValueError("an event has an id and a type")
    subject = data["data"]["object"]
    if not isinstance(subject, Mapping):
        raise TypeError("an event is about an object")
    livemode = data["livemode"]
    if not isinstance(livemode, bool):
        raise TypeError("livemode is true or false")
    report = _report(type_, subject)
    return ProviderEvent(event_id, type_, _time(data["created"]), livemode, report)


def _report(type_: str, subject: Mapping[str, Any]) -> Report | None:
    if type_.startswith("payment_intent."):
        return parse_intent(subject, type_.removeprefix("payment_intent."))
    if type_.startswith("charge.dispute."):
        return parse_dispute(subject)
    if type_.startswith("refund.") or type_ == "charge.refund.updated":
        return parse_refund(subject)
    if type_.startswith("charge."):
        return _charge(subject)
    if type_ == "radar.early_fraud_warning.created":
        return _fraud_warning(subject)
    return None


def parse_intent(intent: Mapping[str, Any], kind: str) -> IntentReport:
    """A PaymentIntent as a webhook or a look-up gives it."""
    error = intent.get("last_payment_error") or {}
    failed_method = error.get("payment_method") or {}
    failed = kind == "payment_failed"
    charge = intent.get("latest_charge")
    return IntentReport(
        intent_id=_text(intent["id"]),
        kind=kind,
        amount=_number(intent["amount"]),
        amount_received=_number(intent.get("amount_received") or 0),
        currency=_text(intent["currency"]).lower(),
        livemode=bool(intent.get("livemode")),
        metadata=parse_metadata(intent.get("metadata")),
        description=_text(intent.get("description") or ""),
        charge=_id(error.get("charge")) or _id(charge) if failed else _id(charge),
        method=_id(failed_method) or _id(intent.get("payment_method")) if failed else _id(intent.get("payment_method")),
        failure_code=_text(error.get("decline_code") or error.get("code") or "") if failed else "",
        failure_message=_text(error.get("message") or "") if failed else "",
        card=parse_card(charge) if isinstance(charge, Mapping) else None,
    )


def _charge(charge: Mapping[str, Any]) -> ChargeReport | None:
    intent_id = _id(charge.get("payment_intent"))
    if not intent_id:
        return None
    return ChargeReport(
        intent_id=intent_id,
        charge=_text(charge["id"]),
        amount_refunded=_number(charge.get("amount_refunded") or 0),
        metadata=parse_metadata(charge.get("metadata")),
        card=parse_card(charge),
    )


def parse_card(charge: Mapping[str, Any]) -> CardUsed | None:
    """How a charge that succeeded was paid; None for one that did not."""
    details = charge.get("payment_method_details")
    if not isinstance(details, Mapping) or charge.get("status") != "succeeded":
        return None
    type_ = _text(details.get("type") or "")
    inner = details.get(type_)
    if not isinstance(inner, Mapping):
        return CardUsed(type_)
    return CardUsed(type_, _text(inner.get("brand") or ""), _text(inner.get("last4") or ""))


def parse_refund(refund: Mapping[str, Any]) -> RefundReport | None:
    intent_id = _id(refund.get("payment_intent"))
    if not intent_id:
        return None
    return RefundReport(
        intent_id=intent_id,
        refund_id=_text(refund["id"]),
        amount=_number(refund["amount"]),
        status=_text(refund.get("status") or "pending"),
        metadata=parse_metadata(refund.get("metadata")),
        request=_meant(refund, "request"),
        asked_by=_telegram_id(_meant(refund, "admin_id")),
    )


def _meant(thing: Mapping[str, Any], name: str) -> str:
    """A text in its metadata, empty where there is none."""
    metadata = thing.get("metadata")
    value = metadata.get(name) if isinstance(metadata, Mapping) else ""
    return value if isinstance(value, str) else ""


def parse_dispute(dispute: Mapping[str, Any]) -> DisputeReport | None:
    intent_id = _id(dispute.get("payment_intent"))
    if not intent_id:
        return None
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeReport(
        intent_id=intent_id,
        dispute_id=_text(dispute["id"]),
        amount=_number(dispute["amount"]),
        status=_text(dispute["status"]),
        reason=_text(dispute.get("reason") or ""),
        due_by=_time(due_by) if due_by else None,
        metadata=parse_metadata(dispute.get("metadata")),
    )


def _fraud_warning(warning: Mapping[str, Any]) -> FraudWarningReport | None:
    intent_id = _id(warning.get("payment_intent"))
    if not intent_id:
        return None
    return FraudWarningReport(intent_id, _text(warning["id"]), _text(warning.get("fraud_type") or ""), Metadata())


def parse_metadata(data: object) -> Metadata:
    """What is ours in an object's metadata; a value of another kind counts as missing."""
    if not isinstance(data, Mapping):
        return Metadata()
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    return Metadata(
        shop=texts.get("shop", ""),
        payment_id=texts.get("payment_id", ""),
        email=texts.get("email", ""),
        sku=texts.get("sku", ""),
        telegram_user_id=_telegram_id(texts.get("telegram_user_id", "")),
    )


def _telegram_id(told: str) -> int:
    """A Telegram id; 0 for what is none."""
    return int(told) if re.fullmatch(r"-?[0-9]{1,18}", told) else 0


def _id(value: object) -> str:
    """The id of a reference, be it expanded or not."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text was expected")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number was expected")
    return value


def _time(seconds: object) -> datetime:
    return datetime.fromtimestamp(_number(seconds), UTC)
