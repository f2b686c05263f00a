"""Ids of payments, and the links made of them: in the order of time, and never the same twice."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from checkout.model.payment import new_payment_id
from checkout.model.verification import Hasher
from web.tokens import PAY_TOKEN

HASHER = Hasher("k" * 32)
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


def test_links_follow_each_other_as_their_payments_do() -> None:
    tokens = [HASHER.pay_token(new_payment_id(one)) for one in DAYS]
    assert tokens == sorted(tokens)


def test_of_a_link_nobody_without_the_key_knows_more_than_its_time() -> None:
    first, second = (new_payment_id(DAYS[0]) for _ in range(2))
    tokens = [hasher.pay_token(one) for hasher in (HASHER, Hasher("other" * 8)) for one in (first, second)]
    assert {token[:8] for token in tokens} == {first[4:12]}
    assert len({token[8:] for token in tokens}) == 4
    assert {len(token) for token in tokens} == {8 + 43}


def test_the_same_payment_has_the_same_link_again() -> None:
    assert HASHER.pay_token("pay_6w2ah8zkmnpqrs") == "6w2ah8zkIeonuUUoZsFfevERIVGFq9IEb6m22_5V1ogLKhqNBWk"


@pytest.mark.parametrize(
    ("payment_id", "token"),
    [
        ("pay_23456789abcd", "sN-vGocL5Symt0BZHMZFLUx3AcfUwh8ssv01mY2ZLR0"),
        ("pi_3MtwBwLkdIwHu7ix28a3tqPa", "IfpCI3sGrpw1keQHOsVIziMhp9qNLcLT3OsywOylEJE"),
        ("pay_<b>é</b>&;'xyz", "GWeHruq8S949ClPBVlPqmoae_ThSGr7m4mGUxZRA7zI"),
    ],
)
def test_links_of_other_ids_are_what_they_were(payment_id: str, token: str) -> None:
    """Of ids from before they began with their time, and of what else stands in Stripe's metadata."""
    assert HASHER.pay_token(payment_id) == token
    assert PAY_TOKEN.fullmatch(token)
