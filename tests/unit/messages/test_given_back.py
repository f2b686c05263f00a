"""A refund may fail, or turn out to be another payment's: no goods are kept back from a receipt because of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog
from checkout.model.message_content import PaymentFile, PaymentPaid
from checkout.model.outbox import Channel
from checkout.model.payment import Payment, Status
from messages.renderer import MessageRenderer
from tests.support.message_samples import chat, message
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG, PUBLIC_URL

PAID = [
    a_paid_payment(),
    a_paid_payment(status=Status.PARTIALLY_REFUNDED, amount_refunded=500),
    a_paid_payment(status=Status.DISPUTED),
    a_paid_payment(status=Status.REFUNDED, amount_refunded=1900),
]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    paths = (tmp_path / "guide.pdf", tmp_path / "map.pdf")
    for path in paths:
        path.write_bytes(b"%PDF")
    return replace(CATALOG, products={"guide": replace(CATALOG.products["guide"], files=paths)})


@pytest.mark.parametrize("paid", PAID, ids=lambda one: one.status)
def test_what_was_bought_comes_with_the_receipt_whatever_was_given_back(paid: Payment, catalog: Catalog) -> None:
    sent = MessageRenderer(catalog, PUBLIC_URL).mail(message(PaymentPaid(), Channel.MAIL), paid, "en")
    assert [one.filename for one in sent.attachments[1:]] == ["guide.pdf", "map.pdf"]
    for number, name in enumerate(("guide.pdf", "map.pdf")):
        document = chat(PaymentFile(number), paid, "en", catalog).document
        assert document is not None
        assert document.filename == name
