"""The exact text of every key: what is in an outbox, or was asked of Stripe, is known by it and by nothing else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from checkout.model import keys
from checkout.model.events import DisputeReport, FraudWarningReport, Metadata, RefundReport, Report
from checkout.model.facts import Mismatch, PaymentFacts, RefundFact
from checkout.model.intent_facts import Attempt, DisputeFact, Failure, IntentFacts
from checkout.model.message_content import PaymentFailed, PaymentPaid, PaymentRefunded
from checkout.model.outbox import NewMessage
from checkout.model.payment import Fulfilment, Payment, Status
from checkout.notifications.compose import Composer
from tests.support.clock import NOON
from tests.support.payments import a_payment

COMPOSER = Composer((9001, 9002), NOON)
PAID = a_payment(status=Status.PAID, receipt_number=2, version=3)
OURS = Metadata("night-market", "pay_1")
PENDING_REFUND = RefundReport("pi_1", "re_1", 5, "pending", OURS)


def keys_of(messages: list[NewMessage]) -> list[str]:
    return [message.dedupe_key for message in messages]


def failure(charge: str) -> Failure:
    return Failure(NOON, "evt_1", Attempt(charge), "expired_card", "expired")


def refunded(amount: int, **refunds: RefundFact) -> Payment:
    return replace(PAID, amount_refunded=amount, facts=PaymentFacts(refunds=refunds))


def test_what_a_customer_is_told_keeps_its_keys() -> None:
    refunds = {"re_1": RefundFact(500, "succeeded"), "re_2": RefundFact(5, "failed")}
    assert keys_of(
        [
            COMPOSER.pay_message(PAID),
            *COMPOSER.paid(PAID),
            *COMPOSER.files(PAID, 2, PaymentPaid()),
            *COMPOSER.failed(PAID, failure("ch_1"), NOON, in_chat=True),
            *COMPOSER.failed(PAID, failure(""), NOON, in_chat=False),
            *COMPOSER.refunded(refunded(500, **refunds), "re_1", 500),
            *COMPOSER.refunded(refunded(500, **refunds), "re_2", 500),
        ]
    ) == [
        "chat/pay_message/pay_1/3-paid",
        "chat/payment_paid/pay_1/",
        "mail/payment_paid/pay_1/",
        "chat/payment_file/pay_1/0",
        "chat/payment_file/pay_1/1",
        "mail/payment_failed/pay_1/ch_1",
        "chat/payment_failed/pay_1/ch_1",
        "mail/payment_failed/pay_1/evt_1",
        "chat/payment_refunded/pay_1/re_1/given_back",
        "mail/payment_refunded/pay_1/re_1/given_back",
        "chat/payment_refunded/pay_1/re_2/failed",
        "mail/payment_refunded/pay_1/re_2/failed",
    ]


def test_what_admins_hear_of_a_sale_keeps_its_keys() -> None:
    assert keys_of(COMPOSER.sold(replace(PAID, receipt_number=1), None, frozenset())) == [
        "chat/admin_first_payment/9001",
        "chat/admin_first_payment/9002",
    ]
    assert keys_of(COMPOSER.sold(replace(PAID, sku="inv_1", receipt_number=2), 9002, frozenset())) == [
        "chat/admin_invoice_paid/pay_1/inv_1/9002",
        "chat/admin_sold/pay_1/9001",
    ]
    to_do = replace(PAID, receipt_number=2, fulfilment=Fulfilment.TO_DO, version=3)
    assert keys_of(COMPOSER.sold(to_do, None, frozenset())) == [
        "chat/admin_to_do/pay_1/3/9001",
        "chat/admin_to_do/pay_1/3/9002",
    ]
    assert keys_of(COMPOSER.sold(replace(PAID, receipt_number=2), None, frozenset({9001}))) == [
        "chat/admin_sold/pay_1/9002"
    ]


@pytest.mark.parametrize(
    ("report", "facts", "subject"),
    [
        (
            PENDING_REFUND,
            PaymentFacts(mismatches={"pi_1: amount 1": Mismatch("pi_1", 1)}),
            "admin_review/pay_1/pi_1: amount 1",
        ),
        (
            PENDING_REFUND,
            PaymentFacts(intents={one: IntentFacts(succeeded_at=NOON) for one in ("pi_2", "pi_1")}),
            "admin_paid_twice/pay_1/pi_1 pi_2",
        ),
        (DisputeReport("pi_1", "dp_1", 5, "needs_response", "", None, OURS), None, "admin_dispute/pay_1/dp_1"),
        (FraudWarningReport("pi_1", "issfr_1", "", OURS), None, "admin_fraud_warning/pay_1/issfr_1"),
        (replace(PENDING_REFUND, status="failed"), None, "admin_refund_failed/pay_1/re_1"),
    ],
)
def test_an_alert_about_a_payment_keeps_its_keys(report: Report, facts: PaymentFacts | None, subject: str) -> None:
    disputed = PAID.facts.with_dispute("dp_1", DisputeFact("needs_response", 5))
    after = replace(PAID, facts=facts or disputed)
    alerts = [key for key in keys_of(COMPOSER.admin_alerts(PAID, after, report)) if key.startswith("chat/")]
    assert alerts == [f"chat/{subject}/9001", f"chat/{subject}/9002"]


def test_who_asked_for_a_refund_hears_of_it_under_the_same_key() -> None:
    after = refunded(5, re_1=RefundFact(5, "succeeded"))
    told = COMPOSER.admin_alerts(PAID, after, replace(PENDING_REFUND, status="succeeded", asked_by=9002))
    assert keys_of(told) == ["chat/admin_refund_done/pay_1/re_1/9002"]


def test_a_receipt_that_goes_again_and_its_files_keep_their_keys() -> None:
    ordered = PaymentPaid(1, keys.order_request(77))
    assert keys_of(COMPOSER.receipt_again(PAID, ordered, in_chat=True)) == [
        "mail/payment_paid/pay_1/again-u77",
        "chat/payment_paid/pay_1/again-u77",
    ]
    assert keys_of(COMPOSER.files(PAID, 1, ordered)) == ["chat/payment_file/pay_1/0/again-u77"]
    for again in (0, 2):
        (mail,) = COMPOSER.receipt_again(PAID, PaymentPaid(again), in_chat=False)
        assert mail.dedupe_key == f"mail/payment_paid/pay_1/again-{again}"


def test_what_makes_up_for_a_dead_channel_keeps_its_keys() -> None:
    for lost, undelivered, unreachable in (
        (PaymentPaid(), "payment_paid/", "payment_paid"),
        (PaymentPaid(2), "payment_paid/again-2", "payment_paid/again-2"),
        (PaymentPaid(2, "u77"), "payment_paid/again-u77", "payment_paid/again-u77"),
        (PaymentFailed("expired_card", "ch_1"), "payment_failed/ch_1", "payment_failed"),
        (PaymentRefunded(500, 1), "payment_refunded/500-1", "payment_refunded"),
        (PaymentRefunded(500, 0, "re_1", 500), "payment_refunded/re_1/given_back", "payment_refunded"),
    ):
        assert keys.mail_undelivered("pay_1", lost) == f"chat/mail_undelivered/pay_1/{undelivered}"
        assert keys.unreachable("pay_1", lost, 9001) == f"chat/admin_unreachable/pay_1/{unreachable}/9001"


def test_a_notice_about_the_shop_keeps_its_keys() -> None:
    moved = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
    assert keys.no_webhooks(None, 9001) == "chat/admin_no_webhooks/never/9001"
    assert keys.no_webhooks(moved, 9001) == "chat/admin_no_webhooks/2026-11-22T12:00:00.250000+00:00/9001"
    assert keys.review_turned("pay_1", "x", 7, 9001) == "chat/admin_review/pay_1/x/7/9001"
    assert keys.webhooks_back(moved, 9001) == "chat/admin_webhooks_back/20261122T120000/9001"
    assert keys.service_down("Stripe", moved, 9001) == "chat/admin_service_down/Stripe/2026-11-22T12:00:00/9001"
    assert keys.service_back("Stripe", moved, 9001) == "chat/admin_service_back/Stripe/2026-11-22T12:00:00/9001"
    refusal = "refused/key//api_key_expired"
    for key, kind in ((keys.payments_refused, "admin_payments_refused"), (keys.payments_taken, "admin_payments_taken")):
        assert key(refusal, moved, 9001) == f"chat/{kind}/{refusal}/20261122T120000/9001"
    assert keys.daily_summary(date(2026, 11, 22), 9001) == "chat/admin_summary/2026-11-22/9001"


def test_what_providers_are_asked_and_events_of_our_own_keep_their_keys() -> None:
    assert keys.idempotency("mail/payment_paid/pay_1/") == "checkout/mail/payment_paid/pay_1/"
    assert keys.code_mail("m" * 64, 7, "c" * 64) == f"checkout/code/{'m' * 16}/7/{'c' * 16}"
    assert keys.probe("0123") == "probe/0123"
    assert keys.intent("pay_1", 2) == "intent/pay_1/2"
    assert keys.refund("pay_1", "0123456789abcdef") == "refund/pay_1/0123456789abcdef"
    assert keys.refund("pay_1", keys.review_request("pi_1", 0)) == "refund/pay_1/review-pi_1"
    assert keys.refund("pay_1", keys.review_request("pi_1", 1)) == "refund/pay_1/review-pi_1/again-1"
    assert keys.refund_after_failure("refund/pay_1/review-pi_1", 3) == "refund/pay_1/review-pi_1/try-3"
    assert keys.stripe_fees("pay_1", 1, 1) == "stripe/stripe_note/pay_1/fees-1"
    assert keys.stripe_fees("pay_1", 1, 2) == "stripe/stripe_note/pay_1/fees-1/paid-2-times"
    assert keys.decision_event("pay_1", "deliver") == "decision/pay_1/deliver"
    assert keys.found_event("pi_1", "succeeded", None) == "found/pi_1/succeeded"
    assert keys.found_event("pi_1", "succeeded", NOON) == "found/pi_1/succeeded/20261122T120000"
    assert [keys.is_found_event(one) for one in ("found/pi_1/succeeded", "evt_1")] == [True, False]
