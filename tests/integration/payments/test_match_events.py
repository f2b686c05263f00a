"""Refunds and disputes that do not say whose they are: Stripe is asked; what is foreign leaves no trace."""

import asyncio
import json
import re
from datetime import timedelta
from importlib import import_module

import pytest

from checkout.errors import ServiceUnavailable
from checkout.model.events import ProviderEvent
from checkout.model.payment import Status
from checkout.payments.match_events import MatchEvents
from checkout.reporting.payment_timeline import PaymentTimeline
from db.engine.connection import Database
from db.engine.database_url import DatabaseUrl
from db.engine.sql_loader import Query, queries
from db.storage import DatabaseStorage
from providers.fields import Fields
from providers.stripe_events import parse_event
from providers.stripe_history import StripeHistory
from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.errors import refused_for_good
from tests.support.databases import by_turns
from tests.support.event_samples import RULES
from tests.support.reconciled import Reconciled, reconciled

ABOUT_MONEY = (
    "charge.succeeded", "charge.refunded", "refund.created", "refund.updated", "charge.dispute.created",
    "radar.early_fraud_warning.created",
)  # fmt: skip
EVERYTHING = "SELECT event_id || COALESCE(payment_id, '') AS found FROM provider_events"
WAITING = "SELECT body AS found FROM unmatched_events ORDER BY event_id"


async def spoil(shop: Reconciled, intent_id: str) -> None:
    """All that may follow a payment, told by webhooks that have lost their way to the payment itself."""
    shop.stripe.pay(intent_id)
    shop.stripe.refund(intent_id, 500)
    shop.stripe.fraud_warning(intent_id)
    shop.stripe.dispute(intent_id)
    await shop.hear(*ABOUT_MONEY)


