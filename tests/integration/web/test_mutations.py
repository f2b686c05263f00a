"""Requests with something wrong in them, by chance: none is a failure of ours, none changes anything."""

import pytest

from bench.abuse.mutations import answers_to, mutated
from providers.resend_events import ResendWebhook
from providers.stripe_events import StripeWebhook
from tests.support.faults.attacks import open_web
from tests.support.payments import a_payment
from tests.support.web_fakes import Fakes


@pytest.mark.parametrize("seed", [7, 8])
async def test_no_mutated_request_is_a_failure(fakes: Fakes, seed: int, caplog: pytest.LogCaptureFixture) -> None:
    fakes.pages.put(a_payment(pay_token="abcdefghijklmnop"))
    signed = {
        "stripe_webhook": StripeWebhook(["whsec_of_a_test"], fakes.clock).by_headers,
        "resend_webhook": ResendWebhook(["whsec_b2YgYSB0ZXN0"], fakes.clock).by_headers,
    }
    async with open_web(fakes.dependencies(**signed)) as port:
        statuses = await answers_to(port, mutated(seed, 400))
    assert {status for status in statuses if status >= 500} == set()
    assert statuses[400] > 0
    assert not fakes.recorder.events
    assert not fakes.mail_events.events
    assert not fakes.telegram.updates
    assert all(record.exc_info is None for record in caplog.records)
