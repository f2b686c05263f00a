"""Stripe's webhooks: checked over the raw body, then parsed into what the domain knows."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

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
from checkout.model.intent_facts import CardUsed, Settlement
from checkout.ports.runtime import Clock
from providers.fields import Fields, json_value
from providers.signatures import Signature, as_hex, keyed, stripe_signature

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
# Vouchers, transfers, and what is paid by a code that is scanned.
VOUCHER_PAGES = ("hosted_voucher_url", "hosted_instructions_url", "hosted_verification_url")
WITHOUT_END = ("display_bank_transfer_instructions", "verify_with_microdeposits")
CURRENCY = re.compile(r"[a-z]{3,8}", re.ASCII)
TELEGRAM_ID, RECEIPT_NUMBER = re.compile(r"-?[0-9]{1,18}"), re.compile(r"[0-9]{1,9}")
NO_FAILURE = ("", "", "", "")


class StripeWebhook:
    """``secrets`` are all that are valid now: there are two while one is being rolled. One of ``clocks`` goes right."""

    def __init__(self, secrets: Sequence[str], *clocks: Clock) -> None:
        self._keys, self._clocks = [keyed(secret.encode()) for secret in secrets], clocks

    def by_headers(self, headers: Mapping[str, str]) -> Callable[[bytes], ProviderEvent]:
        """What reads the body, once it is there. Raises InvalidInput as ``check_header`` does."""
        return partial(self.read, signature=self.check_header(headers.get("Stripe-Signature", "")))

    def check_header(self, header: str) -> Signature:
        """What can be refused before the body is read. Raises InvalidInput."""
        signature = stripe_signature(header)
        signature.check_age(self._clocks)
        return signature

    def read(self, body: bytes, signature: Signature) -> ProviderEvent:
        """Raises InvalidInput for a body that was not signed so, or is no event."""
        # Not construct_event: it would build the whole object, twenty times as slow.
        signature.check_body(body, self._keys, as_hex)
        return parse_event(Fields(json_value(body)))


def parse_event(event: Fields) -> ProviderEvent:
    """Raises InvalidInput for what is no event, or holds what cannot be kept."""
    type_, subject = event.word("type"), event.inner("data").inner_or_none("object")
    if subject is None:
        raise InvalidInput("an event is about an object")
    report = _report(type_, subject)
    return ProviderEvent(event.word("id"), type_, event.time("created"), event.flag("livemode"), report)


def _report(type_: str, subject: Fields) -> Report | None:
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


def parse_intent(intent: Fields, kind: str) -> IntentReport:
    """A PaymentIntent as a webhook or a look-up gives it. Raises InvalidInput."""
    failure = _failure(intent.inner("last_payment_error")) if kind == "payment_failed" else NO_FAILURE
    failed_charge, failed_method, failure_code, failure_message = failure
    latest = intent.reference("latest_charge")
    charge = intent.inner_or_none("latest_charge") if latest else _newest_charge(intent)
    voucher_url, voucher_until = _voucher(intent)
    return IntentReport(
        intent_id=intent.word("id"),
        kind=kind,
        amount=intent.amount("amount"),
        amount_received=intent.amount("amount_received", 0),
        currency=_currency(intent),
        livemode=intent.flag("livemode", False),
        metadata=parse_metadata(intent),
        description=intent.prose("description"),
        charge=failed_charge or latest or (charge.word("id", "") if charge else ""),
        method=failed_method or intent.reference("payment_method"),
        failure_code=failure_code,
        failure_message=failure_message,
        card=parse_card(charge) if charge else None,
        status=intent.word("status", ""),
        voucher_url=voucher_url,
        voucher_until=voucher_until,
        settlement=parse_settlement(charge) if charge else None,
    )


def _failure(error: Fields) -> tuple[str, str, str, str]:
    """The charge and the payment method that failed, Stripe's code and its words."""
    code = error.word("decline_code", "") or error.word("code", "")
    return error.reference("charge"), error.reference("payment_method"), code, error.prose("message")


def _newest_charge(intent: Fields) -> Fields | None:
    """API versions before 2022-11-15 name all charges, the newest first, in the place of the latest."""
    return next(iter(intent.inner("charges").objects("data")), None)


