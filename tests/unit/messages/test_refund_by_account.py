"""What cannot go back the way it was paid waits for the customer: Stripe asks them where it is to go."""

import pytest

from checkout.model.facts import PaymentFacts, RefundFact
from checkout.model.message_content import PaymentRefunded
from checkout.model.outbox import Channel
from messages.renderer import MessageRenderer
from tests.support.message_samples import chat, message
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG, PUBLIC_URL

ASKS = {"en": "Stripe asks you by e-mail", "ru": "Stripe спросит у вас по почте"}
THE_SAME_WAY = {"en": "goes back the way you paid", "ru": "вернутся тем же способом"}


@pytest.mark.parametrize("language", ASKS)
@pytest.mark.parametrize("status", ["requires_action", "pending"])
def test_the_customer_reads_what_is_to_be_done(status: str, language: str) -> None:
    paid = a_paid_payment(facts=PaymentFacts(refunds={"re_1": RefundFact(1900, status)}))
    content = PaymentRefunded(0, 0, "re_1", 1900, "on_its_way")
    mail = MessageRenderer(CATALOG, PUBLIC_URL).mail(message(content, Channel.MAIL), paid, language)
    for text in (mail.text, chat(content, paid, language).text):
        assert (ASKS[language] in text, THE_SAME_WAY[language] in text) == (
            status == "requires_action",
            status == "pending",
        )
