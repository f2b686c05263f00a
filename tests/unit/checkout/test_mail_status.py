"""What is known of a mail, whatever order its events come in and however often."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.model.mail_status import DEAD, MAIL_STATUSES, stronger_status

TOLD = (*MAIL_STATUSES, "opened", "clicked", "scheduled", "received", "")


def status_after(told: list[str]) -> str:
    known = ""
    for mail_status in told:
        known = stronger_status(known, mail_status)
    return known


@given(st.lists(st.sampled_from(TOLD), max_size=12), st.randoms(), st.data())
def test_every_order_and_any_repeats_end_the_same(told: list[str], chance: Random, data: st.DataObject) -> None:
    repeats = data.draw(st.lists(st.sampled_from(told), max_size=6)) if told else []
    shuffled = [*told, *repeats]
    chance.shuffle(shuffled)
    assert status_after(shuffled) == status_after(told)


@given(st.lists(st.sampled_from(TOLD), max_size=12))
def test_a_mail_is_dead_if_and_only_if_its_death_was_told(told: list[str]) -> None:
    assert (status_after(told) in DEAD) == any(mail_status in DEAD for mail_status in told)


@given(
    st.lists(st.sampled_from(["sent", "delivery_delayed", "scheduled"]), max_size=5), st.sampled_from(MAIL_STATUSES[2:])
)
def test_a_late_sent_or_delayed_hides_nothing_final(late: list[str], final: str) -> None:
    assert status_after([final, *late]) == final


@pytest.mark.parametrize(
    ("told", "known"),
    [
        (["sent", "opened"], "delivered"),
        (["clicked"], "delivered"),
        (["delivered", "complained", "opened"], "complained"),
        (["delivered", "bounced"], "bounced"),
        (["received"], ""),
    ],
)
def test_what_each_word_says(told: list[str], known: str) -> None:
    assert status_after(told) == known
