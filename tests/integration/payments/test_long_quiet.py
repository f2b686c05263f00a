"""A database that was lost, or put back, when nothing had been sold for long: numbers stay with their owners."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import pytest

from checkout.errors import ServiceUnavailable
from checkout.model.events import ProviderEvent
from checkout.model.message_kind import Kind
from checkout.notifications.compose import Composer
from checkout.payments.older_copy import OlderCopy
from db.engine.connection import Database
from providers.fields import Fields
from providers.stripe_events import parse_event
from providers.stripe_history import StripeHistory
from tests.support.event_samples import RULES
from tests.support.reconciled import Reconciled, reconciled

DECLINED = "4000000000000002"


class FirstPage(StripeHistory):
    """Stripe answers once, and not again."""

    async def objects(self, since: datetime) -> AsyncIterator[Sequence[ProviderEvent]]:
        pages: Any = super().objects(since)
        async with aclosing(pages):
            yield await anext(pages)
        raise ServiceUnavailable("Stripe does not answer")


class Quiet:
    """Stripe remembers what was sold; its events it has forgotten after thirty days."""

    def __init__(self, shop: Reconciled, session: aiohttp.ClientSession, older_copies: list[OlderCopy]) -> None:
        self.shop, self._session, self._older_copies, self._aged = shop, session, older_copies, 0

    def sold(self, number: int, days: int, card: str = "4242424242424242") -> None:
        """So many ``days`` ago, and told; with the ``card`` maybe not."""
        intent_id = self.shop.sell(f"pay_{number}")
        paid = self.shop.stripe.pay(intent_id, card)["status"] == "succeeded"
        metadata = {"receipt": str(number)} if paid else {}
        self._age(intent_id, days, metadata)

    def intent_of(self, number: int) -> str:
        intents = self.shop.stripe.payment_intents.values()
        return next(str(one["id"]) for one in intents if one["metadata"]["payment_id"] == f"pay_{number}")

    def others_sold(self, how_many: int) -> None:
        """Another program on the account, since."""
        for number in range(how_many):
            self.shop.sell(f"order_{number}", shop="another-shop")

    def _age(self, intent_id: str, days: int, metadata: dict[str, str]) -> None:
        stripe, seconds = self.shop.stripe, days * 86_400
        stripe.payment_intents[intent_id]["metadata"].update(metadata)
        for thing in (*stripe.charges.values(), *(event["data"]["object"] for event in stripe.events)):
            thing["created"] -= seconds if intent_id in (thing["id"], thing.get("payment_intent")) else 0
        stripe.payment_intents[intent_id]["created"] -= seconds
        self.ages_news(seconds)
        earliest = time.time() - 30 * 86_400
        stripe.events[:] = [event for event in stripe.events if event["created"] > earliest]
        self._aged = len(stripe.events)

    def ages_news(self, seconds: int) -> None:
        """Of the events since the last sale."""
        for event in self.shop.stripe.events[self._aged :]:
            event["created"] -= seconds

    async def starts(self, since: datetime | None = None) -> None:
        await self.asks_what_was_told()
        await self.catches_up(since)

    async def asks_what_was_told(self, kind: type[StripeHistory] = StripeHistory) -> None:
        history = kind(self.shop.stripe.secret_key, self._session, self.shop.stripe.url)
        older_copy = OlderCopy(self.shop.storage, self.shop.clock, history, shop_id=RULES.shop_id)
        self._older_copies.append(older_copy)
        await older_copy.settle()

    async def catches_up(self, since: datetime | None = None) -> None:
        await self.shop.reconcile(self._session).run_once(since)

    async def was_copied(self, days: int) -> None:
        """So many ``days`` ago the database was as it is put back now."""
        made_at = self.shop.clock.now() - timedelta(days=days)
        async with self.shop.storage.begin() as tx:
            await tx.checkpoints.put("reconciled_until", made_at, made_at)

    async def sells(self, payment_id: str) -> None:
        self.shop.stripe.pay(self.shop.sell(payment_id))
        events = self.shop.stripe.events[self._aged :]
        *_, told = [one for one in events if one["type"] == "payment_intent.succeeded"]
        await self.shop.writer.record(parse_event(Fields(told)))

    async def numbers(self) -> list[str]:
        return await self.shop.rows(
            "SELECT payment_id || ' ' || COALESCE(receipt_number, 0) AS found FROM payments ORDER BY payment_id"
        )

    async def told(self) -> set[str]:
        """Of which payments somebody hears."""
        return set(await self.shop.rows("SELECT payment_id AS found FROM outbox WHERE channel <> 'stripe'"))


@asynccontextmanager
async def quiet(database: Database) -> AsyncIterator[Quiet]:
    started: list[OlderCopy] = []
    rules = replace(
        RULES,
        put_back_at=lambda: started[-1].put_back_at(),
        numbers_up_to=lambda: started[-1].numbers_up_to(),
    )
    async with reconciled(database, rules) as (shop, session):
        yield Quiet(shop, session, started)


@pytest.mark.parametrize("by_command", [False, True], ids=["at the start", "by the command, for three days"])
@pytest.mark.parametrize(("days", "others"), [(31, 0), (40, 0), (400, 250)])
async def test_a_lost_database_asks_as_far_back_as_its_last_sale(
    days: int, others: int, by_command: bool, database: Database
) -> None:
    async with quiet(database) as stripe:
        for number in (1, 2):
            stripe.sold(number, days - number + 1)
        stripe.others_sold(others)
        await stripe.starts(stripe.shop.clock.now() - timedelta(days=3) if by_command else None)
        await stripe.sells("pay_new")
        assert await stripe.numbers() == ["pay_1 1", "pay_2 2", "pay_new 3"]
        assert await stripe.told() == {"pay_new"}


async def test_what_was_declined_then_is_not_mailed_now(database: Database) -> None:
    async with quiet(database) as stripe:
        stripe.sold(7, 40)
        stripe.sold(8, 39, DECLINED)
        await stripe.starts()
        assert await stripe.numbers() == ["pay_7 7", "pay_8 0"]
        assert await stripe.told() == set()


@pytest.mark.parametrize("by_command", [False, True], ids=["at the start", "by the command, for three days"])
@pytest.mark.parametrize("days", [5, 31, 100])
async def test_an_older_copy_asks_for_all_since_it_was_made(days: int, by_command: bool, database: Database) -> None:
    async with quiet(database) as stripe:
        await stripe.was_copied(days + 5)
        stripe.sold(7, days)
        await stripe.starts(stripe.shop.clock.now() - timedelta(days=3) if by_command else None)
        await stripe.asks_what_was_told()  # at the next start
        await stripe.sells("pay_new")
        assert await stripe.numbers() == ["pay_7 7", "pay_new 8"]
        assert await stripe.told() == {"pay_new"}


async def test_a_new_shop_asks_once_and_begins_with_the_first_number(database: Database) -> None:
    async with quiet(database) as stripe:
        stripe.others_sold(1)
        await stripe.starts()
        await stripe.sells("pay_new")
        assert await stripe.numbers() == ["pay_new 1"]


@pytest.mark.parametrize("is_copy", [False, True], ids=["lost", "put back"])
async def test_a_sale_before_all_is_taken_in_gets_a_number_that_nobody_has(is_copy: bool, database: Database) -> None:
    """Months of payments are many pages, and Stripe may be slow."""
    async with quiet(database) as stripe:
        if is_copy:
            await stripe.was_copied(5)
        for number in (1, 2):
            stripe.sold(number, 3)
        await stripe.asks_what_was_told()
        await stripe.sells("pay_new")
        await stripe.catches_up()
        assert await stripe.numbers() == ["pay_1 1", "pay_2 2", "pay_new 3"]
        assert await stripe.told() == {"pay_new"}


@pytest.mark.parametrize("what", ["refund", "dispute"])
async def test_what_becomes_of_an_earlier_sale_after_the_loss_is_told(what: str, database: Database) -> None:
    """Whoever had told of the sale itself could not tell of this any more."""
    async with quiet(database) as stripe:
        stripe.sold(1, 60)
        stripe.sold(2, 3)
        await stripe.starts()
        assert await stripe.numbers() == ["pay_2 2"]
        (stripe.shop.stripe.refund if what == "refund" else stripe.shop.stripe.dispute)(stripe.intent_of(1))
        stripe.shop.clock.forward(minutes=10)
        stripe.ages_news(-5 * 60)
        await stripe.shop.hear("refund.created", "charge.dispute.created")
        await stripe.catches_up()
        assert await stripe.numbers() == ["pay_1 1", "pay_2 2"]
        admins = [f"chat {Kind.ADMIN_DISPUTE}"] * len(RULES.admin_ids)
        customer = [f"chat {Kind.PAYMENT_REFUNDED}", f"mail {Kind.PAYMENT_REFUNDED}"]
        told = [one for one in await stripe.shop.kinds() if one != f"chat {Kind.PAY_MESSAGE}"]
        assert told == (customer if what == "refund" else admins)


async def test_the_first_answer_is_enough_to_number_what_is_sold(database: Database) -> None:
    """Of a copy that is put back all pages since it was made are asked for, and any of them may not come."""
    async with quiet(database) as stripe:
        await stripe.was_copied(5)
        stripe.others_sold(150)
        stripe.sold(7, 3)
        with pytest.raises(ServiceUnavailable):
            await stripe.asks_what_was_told(FirstPage)
        await stripe.sells("pay_new")
        await stripe.catches_up()
        assert await stripe.numbers() == ["pay_7 7", "pay_new 8"]


@pytest.mark.parametrize("is_copy", [False, True], ids=["all is known", "put back"])
async def test_a_number_typed_by_hand_at_stripe_makes_no_next_one(is_copy: bool, database: Database) -> None:
    """Of whom the shop has numbered itself it knows better; whoever is not numbered here counts beside them."""
    async with quiet(database) as stripe:
        await stripe.starts()
        await stripe.sells("pay_1")
        async with stripe.shop.storage.begin() as tx:
            await tx.outbox.add([Composer((), stripe.shop.clock.now()).stripe_note("pay_1", "receipt")])
        stripe.shop.stripe.payment_intents[stripe.intent_of(1)]["metadata"]["receipt"] = "999999999"
        if is_copy:
            stripe.sold(7, 0)
        await stripe.asks_what_was_told()  # at the next start
        await stripe.sells("pay_new")
        await stripe.catches_up()
        assert await stripe.numbers() == ["pay_1 1", *(["pay_7 7", "pay_new 8"] if is_copy else ["pay_new 2"])]
