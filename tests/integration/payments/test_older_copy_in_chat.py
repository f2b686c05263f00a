"""A database put back from before a payment was paid: the chat ends with its receipt, and with no button to pay."""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import BEN, ChatMessage
from tests.integration.payments.test_older_copy import has_number, is_the_guide, nothing_waits
from tests.support.shop import Shop, free_port, opened_shop, until


def is_the_receipt(message: ChatMessage) -> bool:
    return bool(message.document and "000001" in message.document.filename)


def leads_to_pay(message: ChatMessage, after: ChatMessage) -> bool:
    return message.message_id > after.message_id and bool(message.urls)


async def is_noted(shop: Shop, message: ChatMessage) -> bool:
    async with shop.services.storage.read() as tx:
        (payment,) = await tx.payments.of_customer(BEN.id, 1)
    return payment.chat_message_id == message.message_id


@pytest.mark.parametrize("asks", [(), ("/orders",), ("/orders", "/start guide")], ids=["nothing", "once", "twice"])
@pytest.mark.parametrize("is_gone", [False, True], ids=["receipt there", "receipt deleted by its customer"])
async def test_who_asks_before_stripe_was_asked_sees_the_receipt_in_the_end(
    tmp_path: Path, asks: tuple[str, ...], is_gone: bool
) -> None:
    port, backup = free_port(), tmp_path / "backup.db"
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        file = sandbox.folder / "checkout.db"
        async with opened_shop(sandbox, port=port) as shop:
            token = await shop.verified(BEN, "ben@example.org")
            await until(partial(is_noted, shop, shop.telegram.chat(BEN)[-1]), "the link to be noted")
            with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(backup)) as new:
                old.backup(new)
            intent_id = await shop.intent(token)
            shop.stripe.pay(intent_id)
            await shop.telegram.wait_for(BEN, is_the_guide)
            await until(partial(has_number, shop, intent_id), "Stripe to know the number")
        for one in sandbox.folder.glob("checkout.db*"):
            one.unlink()
        shutil.copy(backup, file)
        (receipt,) = filter(is_the_receipt, sandbox.telegram.chat(BEN))
        receipt.deleted = is_gone
        mails = len(sandbox.resend.mails)
        sandbox.stripe.faults.set(FaultMode.SERVER_ERROR, path_contains="/v1/events")
        async with opened_shop(sandbox, port=port) as shop:
            for text in asks:
                said = shop.telegram.say(BEN, text)
                answer = await shop.telegram.wait_for(BEN, partial(leads_to_pay, after=said))
                await until(partial(is_noted, shop, answer), "the message to be noted")
            shop.stripe.faults.set(FaultMode.OK)
            await shop.periodic_tasks.reconcile.run_once()
            await shop.until_status(token, "paid")
            await until(partial(nothing_waits, file), "the outbox to be settled")
        chat = [one for one in sandbox.telegram.chat(BEN) if one.by_bot]
        assert not [one.text for one in chat if any("/pay/" in url for url in one.urls) and not one.document]
        assert len([*filter(is_the_receipt, chat)]) == (0 if is_gone and not asks else 1)
        assert len([*filter(is_the_guide, chat)]) == 1
        assert len(sandbox.resend.mails) == mails, "nobody is told again"
