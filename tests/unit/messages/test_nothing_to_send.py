"""A purchase that does not come with its message: the customer is thanked, and not told that it is there."""

from dataclasses import replace

import pytest

from checkout.model.catalog import LocalizedText
from checkout.model.message_content import PaymentFile, PaymentPaid
from checkout.model.payment import Fulfilment, Payment, Status
from tests.support.message_samples import chat, shown
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("again", [None, 1])
@pytest.mark.parametrize(
    "paid",
    [
        a_paid_payment(sku="inv_1", title="Guided tour", fulfilment=Fulfilment.TO_DO),
        a_paid_payment(sku="inv_1", title="Guided tour", fulfilment=Fulfilment.DONE),
        a_paid_payment(sku="tour", title="Guided tour", fulfilment=Fulfilment.DONE),
        a_paid_payment(sku="tour", title="Guided tour", fulfilment=Fulfilment.TO_DO, status=Status.REFUNDED),
    ],
    ids=["an invoice", "an invoice that was seen to", "a service that was seen to", "a service that was given back"],
)
def test_what_does_not_come_with_the_message_is_not_said_to_be_there(
    paid: Payment, again: int | None, language: str
) -> None:
    tour = replace(CATALOG.products["guide"], sku="tour", files=(), text=LocalizedText({"en": ""}))
    catalog = replace(CATALOG, products={**CATALOG.products, "tour": tour})
    sent = chat(PaymentFile(0, PaymentPaid(again)), paid, language, catalog=catalog)
    words = {
        "en": "✅ Thank you! “Guided tour” is paid. The receipt is above and in your mail.",
        "ru": "✅ Спасибо за покупку! «Guided tour» — оплачено. Квитанция — выше и в почте.",
    }
    assert shown(sent) == words[language]
