"""A database put back from a copy: what waited in it and was told since is not told again."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from checkout.errors import ServiceError
from checkout.model.message_content import PaymentFailed, PaymentFile, PaymentPaid, PaymentRefunded, ToDo
from checkout.model.outbox import Channel, NewMessage
from checkout.notifications.compose import Composer
from checkout.payments.older_copy import OlderCopy
from db.engine.connection import Database
from providers.stripe_history import StripeHistory
from sandbox.base.fake_server import FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import BEN, ChatMessage
from tests.support.clock import NOON
from tests.support.event_samples import RULES
from tests.support.payments import keep_paid
from tests.support.reconciled import Reconciled, reconciled
from tests.support.shop import Shop, free_port, opened_shop, until

STATES = "SELECT kind || ' ' || channel || ' ' || state AS found FROM outbox WHERE payment_id = 'pay_{}' ORDER BY 1"
FIRST = ["payment_paid chat {}", "payment_paid mail {}"]


class Copy:
    """A database with a payment that waits to be told, as Stripe's stand-in knows it too."""

    def __init__(self, shop: Reconciled, older_copy: OlderCopy, session: aiohttp.ClientSession) -> None:
        self.shop, self.older_copy = shop, older_copy
        self.reconcile = shop.reconcile(session).run_once

    async def sold(self, number: int = 1, *, is_told_at_stripe: bool = False) -> str:
        """Paid, with its receipts waiting; ``is_told_at_stripe`` when a newer database has told of it."""
        intent_id = self.shop.sell(f"pay_{number}")
        await keep_paid(self.shop.storage, number, payment_intent_id=intent_id)
        await self.wait(number, PaymentPaid(), PaymentPaid())
        if is_told_at_stripe:
            self.told(intent_id, number)
        return intent_id

    def told(self, intent_id: str, number: int) -> None:
        self.shop.stripe.pay(intent_id)
        self.shop.stripe.payment_intents[intent_id]["metadata"]["receipt"] = str(number)

    async def wait(
        self,
        number: int,
        *contents: PaymentPaid | PaymentFile | PaymentFailed | PaymentRefunded | ToDo,
        until: datetime = NOON,
    ) -> None:
        channels = (Channel.CHAT, Channel.MAIL)
        messages = [
            NewMessage(f"{number}/{one.kind}/{index}", channels[index % 2], one, "42", f"pay_{number}", until)
            for index, one in enumerate(contents)
        ]
        async with self.shop.storage.begin() as tx:
            await tx.outbox.add(messages)

    async def noted(self, number: int) -> None:
        """The database has told of the receipt itself."""
        async with self.shop.storage.begin() as tx:
            await tx.outbox.add([Composer((), NOON).stripe_note(f"pay_{number}", "receipt")])

    async def states(self, number: int = 1) -> list[str]:
        return await self.shop.rows(STATES.format(number))


@asynccontextmanager
async def a_copy(database: Database) -> AsyncIterator[Copy]:
    async with reconciled(database) as (shop, session):
        history = StripeHistory(shop.stripe.secret_key, session, shop.stripe.url)
        async with shop.storage.begin() as tx:
            await tx.checkpoints.put("reconciled_until", shop.clock.now(), shop.clock.now())
        yield Copy(shop, OlderCopy(shop.storage, shop.clock, history, shop_id=RULES.shop_id), session)


def each(pattern: list[str], state: str) -> list[str]:
    return [one.format(state) for one in pattern]


