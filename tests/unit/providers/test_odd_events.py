"""Whatever is signed: it is an event whose every value can be kept, or it is refused."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.errors import InvalidInput
from providers.fields import Fields, json_value
from providers.resend_events import parse_mail_event
from providers.stripe_events import parse_event
from tests.support.faults.odd_events import ODD, SUBJECTS, mail_event, odd_bodies, paths, stripe_event, with_value

TYPES = sorted(SUBJECTS)


def values_in(thing: Any) -> Iterator[Any]:
    if is_dataclass(thing):
        for one in fields(thing):
            yield from values_in(getattr(thing, one.name))
    elif isinstance(thing, tuple):
        for one in thing:
            yield from values_in(one)
    else:
        yield thing


def check_kept(event: object) -> None:
    """What SQLite and PostgreSQL both keep: texts without NUL and in UTF-8, 64 bits, years of four digits."""
    for value in values_in(event):
        match value:
            case str():
                assert "\0" not in value.encode().decode()
                assert len(value) <= 1000
            case bool() | None:
                pass
            case int():
                assert abs(value) < 10**18 + 1
            case datetime():
                assert datetime(2000, 1, 1, tzinfo=UTC) <= value < datetime(2100, 1, 1, tzinfo=UTC)
            case _:
                pytest.fail(f"an event holds a {type(value).__name__}")


def parsed(body: bytes) -> object | None:
    try:
        return parse_event(Fields(json_value(body)))
    except InvalidInput:
        return None


def parsed_mail(body: bytes) -> object | None:
    try:
        return parse_mail_event("msg_1", Fields(json_value(body)))
    except InvalidInput:
        return None


@pytest.mark.parametrize("type_", TYPES)
def test_every_odd_value_in_every_place_is_refused_or_can_be_kept(type_: str) -> None:
    assert parsed(json.dumps(stripe_event(type_)).encode()) is not None
    for body in odd_bodies(stripe_event(type_)):
        check_kept(parsed(body))


@pytest.mark.parametrize("type_", ["email.bounced", "email.failed", "email.suppressed", "email.sent"])
def test_every_odd_value_in_an_event_about_a_mail_is_refused_or_can_be_kept(type_: str) -> None:
    assert parsed_mail(json.dumps(mail_event(type_)).encode()) is not None
    for body in odd_bodies(mail_event(type_)):
        check_kept(parsed_mail(body))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), "evt_\ud800"),
        (("id",), "evt\0"),
        (("id",), "e" * 300),
        (("created",), 10**18),
        (("created",), 253_402_300_800),
        (("created",), 4_102_444_800),
        (("created",), 0),
        (("created",), -1),
        (("data", "object", "amount"), 2**63),
        (("data", "object", "amount"), 10**12 + 1),
        (("data", "object", "amount"), -1),
        (("data", "object", "amount_received"), 2**64),
        (("data", "object", "currency"), "€"),
        (("data", "object", "currency"), "euros and cents"),
        (("data", "object", "metadata", "email"), "anna\0@example.com"),
        (("data", "object", "metadata", "payment_id"), "pay_\udc00"),
        (("data", "object", "metadata", "sku"), "s" * 501),
        (("data", "object", "latest_charge", "payment_method_details", "card", "last4"), "\ud800"),
        (("data", "object", "last_payment_error", "message"), "No\0"),
        (("data", "object", "last_payment_error", "decline_code"), 7),
        (("data", "object", "last_payment_error"), [1]),
    ],
)
def test_what_cannot_be_kept_is_refused(path: tuple[str, ...], value: Any) -> None:
    assert parsed(with_value(stripe_event("payment_intent.payment_failed"), path, value)) is None


@pytest.mark.parametrize("due_by", [10**18, 2**64, 4_102_444_800, -1, "soon"])
def test_a_deadline_in_no_century_is_refused(due_by: Any) -> None:
    path = ("data", "object", "evidence_details", "due_by")
    assert parsed(with_value(stripe_event("charge.dispute.created"), path, due_by)) is None


def test_a_long_text_for_people_is_cut_and_not_refused() -> None:
    path = ("data", "object", "last_payment_error", "message")
    assert parsed(with_value(stripe_event("payment_intent.payment_failed"), path, "No. " * 5000)) is not None


JSON = st.recursive(
    st.sampled_from(ODD) | st.integers() | st.text(st.characters(), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_several_odd_values_at_once_are_refused_or_can_be_kept(data: st.DataObject) -> None:
    event = data.draw(st.sampled_from([*map(stripe_event, TYPES), mail_event()]))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(sorted(paths(event), key=str)))
        event = json.loads(with_value(event, path, data.draw(JSON)))
    body = json.dumps(event).encode()
    check_kept(parsed(body))
    check_kept(parsed_mail(body))


@pytest.mark.parametrize(
    "odd",
    [r'"\ud800"', r'"\u0000"', "1e999", "Infinity", "-0", str(10**40), "0.1e-500", "[" * 500 + "]" * 500],
)
def test_what_nobody_reads_may_be_as_odd_as_python_takes_json_to_be(odd: str) -> None:
    event = stripe_event("payment_intent.succeeded")
    body = json.dumps(event | {"unread": None}).replace('"unread": null', f'"unread": {odd}').encode()
    assert json_value(body) == json.loads(body)
    assert parsed(body) == parsed(json.dumps(event).encode())


@pytest.mark.parametrize("body", [b"", b"{", b"{}{}", b"\xef\xbb\xbf{}", b'{"a": "\xed\xa0\x80"}', b"[" * 100_000])
def test_what_is_no_json_in_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        json_value(body)


def test_of_two_values_of_one_name_the_last_holds() -> None:
    assert json_value(b'{"amount": 1, "amount": 2}') == {"amount": 2}
