"""What becomes of a mail, and what follows from it: on real databases."""

import asyncio
import itertools
from dataclasses import replace

import pytest

from checkout.model.mail_status import MailDeath
from checkout.model.message_content import MailUndelivered, PaymentFailed, PaymentFile, PaymentPaid, Unreachable
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, State
from checkout.model.payment import Payment, Status
from checkout.notifications.record_mail_status import RecordMailStatus
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.databases import by_turns
from tests.support.notifications import (
    ADMIN,
    Wakes,
    chat_is_sent,
    claimed,
    event,
    is_parked,
    keep_told_by_both,
    kinds,
    mail_is_sent,
    mails,
    said_in_chat,
)

DECLINE = PaymentFailed("expired_card", "ch_1")
BOUNCED = {"reason": "550 user unknown", "cause": "Permanent/General"}


@pytest.fixture(autouse=True)
async def paid(storage: DatabaseStorage, clock: MovedClock) -> Payment:
    return await keep_told_by_both(storage, clock)


async def test_a_mail_that_bounced_is_made_up_for_in_the_chat_once(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, wakes: Wakes
) -> None:
    await mail_is_sent(storage, clock, "m1")
    for mail_status in ("sent", "bounced", "sent", "bounced", "suppressed", "delivery_delayed"):
        await note.record(event(mail_status, "m1", **BOUNCED))
    first, second = await said_in_chat(storage, clock)
    assert (first.kind, second.kind) == (Kind.PAYMENT_PAID, Kind.MAIL_UNDELIVERED)
    assert (second.recipient, second.payment_id) == ("42", "pay_1")
    assert second.dedupe_key == "chat/mail_undelivered/pay_1/payment_paid/"
    assert second.content == MailUndelivered(PaymentPaid(), "a…a@example.com", MailDeath("bounced", **BOUNCED))
    assert [mail.mail_status for mail in await mails(storage)] == ["bounced"]
    assert wakes.count == 1


async def test_a_mail_dies_once_however_many_words_are_found_for_it(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, wakes: Wakes
) -> None:
    await mail_is_sent(storage, clock, "m1")
    for mail_status in ("failed", "suppressed", "bounced"):
        await note.record(event(mail_status, "m1"))
    assert [mail.mail_status for mail in await mails(storage)] == ["bounced"]
    said = [one for one in await said_in_chat(storage, clock) if one.recipient != str(ADMIN)]
    assert said[-1].content == MailUndelivered(PaymentPaid(), "a…a@example.com", MailDeath("failed"))
    assert len(said) == 2
    assert wakes.count == 1


async def test_another_mail_with_the_same_tags_is_not_taken_for_one_whose_id_is_known(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("bounced", "m2"))
    assert [mail.mail_status for mail in await mails(storage)] == [""]


@pytest.mark.parametrize(
    ("database_url", "mail_statuses"),
    by_turns(list(itertools.permutations(("sent", "delivered", "complained", "clicked")))),
    indirect=["database_url"],
)
async def test_a_mail_that_was_delivered_is_noted_and_nothing_is_said(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, wakes: Wakes, mail_statuses: tuple[str, ...]
) -> None:
    await mail_is_sent(storage, clock, "m1")
    for mail_status in mail_statuses:
        await note.record(event(mail_status, "m1"))
    assert [mail.mail_status for mail in await mails(storage)] == ["complained"]
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID]
    assert wakes.count == 0


async def test_an_event_that_overtakes_the_note_of_its_mails_id_is_known_by_the_tags(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    message = await claimed(storage, clock, Channel.MAIL)
    await note.record(event("bounced", "m1", **BOUNCED))
    async with storage.begin() as tx:
        await tx.outbox.mark_sent(message, clock.now(), "m1")
    await note.record(event("sent", "m1"))
    (mail,) = await mails(storage)
    assert (mail.state, mail.mail_status) == (State.SENT, "bounced")
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID, Kind.MAIL_UNDELIVERED]