async def test_a_receipt_that_stripe_has_the_number_of_was_told(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        await copy.sold(2)
        await copy.older_copy.settle()
        assert await copy.states(1) == [*each(FIRST, "sent"), "stripe_note stripe waiting"]
        assert await copy.states(2) == each(FIRST, "waiting"), "nobody was told of it"


async def test_what_stripe_cannot_know_waits_for_a_person_when_the_database_is_older(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        await copy.sold(2)
        await copy.noted(2)
        await copy.wait(2, PaymentFile(0), PaymentFailed("expired_card"), PaymentRefunded(500, 0, "re_1", 500), ToDo())
        await copy.older_copy.settle()
        assert await copy.states(2) == [
            "admin_to_do mail waiting",
            "payment_failed mail parked",
            "payment_file chat parked",
            *each(FIRST, "parked"),
            "payment_refunded chat parked",
            "stripe_note stripe waiting",
        ]


async def test_a_payment_of_which_the_older_database_knows_nothing_tells_it_too(database: Database) -> None:
    async with a_copy(database) as copy:
        copy.told(copy.shop.sell("pay_7"), 7)
        await copy.sold(2)
        await copy.wait(2, PaymentRefunded(500, 0, "re_1", 500))
        await copy.older_copy.settle()
        assert await copy.states(2) == [*each(FIRST, "waiting"), "payment_refunded chat parked"]


# Somebody may have written another id into the PaymentIntent's metadata.
@pytest.mark.parametrize("what", ["told as pay_1", "told as pay_x", "told as pay_2", "taken in", "another shop's"])
async def test_a_database_that_was_only_stopped_leaves_all_as_it_is(database: Database, what: str) -> None:
    async with a_copy(database) as copy:
        if what.startswith("told as "):
            intent_id = await copy.sold(1, is_told_at_stripe=True)
            await copy.noted(1)
            copy.shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"] = what.removeprefix("told as ")
        else:
            copy.told(copy.shop.sell("pay_1", "other" if what == "another shop's" else "night-market"), 1)
        if what == "taken in":
            await copy.reconcile(since=NOON.replace(year=2020))
        await copy.sold(2)
        await copy.wait(2, PaymentFile(0), PaymentRefunded(500, 0, "re_1", 500))
        before = [await copy.states(1), await copy.states(2)]
        await copy.older_copy.settle()
        assert [await copy.states(1), await copy.states(2)] == before
        assert "waiting" in before[1][0]


async def test_a_second_start_finds_nothing_more(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        await copy.older_copy.settle()
        await copy.wait(1, PaymentRefunded(500, 0, "re_1", 500))
        await copy.older_copy.settle()
        assert "payment_refunded chat waiting" in await copy.states(1)


@pytest.mark.parametrize("is_put_back_again", [False, True])
async def test_what_was_made_after_it_was_put_back_waits_for_nobody_when_it_starts_again(
    database: Database, is_put_back_again: bool
) -> None:
    """Before Stripe has told of the payments that the database does not know."""
    async with a_copy(database) as copy:
        copy.told(copy.shop.sell("pay_7"), 7)
        for charge in copy.shop.stripe.charges.values():
            charge["created"] -= 60
        await copy.older_copy.settle()
        await copy.sold(2)
        await copy.wait(2, PaymentRefunded(500, 0, "re_1", 500))
        if is_put_back_again:
            copy.shop.clock.forward(minutes=1)
            copy.told(copy.shop.sell("pay_8"), 8)
            for charge in list(copy.shop.stripe.charges.values())[1:]:
                charge["created"] += 60
        await copy.older_copy.settle()
        state = "parked" if is_put_back_again else "waiting"
        assert await copy.states(2) == [*each(FIRST, "waiting"), f"payment_refunded chat {state}"]


async def test_what_was_held_by_a_process_of_that_time_is_treated_alike(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        await copy.wait(1, PaymentFile(0))
        async with copy.shop.storage.begin() as tx:
            held = [
                await tx.outbox.claim(channel, "a process that is gone", copy.shop.clock.now(), 10)
                for channel in (Channel.CHAT, Channel.MAIL)
            ]
        assert [len(one) for one in held] == [1, 1]
        await copy.older_copy.settle()
        assert await copy.states(1) == [
            "payment_file chat parked",
            *each(FIRST, "sent"),
            "stripe_note stripe waiting",
        ]


async def test_when_nothing_waits_new_messages_need_not_wait_for_stripes_answer(database: Database) -> None:
    async with a_copy(database) as copy:
        copy.told(copy.shop.sell("pay_1"), 1)
        copy.shop.stripe.faults.set(FaultMode.SERVER_ERROR)
        with pytest.raises(ServiceError):
            await copy.older_copy.settle()
        await copy.older_copy.until_messages_may_leave()
        assert copy.older_copy.put_back_at() is None
        copy.shop.stripe.faults.set(FaultMode.OK)
        await copy.older_copy.settle()
        assert copy.older_copy.put_back_at() is not None, "what is taken in now may have been told"


async def test_what_was_put_off_and_cannot_have_left_goes_on_waiting(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        await copy.sold(2)
        await copy.wait(2, PaymentFailed("expired_card", "1"), until=copy.shop.clock.now() + timedelta(minutes=10))
        await copy.older_copy.settle()
        assert await copy.states(2) == ["payment_failed chat waiting", *each(FIRST, "waiting")]


async def test_what_waits_is_kept_back_while_stripe_is_away(database: Database) -> None:
    async with a_copy(database) as copy:
        await copy.sold(1, is_told_at_stripe=True)
        copy.shop.stripe.faults.set(FaultMode.SERVER_ERROR)
        with pytest.raises(ServiceError):
            await copy.older_copy.settle()
        assert await copy.states(1) == each(FIRST, "waiting")


async def test_a_shop_on_a_restored_backup_tells_nobody_what_was_told_since(tmp_path: Path) -> None:
    port, backup = free_port(), tmp_path / "backup.db"
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        file = sandbox.folder / "checkout.db"
        services = (sandbox.telegram, sandbox.resend)
        async with opened_shop(sandbox, port=port) as shop:
            token = await shop.verified(BEN, "ben@example.org")
            for service in services:
                service.faults.set(FaultMode.SERVER_ERROR)
            intent_id = await shop.intent(token)
            shop.stripe.pay(intent_id)
            await shop.until_status(token, "paid")
            with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(backup)) as new:
                old.backup(new)
            for service in services:
                service.faults.set(FaultMode.OK)
            await shop.resend.wait_for_mail("ben@example.org", "payment_paid")
            await shop.telegram.wait_for(BEN, is_the_guide)
            await until(partial(has_number, shop, intent_id), "Stripe to know the number")
            shop.stripe.refund(intent_id, 500)
            await shop.resend.wait_for_mail("ben@example.org", "payment_refunded")
            await shop.telegram.wait_for(BEN, is_a_refund)
        for one in sandbox.folder.glob("checkout.db*"):
            one.unlink()
        shutil.copy(backup, file)
        await asyncio.sleep(1)  # Stripe tells times to the second: of this one nobody knows what was told before
        async with opened_shop(sandbox, port=port) as shop:
            await shop.until_status(token, "partially_refunded")
            await until(partial(nothing_waits, file), "the outbox to be settled")
            shop.stripe.refund(intent_id, 300)
            await until(partial(two_refund_mails, shop), "the new refund to be told")
            assert "€8.00" in shop.resend.mails_to("ben@example.org", "payment_refunded")[1].text
            await until(partial(nothing_waits, file), "the outbox to be settled")
            assert sum(is_a_refund(one) for one in shop.telegram.chat(BEN)) == 2
            assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
            assert sum(is_the_guide(one) for one in shop.telegram.chat(BEN)) == 1
            assert len([one for one in shop.telegram.chat(BEN) if one.document]) == 2


def is_the_guide(message: ChatMessage) -> bool:
    return bool(message.document and "guide" in message.document.filename)


def is_a_refund(message: ChatMessage) -> bool:
    return message.text.startswith("↩️")


async def two_refund_mails(shop: Shop) -> bool:
    return len(shop.resend.mails_to("ben@example.org", "payment_refunded")) == 2


async def has_number(shop: Shop, intent_id: str) -> bool:
    return bool(shop.stripe.payment_intents[intent_id]["metadata"].get("receipt") == "1")


async def nothing_waits(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as connection:
        return not connection.execute("SELECT 1 FROM outbox WHERE state = 'waiting'").fetchone()
