"""Disputes that Stripe is asked for again and again."""

from dataclasses import replace
from datetime import timedelta

from checkout.model.payment import Status
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, dispute, intent
from tests.support.payments import a_payment


def test_a_look_up_of_a_dispute_that_stands_as_it_did_is_no_event() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"), dispute("needs_response"))
    look = dispute("needs_response")
    looks = [replace(look, event_id=f"found/{days}", asked_at=NOON + timedelta(days=days)) for days in (1, 2)]
    assert [shop.take(look).events for look in looks] == [[], []]
    won = replace(dispute("won"), event_id="found/won", asked_at=NOON + timedelta(days=3))
    assert len(shop.take(won).events) == 1
    assert shop.payment.status is Status.PAID
