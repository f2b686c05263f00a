"""Whatever goes wrong on the way: the receipt stands once in the chat, and no button asks to pay for what is paid."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from checkout.errors import DatabaseAway
from checkout.model import keys
from checkout.model.facts import RefundFact
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import MailUndelivered, PaymentFailed
from checkout.model.outbox import Channel, NewMessage
from checkout.model.payment import Payment
from checkout.notifications.compose import Composer
from checkout.notifications.resend_receipt import ReceiptOrder
from db.repositories.outbox import OutboxRepository
from sandbox.base.fake_server import FaultMode
from sandbox.fake_telegram.chats import ANNA, ChatMessage
from tests.support.bot_shop import BotShop

ADMIN = 9001


@pytest.fixture
def shop(bot_shop: BotShop) -> BotShop:
    return bot_shop


@pytest.fixture
async def first(shop: BotShop) -> ChatMessage:
    """The message with the button."""
    return await shop.verify(ANNA, "anna@example.com")


def receipts(shop: BotShop) -> list[ChatMessage]:
    return [one for one in shop.telegram.chat(ANNA) if one.document and "000001" in one.document.filename]


def with_link(shop: BotShop) -> list[ChatMessage]:
    return [one for one in shop.telegram.chat(ANNA) if one.urls]


async def tell_all(shop: BotShop) -> None:
    """What was refused or put off, too."""
    for _ in range(4):
        await shop.tell()
        shop.clock.forward(minutes=2)


async def gives_back(shop: BotShop, amount: int) -> Payment:
    """As Stripe tells it."""
    async with shop.storage.begin() as tx:
        (paid,) = await tx.payments.of_customer(ANNA.id, 1)
        now = shop.clock.now()
        refunded = paid.with_facts(paid.facts.with_refund("re_1", RefundFact(amount, "succeeded")), now)
        await tx.payments.update(refunded)
        await tx.outbox.add([Composer((), now).pay_message(refunded)])
    await shop.tell()
    return refunded


def cut_once(shop: BotShop, monkeypatch: pytest.MonkeyPatch, when: Callable[[], bool], *, is_kept: bool) -> None:
    """The database is away at the first transaction that begins ``when`` this is so, or at the answer to its commit."""
    begin, is_cut = shop.storage.begin, False

    @asynccontextmanager
    async def begun() -> AsyncIterator[Any]:
        nonlocal is_cut
        cuts = when() and not is_cut
        is_cut |= cuts
        if cuts and not is_kept:
            raise DatabaseAway("cut")
        async with begin() as tx:
            yield tx
        if cuts:
            raise DatabaseAway("cut")

    monkeypatch.setattr(shop.storage, "begin", begun)


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_receipt_sent_anew_stays_where_the_answer_to_its_note_is_lost(
    shop: BotShop, first: ChatMessage, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    first.deleted = True
    cut_once(shop, monkeypatch, lambda: len(receipts(shop)) == 1, is_kept=is_kept)
    await shop.takes_payment(ANNA)
    await tell_all(shop)
    assert len(receipts(shop)) == 1


async def test_what_was_told_before_is_not_read_once_the_receipt_is_sent(
    shop: BotShop, first: ChatMessage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may be away just then: the receipt would not be noted, and come again."""
    read = OutboxRepository.of_payment

    async def read_or_away(self: OutboxRepository, payment_id: str) -> Any:
        if len(receipts(shop)) == 1:
            raise DatabaseAway("away")
        return await read(self, payment_id)

    first.deleted = True
    async with shop.storage.begin() as tx:
        (payment,) = await tx.payments.of_customer(ANNA.id, 1)
        await tx.payments.update(replace(payment, failure_told_at=shop.clock.now()))
    monkeypatch.setattr(OutboxRepository, "of_payment", read_or_away)
    await shop.takes_payment(ANNA)
    await tell_all(shop)
    assert len(receipts(shop)) == 1


@pytest.mark.parametrize("path", ["editMessageReplyMarkup", "deleteMessage"])
async def test_where_no_document_comes_of_it_its_button_goes_whatever_telegram_refuses_just_then(
    shop: BotShop, first: ChatMessage, path: str
) -> None:
    shop.telegram.messages.texts_stay_texts = True
    shop.telegram.faults.set(FaultMode.SERVER_ERROR, remaining=1, path_contains=path)
    await shop.takes_payment(ANNA)
    await tell_all(shop)
    assert first.deleted
    assert len(receipts(shop)) == 1


