"""A file that the chat did not bring counts until what was bought has been sent to the chat once more."""

import pytest

from checkout.model.message_content import PaymentPaid, Unreachable
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Fulfilment
from checkout.notifications.compose import Composer
from checkout.notifications.record_mail_status import RecordMailStatus
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.notifications import (
    ADMIN,
    chat_is_sent,
    event,
    is_parked,
    keep_told_by_both,
    mail_is_sent,
    said_in_chat,
)

ASKED = PaymentPaid(again=1, request="u7")


async def files_leave(storage: DatabaseStorage, clock: MovedClock, receipt: PaymentPaid, fates: str) -> None:
    """A letter for each of the receipt's files: s for one that is sent, p for one that is parked."""
    async with storage.begin() as tx:
        payment = await tx.payments.get("pay_1")
        assert payment is not None
        await tx.outbox.add(Composer((), clock.now()).files(payment, len(fates), receipt))
    for fate in fates:
        await (chat_is_sent(storage, clock) if fate == "s" else is_parked(storage, clock, Channel.CHAT))


async def alerts(storage: DatabaseStorage, clock: MovedClock) -> int:
    said = await said_in_chat(storage, clock)
    return len([one for one in said if isinstance(one.content, Unreachable) and one.recipient == str(ADMIN)])


@pytest.mark.parametrize(
    ("before", "again", "heard"),
    [("p", "s", 0), ("p", "p", 1), ("sp", "ss", 0), ("ps", "ss", 0), ("sp", "ps", 1), ("sp", "sp", 1), ("s", "p", 1)],
)
async def test_what_was_sent_again_makes_up_for_a_file_that_did_not_leave(
    storage: DatabaseStorage, clock: MovedClock, note: RecordMailStatus, before: str, again: str, heard: int
) -> None:
    payment = await keep_told_by_both(storage, clock)
    async with storage.begin() as tx:
        await tx.payments.move_fulfilment(payment, Fulfilment.DELIVERED, clock.now())
    await chat_is_sent(storage, clock)
    await files_leave(storage, clock, PaymentPaid(), before)
    await mail_is_sent(storage, clock, "m1")
    await note.record(event("bounced", "m1", cause="Permanent/General"))
    assert await alerts(storage, clock) == (1 if "p" in before else 0)

    clock.forward(minutes=5)
    async with storage.begin() as tx:
        row = NewMessage("m2", Channel.MAIL, ASKED, "anna@example.com", "pay_1", clock.now())
        await tx.outbox.add([row])
        waiting = await tx.payments.get("pay_1")
        assert waiting is not None
        await tx.payments.move_fulfilment(waiting, Fulfilment.DELIVERED, clock.now())
    await files_leave(storage, clock, ASKED, again)
    await mail_is_sent(storage, clock, "m2")
    await note.record(event("bounced", "m2", cause="Permanent/General"))
    assert await alerts(storage, clock) == heard
    async with storage.read() as tx:
        after = await tx.payments.get("pay_1")
        assert after is not None
        assert after.fulfilment is (Fulfilment.TO_DO if heard else Fulfilment.DELIVERED)
        assert await tx.outbox.is_dead("pay_1", Channel.CHAT, Kind.PAYMENT_FILE) == bool(heard)
