"""The page says that nothing was charged only where Stripe cannot know better than the database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from checkout.errors import LinkExpired, NotOnSale, ServiceRefused, ServiceUnavailable
from checkout.model.facts import PaymentFacts
from checkout.model.intent_facts import IntentFacts
from checkout.model.payment import Payment, Status
from checkout.purchase.open_pay_page import PageView
from tests.support.clock import NOON
from tests.support.payments import a_payment
from tests.support.web_fakes import TOKEN, Fakes

Client = TestClient[Any, Any]
PAY = f"/pay/{TOKEN}"
NOTHING, PERHAPS = "Nothing was charged", "If you have just paid, wait"


def opened(**changes: Any) -> Payment:
    """Its form was shown to somebody."""
    return a_payment(**changes)


def closed(**changes: Any) -> Payment:
    return opened(facts=PaymentFacts(expired=True), **changes)


@pytest.mark.parametrize(
    ("payment", "told"),
    [
        (opened(payment_intent_id=None), NOTHING),
        (opened(), PERHAPS),
        (opened(status=Status.FAILED), PERHAPS),
        (closed(close_intent_at=NOON), PERHAPS),
        (closed(close_intent_at=NOON + timedelta(minutes=30)), PERHAPS),
        (closed(), NOTHING),
        (opened(facts=PaymentFacts(intents={"pi_1": IntentFacts(canceled=True)})), NOTHING),
        (opened(facts=PaymentFacts(intents={"pi_0": IntentFacts(canceled=True)})), PERHAPS),
    ],
    ids=["never opened", "open", "declined", "to close", "in grace", "closed", "canceled", "another canceled"],
)
@pytest.mark.parametrize("ended", ["its time", "sold out"])
async def test_what_is_over_tells_who_may_have_paid_to_wait(
    client: Client, fakes: Fakes, payment: Payment, told: str, ended: str
) -> None:
    status = Status.EXPIRED if ended == "its time" else payment.status
    fakes.pages.views[TOKEN] = PageView(replace(payment, status=status), status, "en", is_on_sale=ended == "its time")
    page = (await (await client.get(PAY)).text()).partition('id="state"')[2].partition('id="pay"')[0]
    assert (NOTHING in page, PERHAPS in page) == (told == NOTHING, told == PERHAPS)
    assert ("This payment link has expired" in page, "cannot be bought now" in page) == (
        ended == "its time",
        ended == "sold out",
    )


async def test_an_open_page_learns_that_the_link_was_closed_unpaid(client: Client, fakes: Fakes) -> None:
    revisions = set()
    for payment in (closed(close_intent_at=NOON), closed()):
        fakes.pages.put(replace(payment, status=Status.EXPIRED))
        revisions.add((await (await client.get(f"{PAY}/status")).json())["revision"])
    assert len(revisions) == 2


@pytest.mark.parametrize(
    "error", [ServiceUnavailable("down"), ServiceRefused("wrong key"), NotOnSale("sold out"), LinkExpired("late")]
)
@pytest.mark.parametrize(("language", "untrue"), [("en", "charged"), ("ru", "списан")])
async def test_a_refusal_to_open_the_form_says_nothing_of_what_was_charged_before(
    client: Client, fakes: Fakes, error: Exception, language: str, untrue: str
) -> None:
    """Who has paid loads the page again while Stripe is in trouble: its webhooks are late for the same reason."""
    fakes.pages.put(opened(), language)
    fakes.pages.error = error
    answer = await (await client.post(f"{PAY}/intent")).json()
    assert answer["error"]["message"]
    assert untrue not in answer["error"]["message"]