@pytest.mark.parametrize("is_kept", [False, True])
async def test_a_link_whose_place_the_database_did_not_take_is_not_left_behind(
    shop: BotShop, first: ChatMessage, monkeypatch: pytest.MonkeyPatch, is_kept: bool
) -> None:
    cut_once(shop, monkeypatch, lambda: len(with_link(shop)) == 2, is_kept=is_kept)
    shop.telegram.say(ANNA, "/orders")
    await shop.intake.accept(shop.telegram.updates[-1], tries=2)
    await shop.tell()
    assert len(with_link(shop)) == 1
    await shop.takes_payment(ANNA)
    assert len(receipts(shop)) == 1
    assert not with_link(shop)


async def test_a_receipt_does_not_wait_until_an_older_message_is_gone(shop: BotShop, first: ChatMessage) -> None:
    await shop.say(ANNA, "/orders")
    shop.telegram.faults.set(FaultMode.SERVER_ERROR, path_contains="deleteMessage")
    await shop.takes_payment(ANNA)
    await shop.tell()
    assert len(receipts(shop)) == 1
    assert with_link(shop) == [first]
    shop.telegram.faults.set(FaultMode.OK)
    await tell_all(shop)
    assert first.deleted


@pytest.mark.parametrize("is_refused", [False, True])
async def test_a_receipt_wanted_again_comes_once_where_its_message_is_gone(
    shop: BotShop, first: ChatMessage, monkeypatch: pytest.MonkeyPatch, is_refused: bool
) -> None:
    await shop.takes_payment(ANNA)
    first.deleted = True
    (payment,) = await shop.dependencies.look_up_payments.orders(ANNA.id)
    await shop.dependencies.resend_receipt.order(ReceiptOrder(payment.payment_id, None, ADMIN, "u1"))
    if is_refused:
        shop.telegram.faults.set(FaultMode.SERVER_ERROR, remaining=1, path_contains="sendDocument")
    await tell_all(shop)
    assert len(receipts(shop)) == 1


async def test_a_receipt_whose_id_is_lost_is_not_sent_anew_when_something_is_given_back(
    shop: BotShop, first: ChatMessage
) -> None:
    first.deleted = True
    shop.telegram.faults.set(FaultMode.RESET_BODY, remaining=1, path_contains="sendDocument")
    await shop.takes_payment(ANNA)
    refunded = await gives_back(shop, 500)
    await tell_all(shop)
    assert refunded.chat_message_id is None
    assert len(receipts(shop)) == 1


def purchases(shop: BotShop) -> list[ChatMessage]:
    return [one for one in shop.telegram.chat(ANNA) if one.document and "guide" in one.document.filename]


@pytest.mark.parametrize("text", ["/start", "/help", "hello, where is it?"])
async def test_who_had_blocked_the_bot_finds_receipt_and_purchase_when_they_are_back(
    shop: BotShop, first: ChatMessage, text: str
) -> None:
    shop.telegram.block(ANNA)
    await shop.takes_payment(ANNA)
    assert with_link(shop) == [first]
    shop.telegram.unblock(ANNA)
    for _ in range(2):
        await shop.say(ANNA, text)
        await tell_all(shop)
    assert not with_link(shop)
    assert receipts(shop) == [first]
    assert len(purchases(shop)) == 1


async def test_who_had_blocked_the_bot_and_was_given_back_the_money_gets_no_purchase(
    shop: BotShop, first: ChatMessage
) -> None:
    shop.telegram.block(ANNA)
    await shop.takes_payment(ANNA)
    await gives_back(shop, 1900)
    shop.telegram.unblock(ANNA)
    await shop.say(ANNA, "/start")
    await tell_all(shop)
    assert not with_link(shop)
    assert receipts(shop) == [first]
    assert not purchases(shop)


@pytest.mark.parametrize("is_old", [False, True])
async def test_what_was_said_of_a_declines_mail_goes_with_the_receipt(
    shop: BotShop, first: ChatMessage, is_old: bool
) -> None:
    lost = MailUndelivered(PaymentFailed("expired_card", "ch_1"), "a…a@example.com", MailDeath("bounced"))
    async with shop.storage.begin() as tx:
        (payment,) = await tx.payments.of_customer(ANNA.id, 1)
        now = shop.clock.now()
        await tx.payments.update(replace(payment, failure_told_at=now))
        key = keys.mail_undelivered(payment.payment_id, lost.lost)
        await tx.outbox.add([NewMessage(key, Channel.CHAT, lost, str(ANNA.id), payment.payment_id, now)])
    await shop.tell()
    said = shop.telegram.chat(ANNA)[-1]
    assert "❌" in said.text
    said.at -= 49 * 3600 if is_old else 0  # Telegram lets nobody delete that
    await shop.takes_payment(ANNA)
    assert said.deleted != is_old
    assert (said.text == "«Путеводитель по городу»: квитанция — в этом чате и в /orders.") == is_old
    assert len(receipts(shop)) == 1
