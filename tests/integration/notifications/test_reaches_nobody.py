"""What neither channel has brought is sent by nobody's hand again and again; and who comes back gets it once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from checkout.model.message_content import Content, PaymentFile, PaymentPaid, ToDo, Unreachable
from checkout.model.message_kind import Kind
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Fulfilment
from checkout.notifications.channel_fallback import fall_back_for
from checkout.notifications.claimed import with_payments
from checkout.notifications.handover import HandOver, handover_of, seen_to
from checkout.notifications.manage_outbox import ManageOutbox
from db.storage import DatabaseStorage
from sandbox.fake_resend.mails import Mail
from sandbox.fake_telegram import messages
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from sandbox.fake_telegram.rules import bad_request
from tests.support.clock import NOON, MovedClock
from tests.support.payments import keep_paid
from tests.support.project import CATALOG
from tests.support.shop import Shop, until

EMAIL = "ben@example.org"
BLOCKED, REFUSED = "the customer has blocked the bot (403)", "Telegram refuses: file must be non-empty (400)"
RECEIPT, FILE = PaymentPaid(), PaymentFile(0)
Said = tuple[Channel, Content, str]
MAIL_LEFT, MAIL_DIED = (Channel.MAIL, RECEIPT, "left"), (Channel.MAIL, RECEIPT, REFUSED)
CHAT_LEFT, CHAT_WAITS = (Channel.CHAT, RECEIPT, "left"), (Channel.CHAT, RECEIPT, "waits")
CHAT_BLOCKED, FILE_REFUSED = (Channel.CHAT, RECEIPT, BLOCKED), (Channel.CHAT, FILE, REFUSED)


async def keep_to_do(storage: DatabaseStorage, said: Sequence[Said]) -> None:
    """A paid payment that waits for a person, and what has become of its messages."""
    payment = await keep_paid(storage, fulfilment=Fulfilment.TO_DO)
    for number, (channel, content, fate) in enumerate(said):
        row = NewMessage(f"key {number}", channel, content, str(ANNA.id), payment.payment_id, NOON)
        async with storage.begin() as tx:
            await tx.outbox.add([row])
            if fate == "waits":
                continue
            (message,) = await tx.outbox.claim(channel, "w", NOON, 1)
            if fate == "left":
                await tx.outbox.mark_sent(message, NOON, "1")
            else:
                await tx.outbox.park(message, "w", fate)


async def queued(storage: DatabaseStorage) -> list[Channel]:
    """Where a receipt has been ordered once more."""
    async with storage.read() as tx:
        told = await tx.outbox.of_payment("pay_1")
    return [Channel(one.channel) for one in told if isinstance(one.content, PaymentPaid) and one.content.again]


async def fulfilment(storage: DatabaseStorage) -> Fulfilment:
    async with storage.read() as tx:
        payment = await tx.payments.get("pay_1")
    assert payment is not None
    return payment.fulfilment


@pytest.mark.parametrize(
    ("said", "goes_to", "ends"),
    [
        ([MAIL_LEFT, CHAT_LEFT], [Channel.MAIL, Channel.CHAT], "delivered"),
        ([MAIL_LEFT, CHAT_WAITS], [Channel.MAIL], "delivered"),
        ([MAIL_LEFT, CHAT_BLOCKED], [Channel.MAIL], "delivered"),
        ([MAIL_DIED, CHAT_LEFT], [Channel.CHAT], "delivered"),
        ([MAIL_DIED, CHAT_WAITS], [], "delivered"),
        ([MAIL_LEFT, CHAT_LEFT, FILE_REFUSED], [Channel.MAIL, Channel.CHAT], "delivered"),
        ([MAIL_DIED, CHAT_LEFT, FILE_REFUSED], [], "to_do"),
        ([MAIL_DIED, CHAT_BLOCKED], [], "to_do"),
    ],
)
async def test_what_is_there_again_takes_the_ways_that_are_left(
    storage: DatabaseStorage, said: Sequence[Said], goes_to: list[Channel], ends: str
) -> None:
    await keep_to_do(storage, said)
    over = HandOver(storage, MovedClock(), lambda: None, CATALOG)
    for _ in range(3):
        await over.run_once()
    assert await queued(storage) == goes_to
    assert await fulfilment(storage) == ends


async def test_a_payment_without_a_chat_whose_mail_died_waits_for_a_person(storage: DatabaseStorage) -> None:
    lone = await keep_paid(storage, 2, telegram_user_id=0, fulfilment=Fulfilment.TO_DO)
    async with storage.begin() as tx:
        await tx.outbox.add([NewMessage("lone", Channel.MAIL, RECEIPT, EMAIL, lone.payment_id, NOON)])
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", NOON, 1)
        await tx.outbox.park(mail, "w", REFUSED)
    await HandOver(storage, MovedClock(), lambda: None, CATALOG).run_once()
    async with storage.read() as tx:
        assert len(await tx.outbox.of_payment(lone.payment_id)) == 1


@pytest.mark.parametrize("by", ["the customer", "an admin"])
@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ([MAIL_DIED, CHAT_BLOCKED], "delivered"),
        ([MAIL_DIED, CHAT_BLOCKED, FILE_REFUSED], "to_do"),
    ],
)
async def test_what_is_tried_anew_is_under_way(
    storage: DatabaseStorage, said: Sequence[Said], ends: str, by: str
) -> None:
    await keep_to_do(storage, said)
    clock = MovedClock()
    outbox = ManageOutbox(storage, clock, lambda: None, partial(handover_of, CATALOG))
    if by == "the customer":
        await outbox.try_missed(ANNA.id)
    else:
        unsent = (await outbox.unsent(0, 10)).messages
        await outbox.try_now(next(one.message_id for one in unsent if one.error == BLOCKED), MIRA.id)
    assert await fulfilment(storage) == ends
    await HandOver(storage, clock, lambda: None, CATALOG).run_once()
    assert await queued(storage) == []


async def pays_for_nothing(shop: Shop, before: str) -> Mail:
    """Ben pays and neither channel brings him the guide; returns the mail with the receipt."""
    shop.telegram.press_start(MIRA)
    intent_id = await shop.intent(await shop.verified(BEN, EMAIL))
    if before == "blocked":
        shop.telegram.block(BEN)
    shop.stripe.pay(intent_id)
    mail = await shop.resend.wait_for_mail(EMAIL, "payment_paid")
    if before != "blocked":
        await until(lambda: parked(shop), "the file to be parked")
    shop.resend.report(mail, "bounced")
    await shop.telegram.wait_for(MIRA, lambda one: "could not be reached" in one.text)
    return mail


async def parked(shop: Shop) -> bool:
    async with shop.services.storage.read() as tx:
        return bool(await tx.outbox.unsent(0, shop.clock.now() - timedelta(hours=1), 5))


def files_of(shop: Shop) -> list[str]:
    return [one.document.filename for one in shop.telegram.chat(BEN) if one.document]


async def quiet(shop: Shop) -> None:
    async def is_quiet() -> bool:
        async with shop.services.storage.read() as tx:
            return not await tx.outbox.unsent(0, shop.clock.now(), 5)

    for _ in range(2):
        await shop.periodic_tasks.hand_over_once()
        # A request that a busy machine has not let through in time goes again after a pause.
        await until(is_quiet, "the outbox to be empty", seconds=60)


async def test_who_comes_back_gets_receipt_and_purchase_once(shop: Shop) -> None:
    await pays_for_nothing(shop, "blocked")
    await shop.ask(BEN, "/start")
    file = await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"))
    assert file.text.endswith("The receipt is above."), "the mail came back"
    await quiet(shop)
    assert sorted(files_of(shop)) == ["guide.pdf", "receipt-000001.pdf"]
    assert len(shop.resend.mails_to(EMAIL, "payment_paid")) == 1
    alert = await shop.telegram.wait_for(MIRA, lambda one: "It has been sent meanwhile" in one.text)
    assert "could not be reached" in alert.text and not any("todo:done:" in one for one in alert.callbacks)


async def test_what_is_lost_once_more_is_asked_for_where_it_was_asked_for(storage: DatabaseStorage) -> None:
    """That alert says by then that it has been sent."""
    alert, admins = Unreachable(Kind.PAYMENT_PAID, BLOCKED), (MIRA.id,)
    await keep_to_do(storage, [MAIL_DIED, (Channel.CHAT, RECEIPT, "waits")])
    async with storage.begin() as tx:
        (chat,) = await tx.outbox.claim(Channel.CHAT, "w", NOON, 1)
        await tx.outbox.add(await fall_back_for(tx, chat, BLOCKED, admins, NOON))
        (told,) = [one for one in await tx.outbox.claim(Channel.CHAT, "w", NOON, 2) if one.content == alert]
        await tx.outbox.mark_sent(told, NOON, "7")
        payment = await tx.payments.get("pay_1")
        assert payment is not None and await tx.payments.move_fulfilment(payment, Fulfilment.DELIVERED, NOON)
        await tx.outbox.add(await fall_back_for(tx, chat, BLOCKED, admins, NOON))
        (asked,) = await with_payments(tx, await tx.outbox.claim(Channel.CHAT, "w", NOON, 2))
    assert asked.content == replace(alert, edits=7)
    assert await fulfilment(storage) is Fulfilment.TO_DO


async def test_both_alerts_of_what_a_person_has_to_do_and_nothing_has_brought_are_closed(
    storage: DatabaseStorage,
) -> None:
    lost = Unreachable(Kind.PAYMENT_PAID, BLOCKED)
    payment = await keep_paid(storage, fulfilment=Fulfilment.TO_DO)
    closed = []
    async with storage.begin() as tx:
        for told, where in ((ToDo(), "6"), (lost, "7")):
            await tx.outbox.add([NewMessage(where, Channel.CHAT, told, str(MIRA.id), payment.payment_id, NOON)])
            (message,) = await tx.outbox.claim(Channel.CHAT, "w", NOON, 1)
            await tx.outbox.mark_sent(message, NOON, where)
        assert await seen_to(tx, payment, Fulfilment.DONE, NOON)
        while claimed := await with_payments(tx, await tx.outbox.claim(Channel.CHAT, "w", NOON, 1)):
            closed.append(claimed[0].content)
            await tx.outbox.mark_sent(claimed[0], NOON, str(len(closed) + 5))
    assert closed == [ToDo(6), replace(lost, edits=7)]


async def test_a_file_that_telegram_refuses_is_no_purchase_above(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(content: bytes) -> None:
        if content == CATALOG.products["guide"].files[0].read_bytes():
            raise bad_request("file must be non-empty")

    monkeypatch.setattr(messages, "check_file", refused)
    await pays_for_nothing(shop, "refused")
    told = await shop.telegram.wait_for(BEN, lambda one: "did not arrive" in one.text)
    assert "the receipt is in this chat and in /orders" in told.text
    for _ in range(3):
        await shop.periodic_tasks.hand_over_once()
    assert len(shop.resend.mails_to(EMAIL, "payment_paid")) == 1
    assert files_of(shop) == ["receipt-000001.pdf"]
