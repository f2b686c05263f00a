"""A receipt is mailed once more: on real databases."""

import asyncio
from dataclasses import replace

import pytest

from checkout.errors import InvalidEmail, NotFound, NotPaid
from checkout.model.outbox import Channel, Kind
from checkout.model.payment import Payment, Status
from checkout.notifications.record_mail_status import RecordMailStatus
from checkout.notifications.resend_receipt import ResendReceipt
from db.storage import DatabaseStorage
from providers.email_addresses import normalised_email
from tests.support.clock import MovedClock
from tests.support.notifications import ADMIN, Wakes, add_paid, claimed, event, kinds, mail_is_sent, mails, said_in_chat

KEY = "mail/payment_paid/pay_1/"


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def note(storage: DatabaseStorage, clock: MovedClock, wakes: Wakes) -> RecordMailStatus:
    return RecordMailStatus(storage, clock, wakes, (ADMIN,))


@pytest.fixture
def receipt(storage: DatabaseStorage, clock: MovedClock, wakes: Wakes) -> ResendReceipt:
    return ResendReceipt(storage, clock, normalised_email, wakes)


@pytest.fixture(autouse=True)
async def paid(storage: DatabaseStorage, clock: MovedClock) -> Payment:
    return await add_paid(storage, clock)


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
    assert [mail.dedupe_key for mail in await mails(storage)] == [KEY, f"{KEY}again-1"]
    message = await claimed(storage, clock, Channel.MAIL)
    assert (message.kind, message.recipient) == (Kind.PAYMENT_PAID, "anna.s@example.com")
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
        assert payment is not None
        assert payment.email == "anna.s@example.com"
        assert payment.version == undelivered.version
    assert await receipt.undelivered("pay_1", 42) is None
    assert wakes.count == 2


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
    assert [mail.dedupe_key for mail in await mails(storage)][-1] == f"{KEY}again-2"


async def test_a_bounce_of_what_was_sent_anew_to_another_address_meanwhile_says_nothing(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, receipt: ResendReceipt
) -> None:
    await mail_is_sent(storage, clock, "m1")
    await receipt.send_again("pay_1", "anna.s@example.com")
    await note.record(event("bounced", "m1"))
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID]


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
    async with storage.begin() as tx:
        await tx.payments.add(unpaid)
    for payment_id in ("pay_2", "pay_9"):
        with pytest.raises(NotPaid if payment_id == "pay_2" else NotFound):
            await receipt.send_again(payment_id)
    with pytest.raises(NotPaid):
        await receipt.undelivered("pay_2", 42)
    with pytest.raises(NotFound):
        await receipt.undelivered("pay_1", 43)
    with pytest.raises(InvalidEmail):
        await receipt.send_again("pay_1", "nobody at all")
    assert len(await mails(storage)) == 1
