"""A payment that may still succeed is the only one for its product."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.customer import Customer
from checkout.model.money import Money
from checkout.model.payment import Payment
from checkout.model.verification import Hasher
from checkout.purchase.start_payment import StartPayment
from db.storage import DatabaseStorage
from tests.support.clock import MovedClock
from tests.support.payments import a_payment, keep, processing, with_voucher
from tests.support.project import CATALOG


@pytest.mark.parametrize("waits", [processing, with_voucher])
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
