"""A receipt is mailed once more: on real databases."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from checkout.errors import InvalidEmail, NotFound, NotPaid
from checkout.model.message_content import PaymentPaid, PayMessage, StripeNote
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel
from checkout.model.payment import Payment, Status
from checkout.notifications.compose import Composer
from checkout.notifications.handover import handover_of
from checkout.notifications.record_mail_status import RecordMailStatus
from checkout.notifications.resend_receipt import ReceiptOrder, ResendReceipt
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.support.clock import MovedClock
from tests.support.notifications import (
    ADMIN,
    Wakes,
    claimed,
    event,
    is_parked,
    keep_told_by_both,
    kinds,
    mail_is_sent,
    mails,
    said_in_chat,
)
from tests.support.project import CATALOG


@pytest.fixture
def receipt(storage: DatabaseStorage, clock: MovedClock, wakes: Wakes) -> ResendReceipt:
    return ResendReceipt(storage, clock, normalised_email, wakes, partial(handover_of, CATALOG))


@pytest.fixture(autouse=True)
async def paid(storage: DatabaseStorage, clock: MovedClock) -> Payment:
    return await keep_told_by_both(storage, clock)


async def test_a_receipt_is_sent_again_to_the_right_address_under_a_new_key(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, receipt: ResendReceipt, wakes: Wakes
) -> None:
    await mail_is_sent(storage, clock, "m1")
    assert await receipt.undelivered("pay_1", 42) is None
    await note.record(event("bounced", "m1"))
    undelivered = await receipt.undelivered("pay_1", 42)
    assert undelivered is not None
    sent = await receipt.send_again("pay_1", " Anna.S@Example.com")
    assert (sent.email, sent.is_new) == ("anna.s@example.com", True)
    message = await claimed(storage, clock, Channel.MAIL)
    assert (message.content, message.recipient) == (PaymentPaid(again=1), "anna.s@example.com")
    assert message.dedupe_key == "mail/payment_paid/pay_1/again-1"
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
        assert payment is not None
        assert payment.email == "anna.s@example.com"
        assert payment.version == undelivered.version
    assert await receipt.undelivered("pay_1", 42) is None
    assert wakes.count == 2
    await receipt.send_again("pay_1", "anna.smith@example.com")
    async with storage.read() as tx:
        told = [one.content for one in await tx.outbox.of_payment("pay_1")]
    assert [told.count(one) for one in (PayMessage(), StripeNote(is_address=True))] == [2, 2], "both hear of each"


async def test_the_second_mail_may_die_too_and_is_made_up_for_like_the_first(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, receipt: ResendReceipt
) -> None:
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("bounced", "m1"))
    await said_in_chat(storage, clock)
    clock.forward(minutes=2)
    await receipt.send_again("pay_1")
    await mail_is_sent(storage, clock, "m2")
    await note.record(event("bounced", "m2"))
    (told,) = await said_in_chat(storage, clock)
    assert told.dedupe_key == "chat/mail_undelivered/pay_1/payment_paid/again-1"
    assert (await receipt.send_again("pay_1")).is_new
    assert [mail.content for mail in await mails(storage)] == [PaymentPaid(), PaymentPaid(1), PaymentPaid(2)]


async def test_a_bounce_of_what_was_sent_anew_to_another_address_meanwhile_says_nothing(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, receipt: ResendReceipt
) -> None:
    await mail_is_sent(storage, clock, "m1")
    await receipt.send_again("pay_1", "anna.s@example.com")
    await note.record(event("bounced", "m1"))
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID, Kind.PAY_MESSAGE]


async def test_pressing_twice_or_an_update_that_comes_again_sends_one_mail(
    storage: DatabaseStorage, clock: MovedClock, receipt: ResendReceipt
) -> None:
    await mail_is_sent(storage, clock, "m1")
    asked_at = clock.now()
    both = await asyncio.gather(*(receipt.send_again("pay_1", "a@example.com", asked_at) for _ in range(2)))
    assert {one.email for one in both} == {"a@example.com"}
    await mail_is_sent(storage, clock, "m2")
    clock.forward(hours=1)
    assert not (await receipt.send_again("pay_1", "a@example.com", asked_at)).is_new
    assert len(await mails(storage)) == 2
    assert (await receipt.send_again("pay_1", "a@example.com")).is_new


async def test_what_cannot_be_sent_again_is_refused_in_words_of_its_own(
    storage: DatabaseStorage, clock: MovedClock, receipt: ResendReceipt, paid: Payment
) -> None:
    unpaid = replace(paid, payment_id="pay_2", pay_token="t2", payment_intent_id=None, status=Status.FAILED)
    returned = replace(unpaid, payment_id="pay_3", pay_token="t3", status=Status.REFUNDED, paid_at=None)  # in a review
    async with storage.begin() as tx:
        await tx.payments.add(unpaid)
        await tx.payments.add(returned)
    for payment_id in ("pay_2", "pay_3", "pay_9"):
        with pytest.raises(NotFound if payment_id == "pay_9" else NotPaid):
            await receipt.send_again(payment_id)
    with pytest.raises(NotPaid):
        await receipt.undelivered("pay_2", 42)
    with pytest.raises(NotFound):
        await receipt.undelivered("pay_1", 43)
    with pytest.raises(InvalidEmail):
        await receipt.send_again("pay_1", "nobody at all")
    assert len(await mails(storage)) == 1


async def test_a_file_of_a_receipt_sent_again_is_missed_anew(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, receipt: ResendReceipt, paid: Payment
) -> None:
    """The alert about the first receipt says nothing of the second."""
    await is_parked(storage, clock, Channel.CHAT)
    await is_parked(storage, clock, Channel.MAIL)
    (alert,) = await said_in_chat(storage, clock)
    assert alert.dedupe_key == f"chat/admin_unreachable/pay_1/payment_paid/{ADMIN}"
    await receipt.order(ReceiptOrder("pay_1", None, ADMIN, "u77"))
    again = await claimed(storage, clock, Channel.CHAT)
    assert isinstance(again.content, PaymentPaid)
    async with storage.begin() as tx:
        await tx.outbox.mark_sent(again, clock.now(), "7")
        await tx.outbox.add(Composer((), clock.now()).files(paid, 1, again.content))
    await mail_is_sent(storage, clock, "m2")
    await note.record(event("bounced", "m2"))
    await is_parked(storage, clock, Channel.CHAT)  # the file
    _, alert = await said_in_chat(storage, clock)
    assert alert.dedupe_key == f"chat/admin_unreachable/pay_1/payment_paid/again-u77/{ADMIN}"


async def test_of_two_new_addresses_that_were_asked_about_at_once_the_first_answer_counts(
    storage: DatabaseStorage, clock: MovedClock, receipt: ResendReceipt
) -> None:
    await mail_is_sent(storage, clock, "m1")
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    orders = [
        ReceiptOrder("pay_1", f"{one}@example.com", ADMIN, one, instead_of=payment.email) for one in ("right", "other")
    ]
    done = await asyncio.gather(*map(receipt.order, orders), return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["AddressChanged", "SentAgain"]
    first = orders[[type(one).__name__ for one in done].index("SentAgain")]
    assert await receipt.order(first) in done, "the same press once more, after a crash, is no second one"
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    assert payment.email == first.email