async def test_a_mail_whose_sender_died_before_noting_it_is_not_sent_again_once_its_status_is_told(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await claimed(storage, clock, Channel.MAIL)
    await note.record(event("delivered", "m1"))
    clock.forward(minutes=5)
    async with storage.begin() as tx:
        assert await tx.outbox.claim(Channel.MAIL, "w2", clock.now(), 5) == []
    await note.record(replace(event("opened", "m1"), payment_id="", kind=""))
    assert [mail.mail_status for mail in await mails(storage)] == ["delivered"]


async def test_a_mail_that_was_parked_unsure_and_then_delivered_is_alive_and_said_nothing_of(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await is_parked(storage, clock, Channel.MAIL)
    assert Kind.MAIL_UNDELIVERED in kinds(await said_in_chat(storage, clock))
    await note.record(event("delivered", "m1"))
    assert await said_in_chat(storage, clock) == []
    async with storage.read() as tx:
        assert not await tx.outbox.is_dead("pay_1", Channel.MAIL, Kind.PAYMENT_PAID)


@pytest.mark.parametrize(
    "changes",
    [{"payment_id": ""}, {"payment_id": "pay_2"}, {"kind": "payment_refunded"}, {"to": ("ben@example.com",)}],
)
async def test_an_event_of_a_mail_that_is_not_ours_changes_nothing(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, changes: dict[str, str]
) -> None:
    await claimed(storage, clock, Channel.MAIL)
    await note.record(replace(event("bounced", "m9"), **changes))  # type: ignore[arg-type] # real fields all
    assert [(mail.mail_status, mail.state) for mail in await mails(storage)] == [("", State.WAITING)]
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID]


async def test_a_mail_that_was_never_tried_is_not_taken_for_another(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await note.record(event("delivered", "m1"))
    assert [mail.state for mail in await mails(storage)] == [State.WAITING]


async def test_events_of_one_mail_that_come_in_the_same_instant_lose_nothing(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    message = await claimed(storage, clock, Channel.MAIL)

    async def is_noted_as_sent() -> None:
        async with storage.begin() as tx:
            await tx.outbox.mark_sent(message, clock.now(), "m1")

    mail_statuses = ("sent", "delivery_delayed", "bounced", "bounced", "delivered")
    await asyncio.gather(*(note.record(event(mail_status, "m1")) for mail_status in mail_statuses), is_noted_as_sent())
    assert [mail.mail_status for mail in await mails(storage)] == ["bounced"]
    assert kinds(await said_in_chat(storage, clock)) == [Kind.PAYMENT_PAID, Kind.MAIL_UNDELIVERED]


async def test_a_mail_that_is_parked_is_made_up_for_as_one_that_bounced(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await is_parked(storage, clock, Channel.MAIL)
    await note.record(event("bounced", "m1"))
    _, told = await said_in_chat(storage, clock)
    assert told.dedupe_key == "chat/mail_undelivered/pay_1/payment_paid/"
    assert isinstance(told.content, MailUndelivered)
    assert told.content.death == MailDeath("refused", reason="refused")


async def test_a_dead_chat_alone_alerts_nobody(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await is_parked(storage, clock, Channel.CHAT)
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("delivered", "m1"))
    assert await said_in_chat(storage, clock) == []


@pytest.mark.parametrize("way", ["bounce", "refusal"])
@pytest.mark.parametrize("first", ["mail", "chat", "receipt in chat, then mail"])
async def test_with_both_dead_an_admin_hears_once_whichever_died_first_and_how(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, way: str, first: str
) -> None:
    async def mail_dies() -> None:
        if way == "refusal":
            await is_parked(storage, clock, Channel.MAIL)
            return
        await mail_is_sent(storage, clock, "m1")
        await note.record(event("bounced", "m1"))

    if first == "chat":
        await is_parked(storage, clock, Channel.CHAT)
        await mail_dies()
    elif first == "mail":
        await mail_dies()
        await is_parked(storage, clock, Channel.CHAT)  # the receipt
        await is_parked(storage, clock, Channel.CHAT)  # and what was to make up for the mail
    else:
        await chat_is_sent(storage, clock)
        await mail_dies()
        await is_parked(storage, clock, Channel.CHAT)
    await note.record(event("bounced", "m1"))
    (alert,) = await said_in_chat(storage, clock)
    assert (alert.recipient, alert.payment_id) == (str(ADMIN), "pay_1")
    assert isinstance(alert.content, Unreachable)
    assert alert.content.missed is Kind.PAYMENT_PAID


async def test_the_alert_notes_how_the_mail_came_back(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await is_parked(storage, clock, Channel.CHAT)
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("bounced", "m1", **BOUNCED))
    (alert,) = await said_in_chat(storage, clock)
    assert alert.content == Unreachable(Kind.PAYMENT_PAID, "bounced: Permanent/General: 550 user unknown")


async def test_a_product_file_that_neither_chat_nor_mail_brought_is_told_to_an_admin(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus
) -> None:
    await chat_is_sent(storage, clock)
    file = NewMessage("chat/payment_file/pay_1/0", Channel.CHAT, PaymentFile(0), "42", "pay_1", clock.now())
    async with storage.begin() as tx:
        await tx.outbox.add([file])
    await is_parked(storage, clock, Channel.CHAT)
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("bounced", "m1"))
    assert set(kinds(await said_in_chat(storage, clock))) == {Kind.MAIL_UNDELIVERED, Kind.ADMIN_UNREACHABLE}


async def test_a_failure_that_could_not_be_mailed_is_told_in_chat_until_money_comes_or_may_come(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, paid: Payment
) -> None:
    """“No money was taken” is not said of what is under review, or on its way."""
    await mail_is_sent(storage, clock, "m1")
    await said_in_chat(storage, clock)
    stand = {"pay_3": Status.FAILED, "pay_4": Status.REVIEW, "pay_5": Status.PROCESSING}
    async with storage.begin() as tx:
        for payment_id, status in stand.items():
            unpaid = replace(paid, payment_id=payment_id, pay_token=payment_id, payment_intent_id=None, status=status)
            await tx.payments.add(replace(unpaid, receipt_number=None))
        for payment_id in ("pay_1", *stand):
            key = f"mail/payment_failed/{payment_id}/ch_1"
            mail = NewMessage(key, Channel.MAIL, DECLINE, "anna@example.com", payment_id, clock.now())
            await tx.outbox.add([mail])
    for number in ("m2", "m3", "m4", "m5"):
        await mail_is_sent(storage, clock, number)
        await note.record(replace(event("bounced", number), payment_id="", kind=""))
    (told,) = await said_in_chat(storage, clock)
    assert isinstance(told.content, MailUndelivered)
    assert (told.payment_id, told.content.lost) == ("pay_3", DECLINE)
    assert told.dedupe_key == "chat/mail_undelivered/pay_3/payment_failed/ch_1"
