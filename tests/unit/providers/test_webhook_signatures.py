"""Signed headers: what is accepted is what the provider's own SDK accepts, with the time that was signed."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import resend
import stripe
from hypothesis import given
from hypothesis import strategies as st

from checkout.errors import InvalidInput
from providers.resend_events import ResendWebhook
from providers.signatures import keyed
from providers.stripe_events import StripeWebhook
from tests.support.clock import MovedClock

STRIPE_SECRET = "whsec_only_for_these_tests"
RESEND_KEY = b"a secret for these tests"
RESEND_SECRET = "whsec_" + base64.b64encode(RESEND_KEY).decode()
OTHER_RESEND = "whsec_" + base64.b64encode(b"another secret of theirs").decode()
BODY = b'{"id": "evt_1", "type": "payout.paid", "created": 1790000000, "livemode": false, "data": {"object": {}}}'
MAIL_BODY = b'{"type": "email.sent", "data": {"email_id": "mail_1"}}'
NOW = 1_795_000_000
OLD, AHEAD = NOW - 40 * 86400, NOW + 40 * 86400


CLOCK = MovedClock(datetime.fromtimestamp(NOW, UTC))
STRIPE = StripeWebhook([STRIPE_SECRET], CLOCK)
RESEND = ResendWebhook([RESEND_SECRET], CLOCK)


def stripe_mac(signed_at: object) -> str:
    return hmac.new(STRIPE_SECRET.encode(), f"{signed_at}.".encode() + BODY, hashlib.sha256).hexdigest()


def svix_mac(signed_at: object, event_id: str = "msg_1") -> str:
    signed = f"{event_id}.{signed_at}.".encode() + MAIL_BODY
    return base64.b64encode(hmac.new(RESEND_KEY, signed, hashlib.sha256).digest()).decode()


def filled(header: str, signed_at: object = NOW) -> str:
    """With the times and the signature of that moment; the rows themselves are the same in every run."""
    eastern = str(OLD).translate({48 + digit: 0x660 + digit for digit in range(10)})
    split = f"{str(OLD)[0]}_{str(OLD)[1:]}"
    return header.format(
        now=NOW, old=OLD, ahead=AHEAD, eastern=eastern, split=split, mac=stripe_mac(signed_at), zeros="0" * 64
    )


@pytest.mark.parametrize(
    "times",
    [
        "t=+{old},t={now}",
        "t= {old},t={now}",
        "t={old} ,t={now}",
        "t={old}=x,t={now}",
        "t={split},t={now}",
        "t=0{old},t={now}",
        "t={old},t={now}",
        "t={now},t={old}",
        "t={eastern},t={now}",
        "t={old}",
        "t=+{old}",
        "T={now},t={old}",
        "x={now},t={old}",
        "t={ahead}",
    ],
)
def test_a_body_that_was_signed_long_ago_is_refused_however_its_time_is_written(times: str) -> None:
    for signed_at in (OLD, AHEAD):
        with pytest.raises(InvalidInput):
            STRIPE.by_headers({"Stripe-Signature": filled(times + ",v1={mac}", signed_at)})(BODY)


@pytest.mark.parametrize(
    "header",
    [
        "t={now},v1={mac}",
        "v1={mac},t={now}",
        "t={now},v1={mac},v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39",
        "t={now},v1={zeros},v1={mac}",
        "t={now},v1={mac},v2=AAAA/b+c_d-e==",
    ],
)
def test_what_stripe_writes_now_and_may_write_one_day_is_accepted(header: str) -> None:
    assert STRIPE.by_headers({"Stripe-Signature": filled(header)})(BODY).event_id == "evt_1"


def test_one_clock_that_goes_right_is_enough() -> None:
    """A replica may be minutes off, or the database's server."""
    wrong, headers = MovedClock(datetime.fromtimestamp(OLD, UTC)), {"Stripe-Signature": filled("t={now},v1={mac}")}
    for clocks in ((wrong, CLOCK), (CLOCK, wrong)):
        assert StripeWebhook([STRIPE_SECRET], *clocks).by_headers(headers)(BODY).event_id == "evt_1"
    with pytest.raises(InvalidInput):
        StripeWebhook([STRIPE_SECRET], wrong).by_headers(headers)


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "t={now}",
        "v1={mac}",
        "v1={mac},t={now},v0=a,v0=b",
        "t={now}, v1={mac}",
        "t={now},v1={mac},",
        ",t={now},v1={mac}",
        "t={now},v1={mac}\n",
        "t={now},v1= {mac}",
        "t={now},v1={mac}=",
        "t={now},v1={mac},v1=é",
        "t={now},v1={mac},v0",
        "t={now},v1={mac},=x",
        "t={now};v1={mac}",
        "t={now},V1={mac}",
        "t={now},v0={mac}",
        pytest.param("t={now},v1={mac}" + ",v1={zeros}" * 900, id="900 of them"),
    ],
)
def test_what_stripe_never_writes_is_refused_although_the_signature_is_there(header: str) -> None:
    with pytest.raises(InvalidInput):
        STRIPE.by_headers({"Stripe-Signature": filled(header)})(BODY)


