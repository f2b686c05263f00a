"""Refunds that admins ask for, on both databases: never more than is left, never twice."""

import asyncio
import contextlib
import random
from dataclasses import replace

import pytest

from checkout.errors import AnswerKept, CannotRefund, NotFound, ServiceRefused, ServiceUnavailable
from checkout.model.audit import Action
from checkout.model.facts import RefundFact
from checkout.model.intent_facts import DisputeFact, IntentFacts
from checkout.model.money import Money
from checkout.payments.refund_payment import RefundPayment, RefundRequest
from db.engine.connection import Database
from db.storage import DatabaseStorage
from tests.support.clock import NOON, MovedClock
from tests.support.fakes import RememberingRefunds
from tests.support.payments import a_payment, delivered_for, keep, keep_paid, report_refund, under_review

MIRA, BEN = 9001, 1002
PAYMENT, INTENT = "pay_1", "pi_1"


class Killed(BaseException):
    """The process ends here: nothing in it runs any more."""


class Refunding:
    def __init__(self, storage: DatabaseStorage) -> None:
        self.storage, self.clock, self.stripe = storage, MovedClock(), RememberingRefunds()
        self.refunds = RefundPayment(storage, self.clock, self.stripe, shop_id="night-market")

    async def ask(self, request: str, amount: int, admin_id: int = MIRA) -> None:
        await self.refunds.request(RefundRequest(request, PAYMENT, amount, admin_id))

    async def left(self) -> int:
        return (await self.refunds.refundable(PAYMENT)).left

    async def audit(self) -> list[tuple[int, str, str]]:
        async with self.storage.read() as tx:
            done = await tx.audit.of_payment(PAYMENT)
        return [(one.admin_id, one.action, one.details["amount"]) for one in done]

    def made(self) -> list[RefundFact]:
        """The refunds that Stripe has made."""
        return [
            RefundFact(amount or 0, "pending", metadata["request"])
            for _, amount, metadata in self.stripe.refunds.values()
        ]

    @property
    def asked(self) -> list[tuple[str, int | None]]:
        return [(intent_id, amount) for intent_id, amount, _ in self.stripe.refunds.values()]


@pytest.fixture
def shop(storage: DatabaseStorage) -> Refunding:
    return Refunding(storage)


