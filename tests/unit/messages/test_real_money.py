"""Nobody reads that no money has moved where it has, nor looks for it in the wrong mode of Stripe's dashboard."""

import io

import pytest
from pypdf import PdfReader

from checkout.model.facts import Decision, Mismatch, PaymentFacts, Received
from checkout.model.message_content import FirstPayment, InvoicePaid, PaymentPaid, Review, Sold, ToDo
from checkout.model.outbox import Channel
from checkout.model.payment import Payment
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.message_samples import buttons, chat, message, shown
from tests.support.payments import a_paid_payment, a_payment
from tests.support.project import CATALOG, PUBLIC_URL

TEST_NOTE, TEST_MODE = "This was a test payment: no money has moved.", "Test mode: no real money"


def paid(*, agreed_live: bool, came_live: bool) -> Payment:
    """Let through by an admin where it came in the other mode."""
    if agreed_live == came_live:
        return a_paid_payment(livemode=agreed_live)
    odd = Received(1900, "eur", came_live, NOON)
    facts = PaymentFacts(mismatches={"pi_1: live mode": Mismatch("pi_1", code="live_mode")}, received={"pi_1": odd})
    facts = facts.with_decision(Decision("deliver", 9001, NOON))
    return a_payment(livemode=agreed_live).with_facts(facts, NOON, 1)


@pytest.mark.parametrize("came_live", [True, False])
@pytest.mark.parametrize("agreed_live", [True, False])
def test_what_came_in_tells_whether_money_has_moved(agreed_live: bool, came_live: bool) -> None:
    payment = paid(agreed_live=agreed_live, came_live=came_live)
    mail = MessageRenderer(CATALOG, PUBLIC_URL).mail(message(PaymentPaid(), Channel.MAIL), payment, "en")
    (pdf, *_) = [one.content for one in mail.attachments if one.filename.startswith("receipt")]
    page = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert (TEST_NOTE in mail.text, TEST_NOTE in page) == (not came_live, not came_live)
    for alert in (Sold(), FirstPayment(), InvoicePaid(), ToDo()):
        assert (TEST_MODE in shown(chat(alert, payment))) == (not came_live), alert
    links = [one.url for one in buttons(chat(Review("pi_1: live mode"), payment)) if "stripe.com" in one.url]
    assert links == [f"https://dashboard.stripe.com{'' if came_live else '/test'}/payments/pi_1"]