@contextmanager
def stopped_time() -> Iterator[None]:
    """The SDKs ask the real clock."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.time", lambda: float(NOW))
        yield


SCHEMES = st.sampled_from(["t", "v1", "v0", "v2", "T", " t", "t ", ""])
VALUES = st.one_of(
    st.sampled_from([str(NOW), str(OLD), f"+{NOW}", f" {NOW}", f"0{NOW}", f"{NOW}=x", f"1_{NOW}", f"{NOW}.0"]),
    st.sampled_from([NOW, OLD]).map(stripe_mac),
    st.text(max_size=6),
)
ITEMS = st.lists(st.tuples(SCHEMES, VALUES).map("=".join), max_size=5)


@given(st.one_of(ITEMS.map(lambda items: ",".join([f"t={NOW}", *items, f"v1={stripe_mac(NOW)}"])), ITEMS.map(",".join)))
def test_stripes_sdk_reads_the_same_in_every_header_that_is_accepted(header: str) -> None:
    try:
        signature = STRIPE.check_header(header)
        STRIPE.read(BODY, signature)
    except InvalidInput:
        return
    read_by_stripe = stripe.WebhookSignature._get_timestamp_and_signatures(header, "v1")
    assert (signature.signed_at, list(signature.given)) == read_by_stripe
    with stopped_time():
        assert stripe.WebhookSignature.verify_header(BODY, header, STRIPE_SECRET, tolerance=300)


@given(st.binary(max_size=50), st.integers(NOW - 299, NOW + 299))
def test_what_stripes_sdk_signs_is_accepted(body: bytes, signed_at: int) -> None:
    text = body.decode(errors="ignore")
    header = stripe.WebhookSignature.generate_signature_header(text, STRIPE_SECRET, timestamp=signed_at)
    STRIPE.check_header(header).check_body(text.encode(), [keyed(STRIPE_SECRET.encode())], bytes.hex)


def svix(signed_at: str = str(NOW), signature: str = "", event_id: str = "msg_1") -> dict[str, str]:
    return {
        "svix-id": event_id,
        "svix-timestamp": signed_at,
        "svix-signature": signature or f"v1,{svix_mac(signed_at, event_id)}",
    }


@pytest.mark.parametrize("signature", ["v1,{now}", "v1,{old} v1,{now}", "v1a,AAAA== v1,{now}"])
def test_what_resend_writes_is_accepted(signature: str) -> None:
    headers = svix(signature=signature.format(now=svix_mac(NOW), old=svix_mac(OLD)))
    assert RESEND.by_headers(headers)(MAIL_BODY).mail_id == "mail_1"


@pytest.mark.parametrize("signed_at", ["", "{old}", "{ahead}", "+{now}", " {now}", "0{now}", "{split}", "{now}.0", "x"])
def test_a_mail_event_signed_long_ago_or_at_no_clear_time_is_refused(signed_at: str) -> None:
    with pytest.raises(InvalidInput):
        RESEND.by_headers(svix(filled(signed_at)))(MAIL_BODY)


@pytest.mark.parametrize("event_id", ["", "msg_1.1790000000", "msg é", "msg 1", "m" * 300, "msg_1\n"])
def test_an_event_id_that_is_none_of_svix_is_refused(event_id: str) -> None:
    with pytest.raises(InvalidInput):
        RESEND.by_headers(svix(event_id=event_id))(MAIL_BODY)


@pytest.mark.parametrize(
    "signature",
    [
        "v1,{old}",
        "v2,{now}",
        "{now}",
        "v1,{now},",
        "v1,{now} é",
        "v1,{now}  v1,{now}",
        "v1, {now}",
        pytest.param("v1,{now}" + " v1,{old}" * 900, id="900 of them"),
    ],
)
def test_what_resend_never_writes_is_refused(signature: str) -> None:
    with pytest.raises(InvalidInput):
        RESEND.by_headers(svix(signature=signature.format(now=svix_mac(NOW), old=svix_mac(OLD))))(MAIL_BODY)


def test_a_request_without_headers_is_refused() -> None:
    with pytest.raises(InvalidInput):
        RESEND.by_headers({})(MAIL_BODY)


SVIX_TEXTS = st.one_of(st.sampled_from(["msg_1", str(NOW), str(OLD), f"+{NOW}", f"msg_1.{NOW}"]), st.text(max_size=4))


@given(SVIX_TEXTS, SVIX_TEXTS, st.lists(SVIX_TEXTS, max_size=2))
def test_resends_sdk_accepts_every_header_that_is_accepted(event_id: str, signed_at: str, more: list[str]) -> None:
    headers = svix(signed_at, " ".join([f"v1,{svix_mac(signed_at, event_id)}", *more]), event_id)
    try:
        RESEND.by_headers(headers)(MAIL_BODY)
    except InvalidInput:
        return
    given_to_resend: Any = {name.removeprefix("svix-"): value for name, value in headers.items()}
    with stopped_time():
        resend.Webhooks.verify(
            {"payload": MAIL_BODY.decode(), "headers": given_to_resend, "webhook_secret": RESEND_SECRET}
        )


def test_the_headers_alone_tell_what_need_not_be_read() -> None:
    with pytest.raises(InvalidInput):
        STRIPE.check_header(f"t={OLD},v1={stripe_mac(OLD)}")
    with pytest.raises(InvalidInput):
        RESEND.check_headers(svix(str(OLD)))


@pytest.mark.parametrize("secrets", [[OTHER_RESEND, RESEND_SECRET], [RESEND_SECRET, OTHER_RESEND], [RESEND_SECRET]])
def test_resend_may_sign_with_any_of_ours(secrets: list[str]) -> None:
    headers = {"svix-id": "msg_1", "svix-timestamp": str(NOW), "svix-signature": f"v1,{svix_mac(NOW)}"}
    assert ResendWebhook(secrets, CLOCK).by_headers(headers)(MAIL_BODY).mail_id == "mail_1"
    with pytest.raises(InvalidInput):
        ResendWebhook([OTHER_RESEND], CLOCK).by_headers(headers)(MAIL_BODY)
