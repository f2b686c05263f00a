"""The referee sees what is lost, doubled or wrong: each test spoils one thing in a world where all is well."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.confidential import crashes, leaks
from tests.chaos.referee import judge
from tests.chaos.world import ADMIN, Intent, Row, SentMail, SentMessage, World

BEN = 20_001
PAID = Intent("pi_1", "pay_1", BEN, "ben@example.org", "walk-001", "succeeded", 1002, receipt="1")
REFUNDED = replace(
    PAID, intent_id="pi_2", payment_id="pay_2", sku="walk-002", amount=1003, refunds=(334, 669), receipt="2"
)
FAILED = replace(
    PAID, intent_id="pi_3", payment_id="pay_3", sku="walk-003", status="requires_payment_method", declines=1, receipt=""
)
DISPUTED = replace(PAID, intent_id="pi_4", payment_id="pay_4", sku="walk-004", is_disputed=True, receipt="3")
DELIVERED = replace(PAID, intent_id="pi_5", payment_id="pay_5", sku="walk-005", amount=1505, receipt="5",
                    decision="deliver", review="deliver")  # fmt: skip
UNSOLD = replace(DELIVERED, intent_id="pi_6", payment_id="pay_6", sku="walk-006", amount=1506, receipt="",
                 refunds=(1506,), decision="refund", review="refund")  # fmt: skip
FIRST = replace(PAID, intent_id="pi_7a", payment_id="pay_7", sku="walk-007", amount=1008, receipt="7")
SECOND = replace(FIRST, intent_id="pi_7b", receipt="", refunds=(1008,), is_duplicate=True)


def mail(kind: str, payment_id: str, text: str) -> SentMail:
    return SentMail(1.0, "ben@example.org", kind, payment_id, kind, text, f"checkout/mail/{kind}/{payment_id}/{text}")


def receipt(number: int) -> list[SentMessage]:
    text = f"✅ Thank you!\n\nWalk {number:03}"
    return [
        SentMessage(1.0, BEN, text, text, f"receipt-00000{number}.pdf"),
        SentMessage(2.0, BEN, f"Walk {number:03}", f"Walk {number:03}", f"walk-{number:03}.pdf"),
    ]


PART = "The shop has issued a refund of €3.34.\nIn all, refunds of €3.34 out of €10.03 have been issued so far."
REST = "The shop has issued a refund of €6.69.\nIn all, refunds of €10.03 out of €10.03 have been issued so far."


UNSOLD_BACK = "The shop has issued a refund of the whole payment: €15.06."
SECOND_BACK = "You had paid twice; a refund of the second payment was issued: €10.08."


def refund(said: str, number: int = 2) -> SentMessage:
    text = f"↩️ {said}\nWalk 00{number}\n\nPayment: pay_{number}"
    return SentMessage(3.0, BEN, text, text)


def to_admin(said: str) -> SentMessage:
    return SentMessage(1.0, ADMIN, f"⚠️ {said}", f"⚠️ {said}")


def good_world() -> World:
    return World(
        intents=[PAID, REFUNDED, FAILED, DISPUTED, DELIVERED, UNSOLD, FIRST, SECOND],
        rows=[
            Row("pay_1", "pi_1", "paid", 0, 1),
            Row("pay_2", "pi_2", "refunded", 1003, 2),
            Row("pay_3", "pi_3", "failed", 0, None),
            Row("pay_4", "pi_4", "disputed", 0, 3),
            Row("pay_5", "pi_5", "paid", 0, 5),
            Row("pay_6", "pi_6", "refunded", 1506, None),
            Row("pay_7", "pi_7a", "paid", 0, 7),
        ],
        mails=[
            mail("payment_paid", "pay_1", "one"),
            mail("payment_paid", "pay_2", "two"),
            mail("payment_refunded", "pay_2", PART),
            mail("payment_refunded", "pay_2", REST),
            mail("payment_failed", "pay_3", "three"),
            mail("payment_paid", "pay_4", "four"),
            mail("payment_paid", "pay_5", "five"),
            mail("payment_refunded", "pay_6", UNSOLD_BACK),
            mail("payment_paid", "pay_7", "seven"),
            mail("payment_refunded", "pay_7", SECOND_BACK),
        ],
        chats=[
            *receipt(1),
            *receipt(2),
            refund(PART),
            refund(REST),
            refund(UNSOLD_BACK, 6),
            *receipt(5),
            *receipt(7),
            refund(SECOND_BACK, 7),
            to_admin("A payment does not match: pay_5"),
            to_admin("A payment does not match: pay_6"),
            to_admin("Paid twice: pi_7a, pi_7b, pay_7"),
            SentMessage(1.0, BEN, "Walk 003\nPay", "Walk 003\n\n❌ The payment did not go through."),
            *receipt(4),
            to_admin("The customer disputes pay_4"),
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
        without_message("↩️ The shop has issued a refund of €6.69"),
        without_message("❌"),
        without_message("⚠️ The customer disputes"),
        without_mail("payment_paid", "pay_5"),
        without_message("receipt-000005.pdf"),
        without_message("walk-005.pdf"),
        without_message("A payment does not match: pay_5"),
        without_mail("payment_refunded", "pay_6"),
        without_message("whole payment: €15.06"),
        without_message("A payment does not match: pay_6"),
        without_mail("payment_refunded", "pay_7"),
        without_message("You had paid twice"),
        without_message("Paid twice"),
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
        Row("pay_4", "pi_4", "disputed", 0, 4),
        Row("pay_5", "pi_5", "review", 0, 5),
        Row("pay_6", "pi_6", "paid", 1506, None),
        Row("pay_6", "pi_6", "refunded", 1006, None),
        Row("pay_7", "pi_7b", "paid", 0, 7),
        Row("pay_7", "pi_7a", "refunded", 0, 7),
        Row("pay_7", "pi_7a", "paid", 1008, 7),
    ],
)
def test_a_row_that_says_something_else_than_stripe_is_wrong(row: Row) -> None:
    world = good_world()
    with_row(row)(world)
    assert len(judge(world).wrong) == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        replace(PAID, receipt=""),
        replace(PAID, receipt="2"),
        replace(DELIVERED, review=""),
        replace(UNSOLD, review="deliver"),
        replace(SECOND, is_duplicate=False),
    ],
)
def test_what_stripe_remembers_otherwise_or_was_charged_by_the_shop_itself_is_wrong(spoilt: Intent) -> None:
    world = good_world()
    world.intents = [spoilt if one.intent_id == spoilt.intent_id else one for one in world.intents]
    assert judge(world).wrong


@pytest.mark.parametrize(
    "left", [receipt(6)[0], receipt(6)[1], mail("payment_paid", "pay_6", "six")], ids=["receipt", "file", "mail"]
)
def test_what_was_refunded_under_review_and_handed_over_is_wrong(left: SentMail | SentMessage) -> None:
    world = good_world()
    if isinstance(left, SentMail):
        world.mails = [*world.mails, left]
    else:
        world.chats = [*world.chats, left]
    assert "pay_6 is refunded, and its receipt or file has left" in judge(world).wrong


def test_both_refunds_of_what_was_paid_twice_are_to_be_told() -> None:
    world = good_world()
    world.intents = [replace(one, refunds=(1008,)) if one is FIRST else one for one in world.intents]
    with_row(Row("pay_7", "pi_7a", "refunded", 1008, 7))(world)
    assert judge(world).lost == [
        f"pay_7 is refunded, undelivered: refund {where}" for where in ("in the chat", "by mail")
    ]
    whole = "The shop has issued a refund of the whole payment: €10.08."
    world.mails = [*world.mails, mail("payment_refunded", "pay_7", whole)]
    world.chats = [*world.chats, refund(whole, 7)]
    assert judge(world).is_clean


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
