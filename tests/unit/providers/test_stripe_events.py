import json
import time
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from checkout.errors import InvalidInput
from checkout.model.events import ChargeReport, DisputeReport, IntentReport, ProviderEvent, RefundReport
from checkout.model.intent_facts import CardUsed
from providers.fields import Fields
from providers.stripe_events import StripeWebhook, parse_event
from tests.support.clock import MovedClock

SECRET = "whsec_test"


WEBHOOK = StripeWebhook(["whsec_old", SECRET], MovedClock(None))


def read(body: bytes, header: str, webhook: StripeWebhook = WEBHOOK) -> ProviderEvent:
    return webhook.by_headers({"Stripe-Signature": header})(body)


def signed(body: bytes | str, at: int | None = None, secret: str = SECRET) -> str:
    text = body if isinstance(body, str) else body.decode()
    return str(stripe.WebhookSignature.generate_signature_header(text, secret, timestamp=at or int(time.time())))


def event(kind: str = "payment_intent.succeeded", **subject: Any) -> dict[str, Any]:
    intent = {"id": "pi_1", "object": "payment_intent", "amount": 1900, "currency": "EUR", "livemode": False, **subject}
    return {
        "id": "evt_1",
        "object": "event",
        "type": kind,
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": intent},
    }


def parsed(data: dict[str, Any]) -> ProviderEvent:
    return parse_event(Fields(data))


def test_a_signed_event_is_read_with_any_of_the_secrets_in_force() -> None:
    body = json.dumps(event(metadata={"shop": "night-market", "payment_id": "pay_1", "telegram_user_id": "42"}))
    for secret in (SECRET, "whsec_old"):
        found = read(body.encode(), signed(body, secret=secret))
        assert isinstance(found.report, IntentReport)
        assert (found.report.kind, found.report.currency) == ("succeeded", "eur")
        assert found.report.metadata.telegram_user_id == 42


def test_an_old_api_version_names_the_charge_before_as_the_pinned_one_does() -> None:
    """A check that fails makes no charge: one decline, told in both versions, would count as two."""
    error = {"code": "payment_intent_authentication_failure", "payment_method": {"id": "pm_2"}}
    old = event(
        "payment_intent.payment_failed", last_payment_error=error, charges={"data": [{"id": "ch_1"}, {"id": "ch_0"}]}
    )
    pinned = event("payment_intent.payment_failed", last_payment_error=error, latest_charge="ch_1")
    assert parsed(old) == parsed(pinned)


@pytest.mark.parametrize(
    ("in_force", "signs"),
    [
        (["whsec_old"], ["whsec_old"]),
        (["whsec_old"], ["whsec_new", "whsec_old"]),
        (["whsec_new", "whsec_old"], ["whsec_new", "whsec_old"]),
        (["whsec_new", "whsec_old"], ["whsec_new"]),
        (["whsec_new"], ["whsec_new"]),
    ],
    ids=["before", "rolled at Stripe", "both here", "old one expired", "old one taken away"],
)
def test_no_event_is_refused_at_any_step_of_rolling_the_secret(in_force: list[str], signs: list[str]) -> None:
    """Stripe signs with both while both are valid."""
    body, now = json.dumps(event()), int(time.time())
    macs = [signed(body, now, secret).partition(",")[2] for secret in signs]
    header = ",".join([f"t={now}", *macs])
    assert read(body.encode(), header, StripeWebhook(in_force, MovedClock(None))).event_id == "evt_1"


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b"1", b"", b'"x"', b'{"id": "evt_1"}', b"{", b"[" * 100_000])
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(body, signed(body))


@pytest.mark.parametrize(
    "header", ["", "nonsense", "t=1", "v1=abc", "t=x,v1=y", "t=1,v1=é", "t=²,v1=a", "t=" + "9" * 40]
)
def test_a_wrong_signature_is_refused(header: str) -> None:
    with pytest.raises(InvalidInput):
        read(json.dumps(event()).encode(), header)


