"""A shop whose database is lost: Stripe remembers who has a receipt, under which number, and how a review ended."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from checkout.errors import StaleWrite
from checkout.payments.decide_review import DecideReview
from sandbox.base.fake_server import Call, FaultMode
from sandbox.environment import Sandbox
from sandbox.fake_stripe.errors import ApiError, unauthorized
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, Person
from tests.support.shop import Shop, free_port, opened_shop, running_shop, until

BUYERS = {ANNA: "anna@example.org", BEN: "ben@example.org", MIRA: "mira@example.org"}
CORRECTED = "ben.carter@example.org"


async def soon(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    await until(holds, "what Stripe remembers, or what is told", seconds=60)


async def buy(shop: Shop, person: Person) -> str:
    """Returns the PaymentIntent, once Stripe remembers that it was told."""
    token = await shop.verified(person, BUYERS[person])
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    await shop.resend.wait_for_mail(BUYERS[person], "payment_paid")
    await soon(lambda: "receipt" in shop.stripe.payment_intents[intent_id]["metadata"])
    return intent_id


async def correct_address(shop: Shop, intent_id: str) -> None:
    question = await shop.ask(MIRA, f"/resend {intent_id} {CORRECTED}")
    shop.telegram.press(MIRA, question.message_id, next(one for one in question.callbacks if "yes:" in one))
    await shop.resend.wait_for_mail(CORRECTED, "payment_paid")
    await soon(lambda: shop.stripe.payment_intents[intent_id]["metadata"]["email"] == CORRECTED)


def kept(file: Path) -> list[tuple[str, int, str, int]]:
    with sqlite3.connect(file) as rows:
        wanted = "SELECT email, receipt_number, status, amount_refunded FROM payments ORDER BY email"
        return rows.execute(wanted).fetchall()


def lose(file: Path) -> None:
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()


async def test_after_a_lost_database_nobody_is_told_again_and_every_number_is_its_owners(tmp_path: Path) -> None:
    file = tmp_path / "checkout.db"
    port, environment = free_port(), {"DATABASE_URL": f"sqlite:///{file}"}
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        async with opened_shop(sandbox, environment, port) as shop:
            for person in (ANNA, BEN):
                intent_id = await buy(shop, person)
            shop.stripe.refund(intent_id)
            await shop.resend.wait_for_mail(BUYERS[BEN], "payment_refunded")
            await correct_address(shop, intent_id)
        before, mails = kept(file), len(sandbox.resend.mails)
        lose(file)
        async with opened_shop(sandbox, environment, port) as shop:
            await soon(lambda: len(kept(file)) == len(before))
            await shop.periodic_tasks.reconcile.run_once()
            await buy(shop, MIRA)
    told = [mail.tags["kind"] for mail in sandbox.resend.mails[mails:]]
    assert sorted(told) == ["payment_paid", "verification_code"], "the new purchase alone"
    assert kept(file) == [*before, (BUYERS[MIRA], 3, "paid", 0)]
    assert before[1] == (CORRECTED, 2, "refunded", 1900), "where its receipt goes now"


async def test_the_number_is_noted_once_stripe_is_back(tmp_path: Path) -> None:
    async with running_shop() as shop:
        token = await shop.verified(BEN, BUYERS[BEN])
        intent_id = await shop.intent(token)
        shop.stripe.faults.set(FaultMode.SERVER_ERROR, remaining=8, path_contains="/v1/payment_intents")
        shop.stripe.pay(intent_id)
        await shop.resend.wait_for_mail(BUYERS[BEN], "payment_paid")
        await soon(lambda: shop.stripe.payment_intents[intent_id]["metadata"].get("receipt") == "1")


KEY_ROLLED = unauthorized("Expired API Key provided: rk_test_***")
NOT_ALLOWED = ApiError(403, "invalid_request_error", "The provided key does not have the required permissions.")


@pytest.mark.parametrize("refusal", [KEY_ROLLED, NOT_ALLOWED], ids=["key", "permission"])
async def test_the_number_is_noted_once_the_key_is_mended(refusal: ApiError) -> None:
    async with running_shop() as shop:
        token = await shop.verified(BEN, BUYERS[BEN])
        intent_id = await shop.intent(token)
        shop.stripe.switches.refusal = refusal
        shop.stripe.pay(intent_id)
        await shop.resend.wait_for_mail(BUYERS[BEN], "payment_paid")
        await soon(lambda: any(refused(call, intent_id) for call in shop.stripe.calls))
        shop.stripe.switches.refusal = None
        await soon(lambda: shop.stripe.payment_intents[intent_id]["metadata"].get("receipt") == "1")


def refused(call: Call, intent_id: str) -> bool:
    """Whether it was to note something with the PaymentIntent."""
    return call.method == "POST" and call.path.endswith(f"/payment_intents/{intent_id}") and call.status in (401, 403)


def review_of(shop: Shop) -> DecideReview:
    services, shop_id = shop.services, shop.services.catalog.shop.shop_id
    return DecideReview(services.storage, shop.clock, shop.recording.writer, shop_id=shop_id)


async def under_review(shop: Shop, opened: Callable[[], None] = lambda: None) -> tuple[str, str, DecideReview]:
    token = await shop.verified(BEN, BUYERS[BEN])
    intent_id = await shop.intent(token)
    opened()
    shop.stripe.payment_intents[intent_id]["amount"] = 1500
    shop.stripe.pay(intent_id)
    await shop.until_status(token, "review")
    payment_id = shop.stripe.payment_intents[intent_id]["metadata"]["payment_id"]
    return payment_id, intent_id, review_of(shop)


@pytest.mark.parametrize("first", ["deliver", "refund"])
async def test_the_first_decision_is_the_only_one(first: str) -> None:
    async with running_shop() as shop:
        payment_id, intent_id, review = await under_review(shop)
        ways = {"deliver": review.deliver, "refund": review.refund}
        await ways[first](payment_id, 9001)
        for again in ways.values():
            with pytest.raises(StaleWrite):
                await again(payment_id, 9002)
        await soon(lambda: shop.stripe.payment_intents[intent_id]["metadata"].get("review") == first)
        assert len(shop.stripe.refunds) == (first == "refund")
        assert bool(shop.resend.mails_to(BUYERS[BEN], "payment_paid")) == (first == "deliver")


async def test_of_two_decisions_at_once_one_holds() -> None:
    async with running_shop() as shop:
        payment_id, intent_id, review = await under_review(shop)
        done = await asyncio.gather(
            review.refund(payment_id, 9001), review.deliver(payment_id, 9002), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in done) == ["NoneType", "StaleWrite"]
        await soon(lambda: "review" in shop.stripe.payment_intents[intent_id]["metadata"])
        was_refunded = shop.stripe.payment_intents[intent_id]["metadata"]["review"] == "refund"
        assert len(shop.stripe.refunds) == was_refunded


async def test_what_was_refunded_under_review_never_becomes_a_sale() -> None:
    async with running_shop() as shop:
        payment_id, _, review = await under_review(shop)
        await review.refund(payment_id, 9001)
        await soon(lambda: bool(shop.resend.mails_to(BUYERS[BEN], "payment_refunded")))
        shop.stripe.switches.delivery = Delivery.NONE
        await shop.periodic_tasks.reconcile.run_once(since=shop.clock.now().replace(year=2020))
        async with shop.services.storage.read() as tx:
            payment = await tx.payments.get(payment_id)
        assert payment is not None
        assert (payment.status.value, payment.amount, payment.receipt_number) == ("refunded", 1900, None)
        assert shop.resend.mails_to(BUYERS[BEN], "payment_paid") == []


@pytest.mark.parametrize("is_noted", [True, False], ids=["Stripe remembers the decision", "it was cut off before"])
@pytest.mark.parametrize("when", ["before it was opened", "while it could be paid", "under review"])
async def test_a_refund_that_an_older_copy_asks_for_again_is_the_same_one(
    tmp_path: Path, when: str, is_noted: bool
) -> None:
    file, older = tmp_path / "checkout.db", tmp_path / "older.db"
    port, environment = free_port(), {"DATABASE_URL": f"sqlite:///{file}"}

    def copied(now: str) -> None:
        if now == when:
            with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(older)) as new:
                old.backup(new)

    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        async with opened_shop(sandbox, environment, port) as shop:
            copied("before it was opened")
            payment_id, intent_id, review = await under_review(shop, lambda: copied("while it could be paid"))
            copied("under review")
            if not is_noted:
                shop.stripe.faults.set(FaultMode.SERVER_ERROR, remaining=1000, path_contains="/v1/payment_intents")
            await review.refund(payment_id, 9001)
            await soon(lambda: bool(shop.resend.mails_to(BUYERS[BEN], "payment_refunded")))
            if is_noted:
                await soon(lambda: "review" in shop.stripe.payment_intents[intent_id]["metadata"])
        shop.stripe.faults.set(FaultMode.OK)
        lose(file)
        shutil.copy(older, file)
        async with opened_shop(sandbox, environment, port) as shop:
            await shop.periodic_tasks.reconcile.run_once()
            with suppress(StaleWrite):  # what Stripe says of the decision, or the refund, may have come first
                await review_of(shop).refund(payment_id, 9002)
            await soon(lambda: not left(file))
    assert [(email, amount) for email, _, _, amount in kept(file)] == [(BUYERS[BEN], 1500)]
    assert len(sandbox.stripe.refunds) == 1


def left(file: Path) -> list[tuple[str, str]]:
    """What still waits for Stripe, or is parked."""
    with closing(sqlite3.connect(file)) as rows:
        wanted = "SELECT dedupe_key, state FROM outbox WHERE channel = 'stripe' AND state <> 'sent'"
        return rows.execute(wanted).fetchall()
