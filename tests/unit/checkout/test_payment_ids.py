"""Ids of payments: in the order of time, and never the same twice."""

import re
from datetime import UTC, datetime, timedelta

from checkout.purchase.payment_ids import new_payment_id

DAYS = [datetime(2026, 11, 25, tzinfo=UTC) + timedelta(days=number) for number in range(365)]


def test_ids_follow_each_other_as_their_moments_do() -> None:
    moments = [one + step for one in DAYS for step in (timedelta(0), timedelta(milliseconds=2), timedelta(hours=9))]
    ids = [new_payment_id(one) for one in moments]
    assert ids == sorted(ids)


def test_many_ids_of_one_moment_differ() -> None:
    assert len({new_payment_id(DAYS[0]) for _ in range(50)}) == 50


def test_an_id_can_be_read_out_whatever_the_clock_says() -> None:
    for moment in (datetime(1970, 1, 1, tzinfo=UTC), DAYS[0], datetime(2099, 12, 31, tzinfo=UTC)):
        assert re.fullmatch(r"pay_[2-9a-hjkmnp-z]{14}", new_payment_id(moment))
