"""What Resend takes and then does not send is the shop's trouble: its admins hear of it once, and when it is over."""

import pytest
from resend.exceptions import ResendError

from checkout.model.message_content import MailUndelivered, PaymentPaid
from checkout.model.message_kind import Kind, Trouble
from checkout.model.outbox import Channel, NewMessage
from checkout.model.shop_notice import TroubleFound, TroubleOver
from checkout.notifications.record_mail_status import RecordMailStatus
from db.storage import DatabaseStorage
from providers.resend_mail import translated
from tests.support.clock import MovedClock
from tests.support.notifications import (
    ADMIN,
    event,
    is_parked,
    keep_told_by_both,
    kinds,
    mail_is_sent,
    said_in_chat,
)


async def a_mail_leaves(storage: DatabaseStorage, clock: MovedClock, mail_id: str) -> None:
    receipt = PaymentPaid(again=1, request=mail_id)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage(mail_id, Channel.MAIL, receipt, "anna@example.com", "pay_1", clock.now())])
    await mail_is_sent(storage, clock, mail_id)


@pytest.fixture(autouse=True)
async def lost(storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus) -> None:
    """The receipt's mail, by a quota that is used up."""
    await keep_told_by_both(storage, clock)
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("failed", "m1", reason="reached_daily_quota", cause="reached_daily_quota"))


async def told(storage: DatabaseStorage, clock: MovedClock) -> list[TroubleFound | TroubleOver]:
    found = [(one.recipient, one.content) for one in await said_in_chat(storage, clock)]
    return [one for who, one in found if isinstance(one, TroubleFound | TroubleOver) and who == str(ADMIN)]


async def test_the_admins_hear_once_and_the_customer_each_time(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    assert set(kinds(said := await said_in_chat(storage, clock))) == {
        Kind.PAYMENT_PAID,
        Kind.ADMIN_TROUBLE_FOUND,
        Kind.MAIL_UNDELIVERED,
    }
    assert [one.content for one in said if one.recipient == str(ADMIN)] == [TroubleFound(Trouble.MAILS)]
    await a_mail_leaves(storage, clock, "m2")
    await note.record(event("failed", "m2", cause="reached_monthly_quota"))
    (second,) = await said_in_chat(storage, clock)
    assert isinstance(second.content, MailUndelivered)


async def test_it_is_over_once_a_mail_that_was_made_since_has_arrived(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    assert await told(storage, clock) == [TroubleFound(Trouble.MAILS)]
    clock.forward(minutes=5)
    await a_mail_leaves(storage, clock, "m2")
    await note.record(event("sent", "m2"))
    assert await told(storage, clock) == []
    for _ in range(2):
        await note.record(event("delivered", "m2"))
    assert await told(storage, clock) == [TroubleOver(Trouble.MAILS)]


async def test_one_that_was_on_its_way_before_says_nothing_of_it(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await a_mail_leaves(storage, clock, "m2")
    await note.record(event("delivered", "m2"))
    assert await told(storage, clock) == [TroubleFound(Trouble.MAILS)]


@pytest.mark.parametrize(
    ("mail_status", "cause"),
    [("bounced", "Permanent/General"), ("failed", "invalid_recipient"), ("failed", "invalid_attachment")],
)
async def test_what_the_address_or_its_files_are_to_blame_for_is_no_trouble_of_the_shop(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, mail_status: str, cause: str
) -> None:
    async with storage.begin() as tx:
        await tx.checkpoints.remove("trouble/mails")
    await said_in_chat(storage, clock)
    clock.forward(minutes=1)
    await a_mail_leaves(storage, clock, "m2")
    await note.record(event(mail_status, "m2", cause=cause))
    assert await told(storage, clock) == []


@pytest.mark.parametrize(
    ("reason", "is_told"),
    [
        ("Resend: Invalid `reply_to` field.", True),
        ("Resend: Invalid `to` field.", False),
        ("no answer", False),
        ("Resend: Invalid `attachments` field: files of this type are not supported.", False),
        ("Resend: This attachment type is not allowed.", False),
        (str(translated(ResendError(413, "validation_error", "Too large", ""))), False),
    ],
)
async def test_what_is_refused_for_no_address_is_told_too(
    storage: DatabaseStorage, clock: MovedClock, reason: str, is_told: bool
) -> None:
    async with storage.begin() as tx:
        await tx.checkpoints.remove("trouble/mails")
        again = NewMessage("m2", Channel.MAIL, PaymentPaid(again=1), "anna@example.com", "pay_1", clock.now())
        await tx.outbox.add([again])
    await said_in_chat(storage, clock)
    clock.forward(minutes=1)
    await is_parked(storage, clock, Channel.MAIL, reason)
    assert bool(await told(storage, clock)) is is_told
