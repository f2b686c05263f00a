"""A payment that may still succeed is the only one for its product."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.customer import Customer
from checkout.model.intent_facts import Attempt, Failure
from checkout.model.message_content import PayMessage
from checkout.model.money import Money
from checkout.model.outbox import Channel
from checkout.model.payment import Payment
from checkout.model.verification import Hasher
from checkout.notifications.compose import Composer
from checkout.purchase.start_payment import StartPayment
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.payments import a_payment, keep, processing, under_review, with_voucher
from tests.support.project import CATALOG


@pytest.mark.parametrize("waits", [processing, with_voucher, under_review])
async def test_a_new_price_or_address_makes_no_second_payment_while_one_may_succeed(
    waits: Callable[[Payment], Payment], storage: DatabaseStorage, clock: MovedClock
) -> None:
    under_way = waits(a_payment(at=clock.now()))
    await keep(storage, under_way, a_payment(2, at=clock.now() + timedelta(minutes=1), amount=2900))
    who = Customer(under_way.telegram_user_id, "en", email=under_way.email, email_verified_at=clock.now())
    hasher = Hasher("a secret key of more than thirty-two characters")
    start = StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(days=1), livemode=False)
    dearer = replace(CATALOG.products["guide"], price=Money(2900, "eur"))
    assert (await start.start(who, dearer)).payment_id == under_way.payment_id
    moved = replace(who, email="anna@example.org")
    assert (await start.start(moved, dearer)).payment_id == under_way.payment_id


@pytest.mark.parametrize("moved", [processing, under_review, with_voucher, None])
async def test_what_has_moved_while_its_message_was_on_its_way_is_shown_in_it(
    moved: Callable[[Payment], Payment] | None, storage: DatabaseStorage, clock: MovedClock
) -> None:
    sent = a_payment(at=clock.now(), chat_message_id=17)
    await keep(storage, moved(sent) if moved else sent)
    hasher = Hasher("a secret key of more than thirty-two characters")
    start = StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(days=1), livemode=False)
    await start.note_chat_message(sent, 20)
    async with storage.begin() as tx:
        waiting = await tx.outbox.claim(Channel.CHAT, "w", clock.now(), 10)
    assert [one.content for one in waiting] == [PayMessage() if moved else PayMessage(left=17)], "the first of them"


@pytest.mark.parametrize("anew", ["another address", "another price", "after its time", "after it was closed"])
async def test_a_decline_that_was_not_mailed_yet_is_not_mailed_once_a_new_link_has_taken_its_place(
    anew: str, storage: DatabaseStorage, clock: MovedClock
) -> None:
    declined = replace(a_payment(at=clock.now()), failure_told_at=clock.now() + timedelta(minutes=10))
    other = replace(a_payment(2, at=clock.now(), sku="course"), failure_told_at=declined.failure_told_at)
    is_over = anew.startswith("after")
    await keep(storage, declined.closed(declined.expires_at) if anew == "after it was closed" else declined, other)
    async with storage.begin() as tx:
        failure = Failure(clock.now(), "evt_1", Attempt(), "insufficient_funds")
        for one in (declined, other):
            composed = Composer((), clock.now()).failed(one, failure, clock.now(), in_chat=False)
            await tx.outbox.add(composed)
    clock.forward(hours=25 if is_over else 0)
    who = Customer(declined.telegram_user_id, "en", email=declined.email, email_verified_at=clock.now())
    product = CATALOG.products["guide"]
    if anew == "another address":
        who = replace(who, email="new@example.org")
    elif anew == "another price":
        product = replace(product, price=Money(2900, "eur"))
    hasher = Hasher("a secret key of more than thirty-two characters")
    start = StartPayment(storage, clock, hasher, lambda: None, link_lifetime=timedelta(days=1), livemode=False)
    assert (await start.start(who, product)).payment_id != declined.payment_id
    async with storage.begin() as tx:
        (mail,) = await tx.outbox.claim(Channel.MAIL, "w", clock.now(), 10)
    assert mail.payment_id == other.payment_id
