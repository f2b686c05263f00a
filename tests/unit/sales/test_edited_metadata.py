"""Metadata at Stripe is for whoever has its dashboard open to write: the shop's own PaymentIntents stay its own."""

import pytest

from checkout.model.events import ChargeReport, Metadata
from checkout.model.payment import Status
from tests.support.event_samples import FakeDatabase, event, intent
from tests.support.payments import a_payment

EDITED = {
    "another payment's": Metadata("night-market", "pay_2"),
    "nobody's": Metadata("night-market", "pay_9"),
    "no id": Metadata("night-market"),
    "none at all": Metadata(),
}


@pytest.mark.parametrize("metadata", EDITED.values(), ids=EDITED)
def test_what_somebody_has_written_there_makes_no_payment_anothers(metadata: Metadata) -> None:
    shop = FakeDatabase(a_payment(), a_payment(payment_id="pay_2", payment_intent_id="pi_2"))
    shop.take(intent("succeeded", metadata=metadata))
    shop.take(event("charge.refunded", ChargeReport("pi_1", "ch_ok", 500, metadata)))
    found = {key: (one.status, one.amount_refunded) for key, one in shop.payments.items()}
    assert found == {"pay_1": (Status.PARTIALLY_REFUNDED, 500), "pay_2": (Status.PENDING, 0)}
