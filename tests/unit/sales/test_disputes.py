"""Disputes that Stripe is asked for again and again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.model.message_content import Dispute
from checkout.model.payment import Status
from tests.support.clock import NOON
from tests.support.event_samples import FakeDatabase, dispute, intent
from tests.support.payments import a_payment

WORDS = {
    "asks": "warning_needs_response",
    "waits": "warning_under_review",
    "asked": "warning_closed",
    "disputes": "needs_response",
}


def test_a_look_up_of_a_dispute_that_stands_as_it_did_is_no_event() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"), dispute("needs_response"))
    look = dispute("needs_response")
    looks = [replace(look, event_id=f"found/{days}", asked_at=NOON + timedelta(days=days)) for days in (1, 2)]
    assert [shop.take(look).events for look in looks] == [[], []]
    won = replace(dispute("won"), event_id="found/won", asked_at=NOON + timedelta(days=3))
    assert len(shop.take(won).events) == 1
    assert shop.payment.status is Status.PAID


@pytest.mark.parametrize(
    ("way", "told"),
    [
        # The bank asks first; when it disputes after all there is a new deadline, and the money is gone.
        ("asks disputes", "asks disputes"),
        ("asks waits disputes lost", "asks disputes lost"),
        ("asks waits asked", "asks asked"),
        ("asks asked disputes", "asks asked disputes"),
        ("disputes under_review disputes won", "disputes won"),
    ],
)
def test_admins_hear_of_each_turn(way: str, told: str) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    for days, word in enumerate(way.split()):
        turned = dispute(WORDS.get(word, word))
        shop.take(replace(turned, event_id=f"{days}", created=NOON + timedelta(days=days)))
    messages = [one.content for todo in shop.plans for one in todo.messages]
    heard = [one.status for one in messages if isinstance(one, Dispute)]
    assert heard == [WORDS.get(word, word) for word in told.split()]


@pytest.mark.parametrize("first", ["needs_response", "warning_needs_response"])
def test_what_was_prevented_in_the_second_in_which_it_began_is_over(first: str) -> None:
    for order in ((first, "prevented"), ("prevented", first)):
        shop = FakeDatabase(a_payment())
        shop.take(intent("succeeded"), *map(dispute, order))
        assert shop.payment.status is Status.PAID
