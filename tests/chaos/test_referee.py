"""The referee sees what is lost, doubled or wrong: each test spoils one thing in a world where all is well."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.confidential import crashes, leaks
from tests.chaos.referee import judge
from tests.chaos.world import ADMIN, Intent, Row, SentMail, SentMessage, World

BEN = 20_001
PAID = Intent("pi_1", "pay_1", BEN, "ben@example.org", "walk-001", "succeeded", 1002)
REFUNDED = replace(PAID, intent_id="pi_2", payment_id="pay_2", sku="walk-002", amount=1003, refunds=(334, 669))
FAILED = replace(
    PAID, intent_id="pi_3", payment_id="pay_3", sku="walk-003", status="requires_payment_method", declines=1
)
DISPUTED = replace(PAID, intent_id="pi_4", payment_id="pay_4", sku="walk-004", is_disputed=True)


def mail(kind: str, payment_id: str, text: str) -> SentMail:
    return SentMail(1.0, "ben@example.org", kind, payment_id, kind, text, f"checkout/mail/{kind}/{payment_id}/{text}")


def receipt(number: int) -> list[SentMessage]:
    text = f"✅ Thank you!\n\nWalk {number:03}"
    return [
        SentMessage(1.0, BEN, text, text, f"receipt-00000{number}.pdf"),
        SentMessage(2.0, BEN, f"Walk {number:03}", f"Walk {number:03}", f"walk-{number:03}.pdf"),
    ]


PART = "The shop has given back €3.34.\nIn all, €3.34 of €10.03 was given back so far."
REST = "The shop has given back €6.69.\nIn all, €10.03 of €10.03 was given back so far."


def refund(said: str) -> SentMessage:
    text = f"↩️ {said}\nWalk 002\n\nPayment: pay_2"
    return SentMessage(3.0, BEN, text, text)


def good_world() -> World:
    return World(
        intents=[PAID, REFUNDED, FAILED, DISPUTED],
        rows=[
            Row("pay_1", "pi_1", "paid", 0, 1),
            Row("pay_2", "pi_2", "refunded", 1003, 2),
            Row("pay_3", "pi_3", "failed", 0, None),
            Row("pay_4", "pi_4", "disputed", 0, 3),
        ],
        mails=[
            mail("payment_paid", "pay_1", "one"),
            mail("payment_paid", "pay_2", "two"),
            mail("payment_refunded", "pay_2", PART),
            mail("payment_refunded", "pay_2", REST),
            mail("payment_failed", "pay_3", "three"),
            mail("payment_paid", "pay_4", "four"),
        ],
        chats=[
            *receipt(1),
            *receipt(2),
            refund(PART),
            refund(REST),
            SentMessage(1.0, BEN, "Walk 003\nPay", "Walk 003\n\n❌ The payment did not go through."),
            *receipt(4),
            SentMessage(1.0, ADMIN, "⚠️ The customer disputes pay_4", "⚠️ The customer disputes pay_4"),
        ],
    )


def without_mail(kind: str, payment_id: str) -> Callable[[World], None]:
    def spoil(world: World) -> None:
        world.mails = [one for one in world.mails if (one.kind, one.payment_id) != (kind, payment_id)]

    return spoil


def without_message(part: str) -> Callable[[World], None]:
    def spoil(world: World) -> None:
        world.chats = [one for one in world.chats if part not in f"{one.text} {one.document}"]

    return spoil


def with_row(row: Row) -> Callable[[World], None]:
    def spoil(world: World) -> None:
        world.rows = [row if one.payment_id == row.payment_id else one for one in world.rows]

    return spoil


def test_a_world_where_all_is_well_is_clean() -> None:
    verdict = judge(good_world())
    assert verdict.is_clean, verdict
    assert verdict.repeated == 0


@pytest.mark.parametrize(
    "spoil",
    [
        without_mail("payment_paid", "pay_1"),
        without_mail("payment_refunded", "pay_2"),
        without_mail("payment_failed", "pay_3"),
        without_message("receipt-000001.pdf"),
        without_message("walk-001.pdf"),
        without_message("↩️ The shop has given back €6.69"),
        without_message("❌"),
        without_message("⚠️"),
    ],
)
def test_what_somebody_did_not_hear_is_lost(spoil: Callable[[World], None]) -> None:
    world = good_world()
    spoil(world)
    assert len(judge(world).lost) == 1


def test_the_refund_of_a_part_does_not_tell_of_the_whole() -> None:
    world = good_world()
    world.mails = [one for one in world.mails if one.text != REST]
    assert judge(world).lost == ["pay_2 is refunded, undelivered: refund by mail"]


def test_two_receipts_under_two_keys_are_one_too_many() -> None:
    world = good_world()
    world.mails = [*world.mails, replace(world.mails[0], key="checkout/other", text="worded anew")]
    assert judge(world).twice == ["pay_1: 2 mails payment_paid, at most 1"]


def test_two_mails_that_say_the_same_are_one_too_many() -> None:
    world = good_world()
    code = mail("verification_code", "", "Your code: 123456")
    world.mails = [*world.mails, code, replace(code, key="checkout/code/other")]
    assert len(judge(world).twice) == 1


def test_other_bytes_under_the_same_key_are_seen() -> None:
    world = good_world()
    world.other_bytes = 1
    assert len(judge(world).twice) == 1


@pytest.mark.parametrize(
    "row",
    [
        Row("pay_1", "pi_1", "pending", 0, 1),
        Row("pay_2", "pi_2", "refunded", 334, 2),
        Row("pay_3", "pi_other", "failed", 0, None),
        Row("pay_4", "pi_4", "disputed", 0, 1),
    ],
)
def test_a_row_that_says_something_else_than_stripe_is_wrong(row: Row) -> None:
    world = good_world()
    with_row(row)(world)
    assert len(judge(world).wrong) == 1


def test_a_payment_that_is_not_in_the_database_is_wrong() -> None:
    world = good_world()
    world.rows = world.rows[1:]
    assert judge(world).wrong == ["pay_1 is paid at Stripe and not in the database"]


def test_a_payment_that_was_charged_twice_is_wrong() -> None:
    world = good_world()
    world.intents = [replace(PAID, intent_id="pi_0"), *world.intents]
    assert "pay_1 was charged twice" in judge(world).wrong


def test_what_still_waits_is_parked_or_unfinished_is_wrong() -> None:
    world = good_world()
    world.waiting, world.parked, world.unfinished = ["mail/x"], ["chat/y"], ["purchase 3"]
    world.complaints = ["a process ended by itself with 1"]
    assert len(judge(world).wrong) == 4


def test_a_message_may_come_again_only_if_something_broke_in_between() -> None:
    world = good_world()
    again = replace(world.chats[0], at=9.0)
    world.chats = [*world.chats, again]
    assert len(judge(world).wrong) == 1
    world.interruptions = [5.0]
    verdict = judge(world)
    assert verdict.is_clean
    assert verdict.repeated == 1


def test_a_file_before_its_receipt_is_wrong() -> None:
    world = good_world()
    world.chats = [world.chats[1], world.chats[0], *world.chats[2:]]
    assert len(judge(world).wrong) == 1


def test_secrets_codes_and_tracebacks_in_the_log_are_seen(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("2026-11-23 20:00:00.123456 INFO all is well, 100 of 123456.5\n")
    assert leaks(log, {"ben@example.org"}, {"123456"}) == []
    assert crashes(log) == []
    log.write_text("mail to ben@example.org: 123456\nTraceback (most recent call last):\n  File x\nKeyError: 'y'\n")
    assert len(leaks(log, {"ben@example.org"}, {"123456"})) == 2
    assert crashes(log) == ["traceback in the log: KeyError: 'y'"]