def test_a_wrong_secret_a_changed_body_and_bytes_that_are_no_text_are_refused() -> None:
    body = json.dumps(event())
    for raw, header in (
        (body.encode(), signed(body, secret="whsec_other")),
        (body.encode() + b" ", signed(body)),
        (b"\xff\xfe", signed(body)),
    ):
        with pytest.raises(InvalidInput):
            read(raw, header)


@pytest.mark.parametrize(("age", "good"), [(0, True), (290, True), (-290, True), (310, False), (-310, False)])
def test_a_signature_lives_five_minutes_either_way(age: int, good: bool) -> None:
    body = json.dumps(event())
    header = signed(body, at=int(time.time()) - age)
    if good:
        assert read(body.encode(), header).event_id == "evt_1"
    else:
        with pytest.raises(InvalidInput):
            read(body.encode(), header)


def test_a_decline_is_read_from_the_last_payment_error() -> None:
    error = {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "charge": "ch_1",
        "message": "No funds.",
        "payment_method": {"id": "pm_1"},
    }
    report = parsed(event("payment_intent.payment_failed", last_payment_error=error)).report
    assert isinstance(report, IntentReport)
    assert (report.failure_code, report.charge, report.method) == ("insufficient_funds", "ch_1", "pm_1")


def test_charges_refunds_and_disputes_are_joined_by_their_intent() -> None:
    card = {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
    charge = event(
        "charge.succeeded",
        id="ch_1",
        payment_intent={"id": "pi_9"},
        status="succeeded",
        payment_method_details=card,
        amount_refunded=0,
    )
    found = parsed(charge).report
    assert isinstance(found, ChargeReport)
    assert (found.intent_id, found.card) == ("pi_9", CardUsed("card", "visa", "4242"))
    refund = parsed(event("refund.created", id="re_1", payment_intent="pi_9", status="pending")).report
    assert isinstance(refund, RefundReport)
    assert (refund.intent_id, refund.status) == ("pi_9", "pending")
    dispute = parsed(
        event(
            "charge.dispute.created",
            id="dp_1",
            payment_intent="pi_9",
            status="needs_response",
            currency="USD",
            evidence_details={"due_by": 1_790_000_000},
        )
    ).report
    assert isinstance(dispute, DisputeReport)
    assert (dispute.due_by is not None, dispute.currency) == (True, "usd")


@pytest.mark.parametrize(
    ("kind", "intent_id"),
    [
        ("payout.paid", "pi_9"),
        ("radar.early_fraud_warning.updated", "pi_9"),
        ("radar.early_fraud_warning.created", None),
        ("charge.succeeded", None),
        ("refund.created", None),
        ("charge.dispute.created", None),
    ],
)
def test_what_changes_nothing_or_is_about_no_payment_has_no_report(kind: str, intent_id: str | None) -> None:
    assert parsed(event(kind, payment_intent=intent_id, status="succeeded", fraud_type="misc")).report is None


@pytest.mark.parametrize(("status", "card"), [("succeeded", CardUsed("card", "visa", "4242")), ("failed", None)])
def test_a_card_that_was_declined_has_paid_nothing(status: str, card: CardUsed | None) -> None:
    """Nor does what is told of it count, once the same attempt has succeeded: Stripe keeps the last error."""
    details = {"type": "card", "card": {"brand": "visa", "last4": "4242"}}
    charge = {"id": "ch_1", "status": status, "payment_method_details": details}
    report = parsed(event(latest_charge=charge, last_payment_error={"code": "card_declined", "charge": "ch_0"})).report
    assert isinstance(report, IntentReport)
    assert (report.card, report.charge, report.failure_code) == (card, "ch_1", "")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["id", "amount", "currency", "metadata", "last_payment_error", "latest_charge", "livemode"])


@given(
    st.sampled_from(["payment_intent.succeeded", "payment_intent.payment_failed", "charge.refunded", "refund.failed"]),
    st.dictionaries(NAMES, JSON, max_size=4),
)
def test_any_signed_shape_is_an_event_or_refused(kind: str, odd: dict[str, Any]) -> None:
    body = json.dumps(event(kind, **odd))
    try:
        assert read(body.encode(), signed(body)).event_id == "evt_1"
    except InvalidInput:
        return