def _voucher(intent: Fields) -> tuple[str, datetime | None]:
    """Stripe's page of what is to be paid elsewhere, and the last moment for it where Stripe names one."""
    action = intent.inner_or_none("next_action")
    if action is None:
        return "", None
    type_ = action.word("type", "")
    details = action.inner_or_none(type_)
    url = next(filter(None, map(details.link, VOUCHER_PAGES)), "") if details else ""
    if not details or not url:
        return "", None
    until = details.time_or_none("expires_at") or details.time_or_none("expires_after")
    return (url, until) if until or type_ in WITHOUT_END else ("", None)


def _currency(money: Fields) -> str:
    code = money.word("currency").lower()
    if not CURRENCY.fullmatch(code):
        raise InvalidInput("currency is no currency's code")
    return code


def _charge(charge: Fields) -> ChargeReport | None:
    intent_id = charge.reference("payment_intent")
    if not intent_id:
        return None
    return ChargeReport(
        intent_id=intent_id,
        charge=charge.word("id"),
        amount_refunded=charge.amount("amount_refunded", 0),
        metadata=parse_metadata(charge),
        card=parse_card(charge),
    )


def parse_card(charge: Fields) -> CardUsed | None:
    """How a charge that succeeded was paid; None for one that did not. Raises InvalidInput."""
    details = charge.inner_or_none("payment_method_details")
    if details is None or charge.word("status", "") != "succeeded":
        return None
    type_ = details.word("type", "")
    inner = details.inner_or_none(type_)
    if inner is None:
        return CardUsed(type_)
    return CardUsed(type_, inner.word("brand", ""), inner.word("last4", ""))


def parse_settlement(charge: Fields) -> Settlement | None:
    """None unless Stripe was asked to tell, and knows already. Raises InvalidInput."""
    transaction = charge.inner_or_none("balance_transaction")
    if transaction is None:
        return None
    fee, net = transaction.signed_amount("fee"), transaction.signed_amount("net")
    return Settlement(fee, net, _currency(transaction))


def parse_refund(refund: Fields) -> RefundReport | None:
    """Raises InvalidInput."""
    intent_id = refund.reference("payment_intent")
    if not intent_id:
        return None
    metadata = refund.inner_or_none("metadata") or Fields({})
    return RefundReport(
        intent_id=intent_id,
        refund_id=refund.word("id"),
        amount=refund.amount("amount"),
        status=refund.word("status", "pending"),
        metadata=parse_metadata(refund),
        request=metadata.written("request"),
        asked_by=_telegram_id(metadata.written("admin_id")),
    )


def parse_dispute(dispute: Fields) -> DisputeReport | None:
    """Raises InvalidInput."""
    intent_id = dispute.reference("payment_intent")
    if not intent_id:
        return None
    return DisputeReport(
        intent_id=intent_id,
        dispute_id=dispute.word("id"),
        amount=dispute.amount("amount"),
        status=dispute.word("status"),
        reason=dispute.word("reason", ""),
        due_by=dispute.inner("evidence_details").time_or_none("due_by"),
        metadata=parse_metadata(dispute),
        currency=dispute.word("currency", "").lower(),
    )


def _fraud_warning(warning: Fields) -> FraudWarningReport | None:
    intent_id = warning.reference("payment_intent")
    if not intent_id:
        return None
    return FraudWarningReport(intent_id, warning.word("id"), warning.word("fraud_type", ""), Metadata())


def parse_metadata(thing: Fields) -> Metadata:
    """What is ours in an object's metadata."""
    metadata = thing.inner_or_none("metadata")
    if metadata is None:
        return Metadata()
    review = metadata.written("review")
    return Metadata(
        shop=metadata.written("shop"),
        payment_id=metadata.written("payment_id"),
        email=metadata.written("email"),
        sku=metadata.written("sku"),
        telegram_user_id=_telegram_id(metadata.written("telegram_user_id")),
        receipt=_receipt_number(metadata.written("receipt")),
        review=review if review in ("deliver", "refund") else "",
        probe=metadata.written("probe"),
    )


def _telegram_id(told: str) -> int:
    """A Telegram id; 0 for what is none."""
    return int(told) if TELEGRAM_ID.fullmatch(told) else 0


def _receipt_number(told: str) -> int:
    """A receipt's number, written with or without leading zeros; 0 for what is none."""
    return int(told) if RECEIPT_NUMBER.fullmatch(told) else 0