async def test_a_refund_is_asked_of_stripe_and_written_down(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    await shop.ask("n1", 500)
    assert shop.asked == [(INTENT, 500)]
    ((_, _, metadata),) = shop.stripe.refunds.values()
    assert metadata == {"shop": "night-market", "payment_id": PAYMENT, "request": "n1", "admin_id": "9001"}
    assert await shop.audit() == [(MIRA, Action.REFUND_ASKED, "500"), (MIRA, Action.REFUND_REQUESTED, "500")]


async def test_several_equal_refunds_are_several_refunds_until_nothing_is_left(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    for number in range(3):
        await shop.ask(f"n{number}", 500)
        await report_refund(shop.storage, PAYMENT, f"re_{number}", RefundFact(500, "succeeded", f"n{number}"))
    assert (len(shop.asked), await shop.left()) == (3, 400)
    with pytest.raises(CannotRefund) as refused:
        await shop.ask("n4", 401)
    assert (refused.value.why, refused.value.left, refused.value.currency) == ("more_than_left", 400, "eur")
    await shop.ask("n5", 400)
    assert len(shop.asked) == 4


@pytest.mark.parametrize(("amount", "currency"), [(1500, "eur"), (2500, "eur"), (1900, "usd"), (300_000, "jpy")])
async def test_what_can_be_given_back_is_what_came_in(shop: Refunding, amount: int, currency: str) -> None:
    await keep(shop.storage, delivered_for(a_payment(), amount, currency))
    found = await shop.refunds.refundable(PAYMENT)
    assert (found.left, found.payment.kept) == (amount, Money(amount, currency))
    with pytest.raises(CannotRefund) as refused:
        await shop.ask("n1", amount + 1)
    assert (refused.value.left, refused.value.currency) == (amount, currency)
    await shop.ask("n2", amount)
    assert shop.asked == [(INTENT, amount)]


async def test_the_same_request_again_is_the_same_refund(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    await shop.ask("n1", 1500)
    await shop.ask("n1", 1500)
    assert shop.asked == [(INTENT, 1500)]
    assert len(await shop.audit()) == 2


async def test_what_is_asked_for_is_set_aside_before_stripe_tells_of_it(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    await shop.ask("n1", 1500)
    shop.clock.forward(days=2)
    assert await shop.left() == 400, "what Stripe has taken, however long it does not tell of it"
    await report_refund(shop.storage, PAYMENT, "re_1", RefundFact(1500, "pending", "n1"))
    assert await shop.left() == 400
    await report_refund(shop.storage, PAYMENT, "re_1", RefundFact(1500, "succeeded", "n1"))
    assert await shop.left() == 400


async def test_a_refund_that_failed_is_left_again(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    await shop.ask("n1", 1900)
    with pytest.raises(CannotRefund, match="on_its_way"):
        await shop.left()
    await report_refund(shop.storage, PAYMENT, "re_1", RefundFact(1900, "failed", "n1"))
    assert await shop.left() == 1900


async def test_a_refund_from_stripes_dashboard_counts_too(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    await report_refund(shop.storage, PAYMENT, "re_1", RefundFact(600, "succeeded"))
    await report_refund(shop.storage, PAYMENT, "re_2", RefundFact(300, "requires_action"))
    assert await shop.left() == 1000


async def test_what_stripe_refuses_is_left_again_and_the_refusal_is_written_down(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    shop.stripe.failure = ServiceRefused("Stripe: no", code="charge_already_refunded")
    for _ in range(2):
        with pytest.raises(ServiceRefused):
            await shop.ask("n1", 1900)
    assert [action for _, action, _ in await shop.audit()] == [Action.REFUND_ASKED, Action.REFUND_REFUSED]
    assert await shop.left() == 1900


async def test_without_an_answer_the_amount_stays_set_aside_as_long_as_the_question_is_open(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    shop.stripe.failure = ServiceUnavailable("no answer")
    with pytest.raises(ServiceUnavailable):
        await shop.ask("n1", 1900)
    with pytest.raises(CannotRefund, match="on_its_way"):
        await shop.ask("n2", 100, BEN)
    shop.clock.forward(hours=1, seconds=1)
    assert await shop.left() == 1900


async def test_a_process_that_dies_after_stripe_took_it_refunds_once_when_asked_again(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    shop.stripe.dies_after = Killed()
    with pytest.raises(Killed):
        await shop.ask("n1", 1900)
    assert await shop.audit() == [(MIRA, Action.REFUND_ASKED, "1900")]
    shop.stripe.dies_after = None
    await shop.ask("n1", 1900)
    assert shop.asked == [(INTENT, 1900)]
    assert [action for _, action, _ in await shop.audit()] == [Action.REFUND_ASKED, Action.REFUND_REQUESTED]


async def test_what_stripe_has_made_in_spite_of_its_failure_is_asked_for_by_no_other_key(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    shop.stripe.dies_after = AnswerKept("it failed")
    await shop.ask("n1", 500)
    assert (shop.asked, await shop.left()) == ([(INTENT, 500)], 1400)


async def test_a_refund_goes_on_after_several_failures_that_stripe_keeps(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    shop.stripe.is_ill = True
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            await shop.ask("n1", 500)
    shop.stripe.is_ill = False
    await shop.ask("n1", 500)
    assert shop.asked == [(INTENT, 500)]


async def test_two_admins_at_once_give_back_no_more_than_is_left(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    done = await asyncio.gather(*[shop.ask(f"n{one}", 1000, one) for one in (MIRA, BEN)], return_exceptions=True)
    refused = [one for one in done if one is not None]
    assert len(refused) == 1
    assert isinstance(refused[0], CannotRefund)
    assert shop.asked == [(INTENT, 1000)]


async def test_two_replicas_at_once_give_back_no_more_than_is_left(replicas: list[Database]) -> None:
    shops = [Refunding(DatabaseStorage(one)) for one in replicas]
    await keep_paid(shops[0].storage)
    done = await asyncio.gather(
        *[shop.ask(f"n{number}", 1000, number) for number, shop in enumerate(shops)], return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["CannotRefund", "CannotRefund", "NoneType"]
    assert sum(len(shop.asked) for shop in shops) == 1


@pytest.mark.parametrize("name", ["pay_unknown", "pi_unknown", "", "'; DROP TABLE payments"])
async def test_an_unknown_payment_is_not_found(shop: Refunding, name: str) -> None:
    with pytest.raises(NotFound):
        await shop.refunds.refundable(name)


async def test_a_payment_is_found_by_its_payment_intent_too(shop: Refunding) -> None:
    await keep_paid(shop.storage)
    assert (await shop.refunds.refundable(INTENT)).payment.payment_id == PAYMENT


async def test_what_was_not_paid_or_needs_a_person_is_not_refunded(shop: Refunding) -> None:
    unpaid = a_payment()
    async with shop.storage.begin() as tx:
        await tx.payments.add(unpaid)
    with pytest.raises(CannotRefund, match="not_paid"):
        await shop.ask("n1", 100)
    async with shop.storage.begin() as tx:
        await tx.payments.update(under_review(unpaid))
    with pytest.raises(CannotRefund, match="under_review"):
        await shop.ask("n1", 100)
    taken = under_review(unpaid).facts.with_dispute("dp_1", DisputeFact("lost", 1500, intent_id=INTENT))
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(unpaid.with_facts(taken, NOON), version=1))
    with pytest.raises(CannotRefund, match="nothing_left"):
        await shop.ask("n1", 100)
    assert (shop.asked, await shop.audit()) == ([], [])


async def test_what_was_paid_twice_is_refunded_in_stripe(shop: Refunding) -> None:
    payment = await keep_paid(shop.storage)
    twice = payment.facts.with_intent("pi_second", IntentFacts(succeeded_at=shop.clock.now()))
    async with shop.storage.begin() as tx:
        await tx.payments.update(payment.with_facts(twice, shop.clock.now()))
    with pytest.raises(CannotRefund, match="paid_twice"):
        await shop.left()
    returned = RefundFact(1900, "pending", "", INTENT)
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(payment.with_facts(twice.with_refund("re_1", returned), NOON), version=1))
    assert await shop.left() == 1900, "one of the two goes back: the other one may, too"
    await shop.ask("n1", 500)
    assert (shop.asked, await shop.left()) == ([("pi_second", 500)], 1400)
    part = twice.with_refund("re_1", returned).with_refund("re_2", RefundFact(500, "succeeded", "n1", "pi_second"))
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(payment.with_facts(part, NOON), version=2))
    assert await shop.left() == 1400
    rest = part.with_refund("re_1", replace(returned, status="succeeded"))
    rest = rest.with_refund("re_3", RefundFact(1400, "pending", "", "pi_second"))
    async with shop.storage.begin() as tx:
        await tx.payments.update(replace(payment.with_facts(rest, NOON), version=3))
    with pytest.raises(CannotRefund, match="on_its_way"):
        await shop.left()


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_no_more_than_was_paid_goes_back(storage: DatabaseStorage, seed: int) -> None:
    """A Stripe that would give back any sum; admins, crashes, lost answers and late events in a random order."""
    shop, chance = Refunding(storage), random.Random(seed)
    await keep_paid(storage)
    told: dict[str, RefundFact] = {}
    requests: dict[str, tuple[int, int]] = {}
    for step in range(60):
        if not requests or chance.random() < 0.5:
            requests[f"n{step}"] = (chance.choice([1, 300, 700, 1900]), chance.choice([MIRA, BEN]))
        request = chance.choice(list(requests))
        shop.stripe.failure = chance.choice([None, None, ServiceRefused("no"), ServiceUnavailable("away")])
        shop.stripe.dies_after = chance.choice(
            [None, None, Killed(), ServiceUnavailable("lost"), AnswerKept("it failed")]
        )
        with contextlib.suppress(CannotRefund, ServiceRefused, ServiceUnavailable, Killed):
            await shop.ask(request, *requests[request])
        await tell_of_some(shop, told, chance)
        given = [one.amount for one in shop.made() if told.get(one.request, one).status != "failed"]
        assert sum(given) <= 1900, f"step {step}"
    assert shop.made(), "something was given back"


async def tell_of_some(shop: Refunding, told: dict[str, RefundFact], chance: random.Random) -> None:
    """Events of some refunds come; a few refunds fail for good."""
    for made in shop.made():
        if chance.random() < 0.3 and told.get(made.request, made).status != "failed":
            status = chance.choice(["pending", "succeeded", "succeeded", "failed"])
            told[made.request] = RefundFact(made.amount, status, made.request)
            await report_refund(shop.storage, PAYMENT, f"re_{made.request}", told[made.request])
