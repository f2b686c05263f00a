"""What a message says survives its row, and rows that older releases have written are read."""

import json
from datetime import UTC, datetime

import pytest

from checkout.model.mail_status import MailDeath
from checkout.model.message_content import (
    Content,
    Dispute,
    FraudWarning,
    MailUndelivered,
    PaidTwice,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    RefundDone,
    RefundFailed,
    Review,
    Unknown,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.shop_notice import NoWebhooks, ServiceBack, ServiceDown, Summary
from checkout.model.summary_schedule import CurrencyTotals
from db.repositories.content_json import dump_content, load_content
from tests.support.message_samples import CONTENTS

NOON = "2026-11-22T12:00:00+00:00"
AT_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNDELIVERED = {"address": "a…a@example.com", "fate": "bounced", "cause": "Permanent/General", "reason": "550"}
BOUNCED = MailDeath("bounced", "Permanent/General", "550")


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(CONTENTS) == set(Kind)


@pytest.mark.parametrize(
    "content",
    [
        *CONTENTS.values(),
        PaymentPaid(),
        PaymentPaid(0),
        PaymentFile(3),
        MailUndelivered(PaymentFailed("expired_card", "ch_1"), "a…a@example.com", MailDeath("refused")),
        MailUndelivered(PaymentRefunded(500), "a…a@example.com", MailDeath("failed", "reached_daily_quota")),
        Review("pi_1: amount 1", 7),
        Dispute(1900),
        NoWebhooks(),
        Summary(AT_NOON),
    ],
)
def test_what_a_message_says_comes_back_as_it_was_written(content: Content) -> None:
    assert load_content(content.kind, dump_content(content)) == content


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (PaymentPaid(), {}),
        (PaymentPaid(2, "u77"), {"again": 2, "request": "u77"}),
        (PaymentFailed("expired_card", "ch_1"), {"code": "expired_card", "attempt_key": "ch_1"}),
        (
            MailUndelivered(PaymentPaid(2), "a…a@example.com", BOUNCED),
            {
                "lost": {"kind": "payment_paid", "again": 2},
                "address": "a…a@example.com",
                "death": {"mail_status": "bounced", "cause": "Permanent/General", "reason": "550"},
            },
        ),
        (ServiceDown("Stripe", AT_NOON), {"service": "Stripe", "since": NOON}),
        (Unreachable(Kind.PAYMENT_PAID, "blocked"), {"missed": "payment_paid", "reason": "blocked"}),
        (
            Summary(AT_NOON, (CurrencyTotals("eur", 1, 1900, 0),)),
            {"at": NOON, "today": [{"currency": "eur", "paid": 1, "gross": 1900, "refunded": 0}]},
        ),
    ],
)
def test_it_is_stored_as_json_in_plain_words(content: Content, stored: dict[str, object]) -> None:
    assert json.loads(dump_content(content)) == stored


@pytest.mark.parametrize(
    ("kind", "stored", "content"),
    [
        ("pay_message", {}, PayMessage()),
        ("payment_paid", {}, PaymentPaid()),
        ("payment_paid", {"again": "again-u77"}, PaymentPaid(1, "u77")),
        ("payment_paid", {"again": "again-2"}, PaymentPaid(2)),
        ("payment_paid", {"again": ""}, PaymentPaid()),
        ("payment_file", {"file": "1"}, PaymentFile(1)),
        ("payment_failed", {"code": "expired_card"}, PaymentFailed("expired_card")),
        ("payment_failed", {"code": "", "message": "no"}, PaymentFailed("")),
        ("payment_failed", {"code": "x", "message": "no", "attempt_key": "ch_1"}, PaymentFailed("x", "ch_1")),
        ("payment_refunded", {"amount_refunded": "500"}, PaymentRefunded(500)),
        ("payment_refunded", {"amount_refunded": "500", "refunds_failed": "2"}, PaymentRefunded(500, 2)),
        (
            "mail_undelivered",
            {**UNDELIVERED, "kind": "payment_paid", "again": "again-2"},
            MailUndelivered(PaymentPaid(2), "a…a@example.com", BOUNCED),
        ),
        (
            "mail_undelivered",
            {**UNDELIVERED, "kind": "payment_paid", "again": ""},
            MailUndelivered(PaymentPaid(), "a…a@example.com", BOUNCED),
        ),
        (
            "mail_undelivered",
            {**UNDELIVERED, "kind": "payment_failed", "again": "", "code": "expired_card", "message": "no"},
            MailUndelivered(PaymentFailed("expired_card"), "a…a@example.com", BOUNCED),
        ),
        (
            "mail_undelivered",
            {**UNDELIVERED, "kind": "payment_refunded", "again": "", "amount_refunded": "500"},
            MailUndelivered(PaymentRefunded(500), "a…a@example.com", BOUNCED),
        ),
        ("admin_review", {"reason": "pi_1: amount 1"}, Review("pi_1: amount 1")),
        ("admin_paid_twice", {"intents": "pi_1 pi_2"}, PaidTwice(("pi_1", "pi_2"))),
        ("admin_dispute", {"reason": "fraudulent", "amount": "1900", "due_by": ""}, Dispute(1900, "fraudulent")),
        ("admin_dispute", {"reason": "", "amount": "1900", "due_by": NOON}, Dispute(1900, "", AT_NOON)),
        ("admin_fraud_warning", {"fraud_type": "misc"}, FraudWarning("misc")),
        (
            "admin_unreachable",
            {"reason": "blocked", "kind": "payment_refunded"},
            Unreachable(Kind.PAYMENT_REFUNDED, "blocked"),
        ),
        ("admin_refund_failed", {"amount": "500"}, RefundFailed(500)),
        ("admin_refund_done", {"amount": "500"}, RefundDone(500)),
        ("admin_no_webhooks", {"last": ""}, NoWebhooks()),
        ("admin_no_webhooks", {"last": NOON}, NoWebhooks(AT_NOON)),
        ("admin_service_down", {"service": "Stripe", "since": NOON}, ServiceDown("Stripe", AT_NOON)),
        (
            "admin_service_back",
            {"service": "Resend", "since": NOON, "until": NOON},
            ServiceBack("Resend", AT_NOON, AT_NOON),
        ),
        (
            "admin_summary",
            {
                "at": NOON,
                "today": '[["eur", 3, 5700, 1900], ["jpy", 1, 1500, 0]]',
                "yesterday": "[]",
                "declines": "4",
                "reviews": "0",
                "disputes": "1",
                "unsent": "2",
            },
            Summary(AT_NOON, (CurrencyTotals("eur", 3, 5700, 1900), CurrencyTotals("jpy", 1, 1500, 0)), (), 4, 0, 1, 2),
        ),
    ],
)
def test_rows_of_older_releases_are_read(kind: str, stored: dict[str, str], content: Content) -> None:
    assert load_content(kind, json.dumps(stored)) == content


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("news_of_tomorrow", "{}"),
        ("payment_refunded", "{}"),
        ("payment_refunded", '{"amount_refunded": "much"}'),
        ("payment_failed", "[]"),
        ("payment_failed", "null"),
        ("payment_failed", "{"),
        ("payment_paid", "7"),
        ("mail_undelivered", '{"kind": "pay_message", "address": "", "fate": "bounced"}'),
        ("admin_service_down", '{"service": "Stripe", "since": "lately"}'),
        ("admin_summary", '{"at": "2026-11-22T12:00:00+00:00", "today": "[[1]]"}'),
    ],
)
def test_what_cannot_be_read_raises_nothing(kind: str, text: str) -> None:
    assert load_content(kind, text) == Unknown(kind)
