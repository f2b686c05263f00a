"""What the log and the numbers of a shop's day tell with LOG_LEVEL=DEBUG, and what they never tell."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.watched_day import Day, live


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    log = tmp_path_factory.mktemp("day") / "log"
    lived = asyncio.run(live(log))
    lived.log = log.read_text(encoding="utf-8")
    return lived


def test_every_line_is_json_with_a_time_a_level_and_a_message(day: Day) -> None:
    assert len(day.lines) > 20
    for line in day.lines:
        assert datetime.fromisoformat(line["time"]).tzinfo is UTC
        assert {"level", "logger", "message"} <= line.keys()


def test_no_line_holds_a_secret_a_token_a_code_or_a_full_address(day: Day) -> None:
    said = day.log.lower()
    assert len(day.hidden) >= 8 + 2 + 2 + 4
    for hidden in day.hidden:
        assert hidden.lower() not in said, f"{hidden} is in the log"
    assert len(day.codes) == 2
    for line in day.lines:
        told = line["message"] + line.get("exception", "")
        for code in day.codes:
            assert not re.search(rf"(?<!\d){code}(?!\d)", told), line


def test_the_log_of_a_day_with_outages_has_no_traceback(day: Day) -> None:
    assert not [line for line in day.lines if "exception" in line or "Traceback" in line["message"]]


def test_one_payment_can_be_followed_from_the_update_to_the_receipt_and_the_refund(day: Day) -> None:
    steps = (
        r"payment for guide is made: 1900 eur",
        r"update \d+: the pay link is sent",
        r"no PaymentIntent could be opened: Stripe",
        r"PaymentIntent pi_\w+ is made, attempt 1",
        r"payment_intent\.payment_failed \(evt_\w+\) is recorded: failed",
        r"payment_intent\.succeeded \(evt_\w+\) is recorded: paid",
        r"payment_paid by mail did not leave and is tried again in [\d.]+ s: ",
        r"told payment_paid by mail",
        r"refund\.created|charge\.refunded|refund\.updated",
        r"told payment_refunded by mail",
    )
    timeline = iter(day.timeline(day.bens))
    for step in steps:
        assert any(re.match(step, line) for line in timeline), f"{step} in {day.timeline(day.bens)}"
    assert {"told payment_paid by chat", "told payment_refunded by chat"} <= set(day.timeline(day.bens))


def test_a_message_that_cannot_reach_its_reader_is_parked_under_the_payments_id(day: Day) -> None:
    assert any(line.startswith("payment_paid by chat is parked") for line in day.timeline(day.annas))
    assert "told payment_paid by mail" in day.timeline(day.annas)


def test_the_outages_and_the_refused_webhooks_are_told_once_each(day: Day) -> None:
    told = [line["message"] for line in day.lines]
    for service in ("Telegram", "Resend", "Stripe"):
        assert len([line for line in told if line.startswith(f"{service} is down")]) == 1, told
        assert f"{service} is back" in told
    for provider in ("stripe", "resend"):
        assert len([line for line in told if line.startswith(f"a webhook of {provider} is refused")]) == 1


def test_the_counters_moved_as_the_day_went(day: Day) -> None:
    webhooks = "checkout_webhooks_total"
    assert day.number(webhooks, provider="stripe", type="payment_intent.succeeded", result="recorded") == 2
    assert day.number(webhooks, provider="stripe", type="payment_intent.payment_failed", result="recorded") == 1
    assert day.number(webhooks, provider="stripe", type="other", result="refused") == 1
    assert day.number(webhooks, provider="resend", type="email.delivered", result="recorded") >= 3
    assert day.number(webhooks, provider="resend", result="refused") == 1
    assert day.number("checkout_events_total", type="payment_intent.created", result="repeated") >= 1
    assert day.number("checkout_webhook_duration_seconds_count", provider="stripe") == day.number(
        webhooks, provider="stripe"
    )
    results = {"sent": 2, "limited": 1, "wrong": 1, "ok": 2, "gone": 0, "unsent": 0}
    assert {one: day.number("checkout_verifications_total", result=one) for one in results} == results


def test_sends_and_calls_are_counted_and_timed(day: Day) -> None:
    sends, calls = "checkout_sends_total", "checkout_call_duration_seconds_count"
    assert day.number(sends, channel="mail", kind="payment_paid", result="sent") == 2
    assert day.number(sends, channel="mail", kind="payment_paid", result="retry") >= 1
    assert day.number(sends, channel="chat", kind="payment_paid", result="parked") == 1
    assert day.number("checkout_send_duration_seconds_count", channel="mail") >= 4
    for service, operation in (("stripe", "POST payment_intents"), ("resend", "POST emails")):
        assert day.number(calls, service=service, operation=operation, result="ok") >= 2
        assert day.number(calls, service=service, operation=operation, result="unreachable") >= 1
    assert day.number(calls, service="telegram", operation="sendDocument", result="ok") >= 1
    assert day.number(calls, service="telegram", operation="editMessageMedia", result="ok") >= 1
    assert day.number(calls, service="telegram", result="refused") >= 1
    assert day.number(calls, service="telegram", result="unreachable") >= 1


def test_the_database_is_asked_at_the_scrape_and_the_process_is_shown(day: Day) -> None:
    assert day.number("checkout_database_up") == 1
    assert day.number("checkout_outbox_messages", channel="chat", state="waiting") == 0
    assert day.number("checkout_outbox_messages", channel="chat", state="parked") >= 1
    assert day.number("checkout_outbox_oldest_seconds", channel="chat", state="parked") > 0
    assert day.number("process_cpu_seconds_total") > 0
    assert day.number("python_info") == 1


def test_no_label_tells_of_whom(day: Day) -> None:
    personal = re.compile(r"@|\b(pay|pi|evt|ch|re)_\w*\d|\d{4}")
    families = list(text_string_to_metric_families(day.numbers))
    assert len(families) > 12
    for family in families:
        assert re.fullmatch(r"(checkout|process|python)_[a-z_]+", family.name)
        for sample in family.samples:
            values = [value for name, value in sample.labels.items() if name != "le"]
            assert not any(personal.search(value) for value in values), sample


def test_the_numbers_are_not_for_everybody(day: Day) -> None:
    assert day.refused == [403, 403, 403]