async def test_what_is_foreign_is_dropped_once_stripe_has_said_so(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        await spoil(shop, shop.sell("pay_1", shop="another-shop"))
        await spoil(shop, shop.sell("", shop=""))
        waiting = "".join(await shop.rows(WAITING))
        assert "refund.created" in waiting
        assert "@example.com" not in waiting
        assert not re.search(r"\b4242", waiting), "the card's; an id's letters may be any"
        await shop.reconcile(session).run_once()
        assert await shop.rows(WAITING) == []
        assert await shop.rows(EVERYTHING) == []
        assert await shop.kinds() == []


async def test_what_is_ours_is_taken_in_with_all_that_waited_for_it(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.pay(intent_id)
        shop.stripe.refund(intent_id, 1900)
        await shop.hear("refund.created")
        shop.stripe.events.clear()
        await (work := shop.reconcile(session)).run_once()
        found = await shop.payment("pay_1")
        assert (found.status, found.amount_refunded) == (Status.REFUNDED, 1900)
        assert await shop.rows(WAITING) == []
        told = await shop.kinds()
        assert [told.count(one) for one in ("mail payment_paid", "mail payment_refunded")] == [1, 1]
        await work.run_once()
        assert await shop.kinds() == told


@pytest.mark.parametrize("by", ["its webhook", "the same group", "reconciliation"])
async def test_what_waited_is_an_event_of_the_payment_that_it_waited_for(database: Database, by: str) -> None:
    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.pay(intent_id)
        shop.stripe.refund(intent_id, 500)
        shop.stripe.dispute(intent_id)
        waiting = [event for event in shop.stripe.events if event["type"] in ABOUT_MONEY[2:]]
        taking_in = [event for event in shop.stripe.events if event["type"] == "payment_intent.succeeded"]
        early, late = ([], waiting + taking_in) if by == "the same group" else (waiting, taking_in)
        for group in (early, [] if by == "reconciliation" else late):
            await asyncio.gather(*(shop.writer.record(parse_event(Fields(event))) for event in group))
        if by == "reconciliation":
            shop.stripe.events.clear()
            await shop.reconcile(session).run_once()
        timeline = await PaymentTimeline(shop.storage).of("pay_1")
        assert {event["id"] for event in waiting} <= {one.event_id for one in timeline.traces.events}
        assert all(row.endswith("pay_1") for row in await shop.rows(EVERYTHING))


async def test_what_stripe_does_not_know_or_is_of_the_other_mode_is_dropped(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        lost = shop.sell("pay_1")
        shop.stripe.pay(lost)
        shop.stripe.refund(lost, 500)
        await shop.hear("refund.created")
        shop.stripe.events.clear()
        del shop.stripe.payment_intents[lost]
        await shop.reconcile(session).run_once()
        assert await shop.rows(WAITING) == []


async def test_while_stripe_does_not_say_it_waits(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        foreign = shop.sell("pay_1", shop="another-shop")
        shop.stripe.pay(foreign)
        shop.stripe.refund(foreign)
        await shop.hear("refund.created")
        history = StripeHistory(shop.stripe.secret_key, session, shop.stripe.url)
        work = MatchEvents(shop.storage, history, shop.writer, RULES.shop_id)
        shop.stripe.switches.refusal = refused_for_good()["restricted key"]
        assert await work.run_once() == 0
        shop.stripe.switches.refusal = None
        shop.stripe.faults.mode = FaultMode.SERVER_ERROR
        with pytest.raises(ServiceUnavailable):
            await work.run_once()
        assert len(await shop.rows(WAITING)) == 1
        shop.stripe.faults.mode = FaultMode.OK
        await work.run_once()
        assert await shop.rows(WAITING) == []


async def test_a_refund_of_a_payment_intent_that_was_replaced_finds_its_payment_at_once(database: Database) -> None:
    async with reconciled(database) as (shop, session):
        old, new = shop.sell("pay_1"), shop.sell("pay_1")
        for intent_id in (old, new):
            shop.stripe.pay(intent_id)
        await shop.hear("payment_intent.succeeded")
        assert (await shop.payment("pay_1")).payment_intent_id in (old, new)
        shop.stripe.refund(old, 900)
        shop.stripe.refund(new, 500)
        await shop.hear("refund.created")
        await shop.reconcile(session).run_once()
        found = await shop.payment("pay_1")
        assert sorted(one.amount for one in found.facts.refunds.values()) == [500, 900]
        assert found.amount_refunded == 500


async def test_card_digits_and_people_that_were_kept_by_older_releases_are_gone(
    database: Database, database_url: DatabaseUrl, storage: DatabaseStorage
) -> None:
    theirs, ours = (
        ["", "order 7", "their@example.com", "shoes", 77, 3, "refund"],
        ["night-market", "pay_1", "", "", 42, 0, ""],
    )
    card = ["card", "visa", "4242"]
    rows = {
        "evt_charge": ["ChargeReport", {"metadata": theirs, "card": card}],
        "evt_our_charge": ["ChargeReport", {"metadata": ours, "card": card}],
        "evt_refund": ["RefundReport", {"metadata": theirs, "request": "for Ann", "asked_by": 77, "amount": 500}],
        "evt_our_refund": ["RefundReport", {"metadata": ours, "request": "u7", "asked_by": 9001, "amount": 500}],
        "evt_dispute": ["DisputeReport", {"metadata": theirs, "amount": 500}],
    }
    migration = import_module("db.migrations.versions.0009_unmatched_anonymous")
    async with database.begin() as connection:
        for event_id, (report, fields) in rows.items():
            body = json.dumps([event_id, "type", "2026-11-22T12:00:00+00:00", False, report, fields, None])
            row = {"event_id": event_id, "payment_intent_id": "pi_x", "body": body, "received_at": "2026"}
            await connection.execute(queries("events")["add_unmatched"], row)
        for statement in migration.STATEMENTS if database_url.file else migration.STATEMENTS_ON_POSTGRES:
            all_rows = statement.replace("{batch}", "TRUE")
            await connection.execute(Query("", all_rows, all_rows, ()), {})
        left = await connection.fetch(Query("", WAITING, WAITING, ()), {})
    nobody = ["", "", "", "", 0, 0, ""]
    assert {body[0]: body[5] for body in (json.loads(row["found"]) for row in left)} == {
        "evt_our_charge": rows["evt_our_charge"][1],
        "evt_our_refund": rows["evt_our_refund"][1],
        "evt_refund": {"metadata": nobody, "request": "", "asked_by": 0, "amount": 500},
        "evt_dispute": {"metadata": nobody, "amount": 500},
    }


ABOUT_THE_SECOND = ("refund", "a part of it", "dispute", "fraud_warning")


@pytest.mark.parametrize(
    ("database_url", "what", "is_asked_for_all"),
    by_turns(ABOUT_THE_SECOND, [False, True]),
    indirect=["database_url"],
)
async def test_what_no_webhook_told_of_a_second_payment_is_found(
    database: Database, what: str, is_asked_for_all: bool
) -> None:
    """Refunds, disputes and warnings have no metadata, and a PaymentIntent made beside the shop is in no row."""
    async with reconciled(database) as (shop, session):
        first = shop.sell("pay_1")
        wire = shop.stripe.payment_intents[first]
        wanted = {name: wire[name] for name in ("amount", "currency", "description", "metadata")}
        second = shop.stripe.create_payment_intent({**wanted, "automatic_payment_methods": {"enabled": True}})["id"]
        for intent_id in (first, second):
            shop.stripe.pay(intent_id)
        await shop.hear("payment_intent.succeeded", "charge.succeeded")
        match what:
            case "refund":
                shop.stripe.refund(second)
            case "a part of it":
                shop.stripe.refund(second, 500)
            case "dispute":
                shop.stripe.dispute(second)
            case _:
                shop.stripe.fraud_warning(second)
        since = shop.clock.now() - timedelta(days=1) if is_asked_for_all else None
        assert (await shop.reconcile(session).run_once(since)).applied or what == "fraud_warning"
        assert (await shop.reconcile(session).run_once(since)).applied == 0
        facts = (await shop.payment("pay_1")).facts
        told = "".join(await shop.kinds())
        if what in ("refund", "a part of it"):
            assert [one.intent_id for one in facts.refunds.values()] == [second]
            assert "payment_refunded" in told
        elif what == "dispute":
            assert len(facts.disputes) == 1
            assert "admin_dispute" in told
        elif not is_asked_for_all:  # Stripe lists warnings by their events alone
            assert "fraud" in told
        assert await shop.rows(WAITING) == []


async def test_what_was_not_taken_with_its_payment_goes_on_waiting(database: Database) -> None:
    """An answer of Stripe's that is known to the second is recorded once only."""

    class Knows:
        async def record(self, event: ProviderEvent) -> bool:
            return False

    async with reconciled(database) as (shop, session):
        intent_id = shop.sell("pay_1")
        shop.stripe.pay(intent_id)
        shop.stripe.refund(intent_id, 1900)
        await shop.hear("refund.created")
        history = StripeHistory(shop.stripe.secret_key, session, shop.stripe.url)
        await MatchEvents(shop.storage, history, Knows(), RULES.shop_id).run_once()
        assert len(await shop.rows(WAITING)) == 1
        await shop.reconcile(session).run_once()
        assert await shop.rows(WAITING) == []
        assert (await shop.payment("pay_1")).status is Status.REFUNDED
