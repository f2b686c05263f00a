"""What admins did, and what has not left the outbox: the queries on both databases."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from checkout import limits
from checkout.errors import NotFound
from checkout.model.audit import Action
from checkout.model.customer import Customer
from checkout.model.message_content import (
    Content,
    Dispute,
    FirstPayment,
    FraudWarning,
    InvoicePaid,
    PaymentPaid,
    PayMessage,
    RefundFailed,
    Review,
    Sold,
    ToDo,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage, State
from checkout.model.payment import Fulfilment, Status
from checkout.notifications.handover import handover_of
from checkout.notifications.manage_outbox import ManageOutbox
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage
from tests.support.clock import NOON, MovedClock
from tests.support.event_samples import RULES, failed
from tests.support.payments import a_paid_payment, a_payment, keep, keep_paid, park_receipt
from tests.support.project import CATALOG

MIRA = 9001
A_MINUTE = timedelta(minutes=1)
BY_PROGRAM = partial(handover_of, CATALOG)
BLOCKED = "the customer has blocked the bot (403)"


async def test_entries_are_told_newest_first_with_the_admins_name(storage: DatabaseStorage) -> None:
    async with storage.begin() as tx:
        await tx.customers.save(Customer(MIRA, "en", name="Mira <b>_*[x]()"), NOON)
        for number in range(5):
            admin = MIRA if number % 2 else 4711
            await tx.audit.add(admin, Action.EXPORTED, f"pay_{number % 2}", {"rows": str(number)}, NOON)
    async with storage.read() as tx:
        newest = await tx.audit.newest(None, 3)
        rest = await tx.audit.newest(newest[-1].audit_id, 3)
        of_one = await tx.audit.of_payment("pay_1")
    assert [one.details["rows"] for one in [*newest, *rest]] == ["4", "3", "2", "1", "0"]
    assert [(one.admin_id, one.admin_name) for one in newest[:2]] == [(4711, ""), (MIRA, "Mira <b>_*[x]()")]
    assert [one.details["rows"] for one in of_one] == ["1", "3"]
    assert newest[0].at == NOON


async def test_what_is_rolled_back_leaves_no_entry(storage: DatabaseStorage) -> None:
    async def stumble() -> None:
        async with storage.begin() as tx:
            await tx.audit.add(MIRA, Action.EXPORTED, "", {}, NOON)
            raise RuntimeError("the effect did not happen")

    with pytest.raises(RuntimeError):
        await stumble()
    async with storage.read() as tx:
        assert await tx.audit.newest(None, 10) == []


def message(number: int) -> NewMessage:
    return NewMessage(f"chat/{number}", Channel.CHAT, PayMessage(), str(number), f"pay_{number}", NOON)


async def unsent(storage: DatabaseStorage, after: int = 0, waiting_since: timedelta = -A_MINUTE) -> list[str]:
    async with storage.read() as tx:
        return [one.payment_id for one in await tx.outbox.unsent(after, NOON + waiting_since, 50)]


async def test_what_waits_for_a_minute_has_failed_or_is_parked_is_unsent(storage: DatabaseStorage) -> None:
    async with storage.begin() as tx:
        await tx.outbox.add([message(number) for number in range(4)])
        fresh, failed, parked, sent = await tx.outbox.claim(Channel.CHAT, "w", NOON, 4)
        await tx.outbox.retry_later(failed, "w", NOON, NOON, "Telegram cannot be reached")
        await tx.outbox.park(parked, "w", "gone")
        await tx.outbox.mark_sent(sent, NOON, "1")
    assert await unsent(storage) == ["pay_1", "pay_2"]
    assert await unsent(storage, waiting_since=timedelta()) == ["pay_0", "pay_1", "pay_2"]
    assert await unsent(storage, after=failed.message_id) == ["pay_2"]
    async with storage.read() as tx:
        one = await tx.outbox.unsent_one(parked.message_id)
        assert await tx.outbox.unsent_one(sent.message_id) is None
    assert one is not None
    assert (one.state, one.error, one.attempts) == (State.PARKED, "gone", 1)
    assert fresh.message_id < failed.message_id


async def test_the_mail_about_a_decline_is_unsent_only_once_its_time_has_passed(
    storage: DatabaseStorage, database: Database, clock: MovedClock
) -> None:
    """It is held back on purpose, for a second card may do: until then nobody is to look at it."""
    await keep(storage, a_payment())
    writer = GroupWriter(database, clock, RULES, lambda *_: None, Backpressure())
    running = asyncio.create_task(writer.run())
    await writer.record(failed("ch_1"))
    writer.stop()
    await running
    interval = limits.failure_mail_interval()
    assert await unsent(storage, waiting_since=interval - A_MINUTE) == ["pay_1"], "the edited pay message"
    async with storage.begin() as tx:
        chat = await tx.outbox.claim(Channel.CHAT, "w", NOON, 9)
        await tx.outbox.mark_sent(chat[0], NOON, "1")
    assert await unsent(storage, waiting_since=interval - A_MINUTE) == []
    assert await unsent(storage, waiting_since=interval + A_MINUTE) == ["pay_1"]


async def test_what_is_being_sent_just_now_is_neither_tried_nor_dropped(storage: DatabaseStorage) -> None:
    clock = MovedClock()
    outbox = ManageOutbox(storage, clock, lambda: None, BY_PROGRAM)
    async with storage.begin() as tx:
        await tx.outbox.add([message(1)])
        (held,) = await tx.outbox.claim(Channel.CHAT, "w", NOON, 1)
    clock.forward(hours=1)
    for change in (outbox.try_now, outbox.drop):
        with pytest.raises(NotFound):
            await change(held.message_id, MIRA)
    async with storage.read() as tx:
        assert await tx.audit.newest(None, 10) == []
    async with storage.begin() as tx:
        await tx.outbox.release("w")
    await outbox.drop(held.message_id, MIRA)
    with pytest.raises(NotFound):
        await outbox.one(held.message_id)


async def test_a_dropped_mail_was_not_told_and_is_never_sent(storage: DatabaseStorage) -> None:
    outbox = ManageOutbox(storage, MovedClock(), lambda: None, BY_PROGRAM)
    payment = await keep_paid(storage)
    message_id = await park_receipt(storage, payment, "refused")
    await outbox.drop(message_id, MIRA)
    async with storage.begin() as tx:
        (mail,) = await tx.outbox.mails(payment.payment_id, Kind.PAYMENT_PAID)
        assert (mail.state, mail.is_dead) == (State.DROPPED, True)
        assert await tx.outbox.is_dead(payment.payment_id, Channel.MAIL, Kind.PAYMENT_PAID)
        assert await tx.outbox.claim(Channel.MAIL, "w", NOON + A_MINUTE, 5) == []
        (entry,) = await tx.audit.of_payment(payment.payment_id)
    assert (entry.admin_id, entry.action) == (MIRA, Action.OUTBOX_DROPPED)
    assert entry.details == {"message_id": str(message_id), "kind": "payment_paid", "channel": "mail"}


async def test_a_parked_mail_that_is_tried_now_is_taken_at_once(storage: DatabaseStorage) -> None:
    woken: list[bool] = []
    outbox = ManageOutbox(storage, MovedClock(), lambda: woken.append(True), BY_PROGRAM)
    message_id = await park_receipt(storage, await keep_paid(storage), "refused")
    await outbox.try_now(message_id, MIRA)
    async with storage.begin() as tx:
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", NOON, 5)
    assert (mail.message_id, mail.attempts, woken) == (message_id, 2, [True])


@pytest.mark.parametrize(
    ("who", "status", "content", "reason", "is_tried"),
    [
        (42, Status.PAID, PaymentPaid(), BLOCKED, True),
        (42, Status.REFUNDED, PaymentPaid(), BLOCKED, False),
        (42, Status.DISPUTED, PaymentPaid(), BLOCKED, False),
        (42, Status.REFUNDED, PayMessage(), BLOCKED, True),
        (42, Status.PAID, Sold(), BLOCKED, False),
        (42, Status.PAID, PaymentPaid(), "there is no such chat any more (400)", True),
        (42, Status.PAID, PaymentPaid(), "the customer has not pressed Start in this bot (403)", True),
        (42, Status.PAID, PaymentPaid(), "Telegram refuses (400)", False),
        (43, Status.PAID, PaymentPaid(), BLOCKED, False),
    ],
)
async def test_who_comes_back_gets_what_they_have_missed(
    storage: DatabaseStorage, who: int, status: Status, content: Content, reason: str, is_tried: bool
) -> None:
    woken: list[bool] = []
    clock = MovedClock()
    await keep(storage, a_paid_payment(telegram_user_id=42, status=status))
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("key", Channel.CHAT, content, "42", "pay_1", NOON)])
        (message,) = await tx.outbox.claim(Channel.CHAT, "w", NOON, 1)
        await tx.outbox.park(message, "w", reason)
    await ManageOutbox(storage, clock, lambda: woken.append(True), BY_PROGRAM).try_missed(who)
    async with storage.begin() as tx:
        assert len(await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 1)) == is_tried
    assert woken == [True] * is_tried


@pytest.mark.parametrize(
    ("content", "changes", "is_admin", "is_tried"),
    [
        (Review("x"), {"status": Status.REVIEW}, True, True),
        (Review("x"), {"status": Status.REFUNDED}, True, False),
        (Review("x"), {"status": Status.REVIEW}, False, False),
        (ToDo(), {"fulfilment": Fulfilment.TO_DO}, True, True),
        (ToDo(), {"fulfilment": Fulfilment.DONE}, True, False),
        (Dispute(1900), {"status": Status.DISPUTED}, True, True),
        (FraudWarning(), {}, True, True),
        (FraudWarning(), {"status": Status.REFUNDED}, True, False),
        (RefundFailed(500), {}, True, True),
        (Unreachable(Kind.PAYMENT_PAID, "x"), {}, True, True),
        (InvoicePaid(), {}, True, True),
        (Sold(), {}, True, False),
        (FirstPayment(), {}, True, False),
    ],
)
async def test_an_admin_who_comes_back_hears_what_is_still_to_be_seen_to(
    storage: DatabaseStorage, content: Content, changes: dict[str, Any], is_admin: bool, is_tried: bool
) -> None:
    outbox = ManageOutbox(storage, MovedClock(), lambda: None, BY_PROGRAM)
    await keep(storage, a_paid_payment(telegram_user_id=42, **changes))
    async with storage.begin() as tx:
        to = [str(MIRA), "77"]
        await tx.outbox.add([NewMessage(who, Channel.CHAT, content, who, "pay_1", NOON) for who in to])
        for message in await tx.outbox.claim(Channel.CHAT, "w", NOON, 2):
            await tx.outbox.park(message, "w", BLOCKED)
    await outbox.try_missed(MIRA, is_admin=is_admin)
    async with storage.begin() as tx:
        tried = await tx.outbox.claim(Channel.CHAT, "w", NOON, 2)
    assert [one.recipient for one in tried] == to[:is_tried]
