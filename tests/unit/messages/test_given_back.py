"""Files and text are the customer's until all of the money was given back; the receipt stays theirs."""

from dataclasses import replace
from pathlib import Path

import pytest

from checkout.model.catalog import Catalog, LocalizedText
from checkout.model.mail_status import MailDeath
from checkout.model.message_content import MailUndelivered, PaymentFile, PaymentPaid
from checkout.model.outbox import Channel
from checkout.model.payment import Fulfilment, Payment, Status
from messages.renderer import MessageRenderer
from tests.support.message_samples import LANGUAGES, chat, message, shown
from tests.support.payments import a_paid_payment
from tests.support.project import CATALOG, PUBLIC_URL

SECRET = "https://course.example/join"
KEPT = [
    a_paid_payment(),
    a_paid_payment(status=Status.PARTIALLY_REFUNDED, amount_refunded=500),
    a_paid_payment(status=Status.DISPUTED),
]
GIVEN_BACK = [
    a_paid_payment(status=Status.REFUNDED, amount_refunded=1900, fulfilment=Fulfilment.DELIVERED),
    a_paid_payment(status=Status.REFUNDED, amount_refunded=1900, fulfilment=Fulfilment.TO_DO),
    a_paid_payment(status=Status.REFUNDED, amount_refunded=1900, fulfilment=Fulfilment.DONE),
]
PROMISES = ("file", "cannot be sent", "файл", "не получается", "Attached", "Во вложении")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    paths = (tmp_path / "guide.pdf", tmp_path / "map.pdf")
    for path in paths:
        path.write_bytes(b"%PDF")
    guide = replace(CATALOG.products["guide"], files=paths, text=LocalizedText({"en": SECRET}))
    return replace(CATALOG, products={"guide": guide})


def attached(paid: Payment, again: int | None, language: str, catalog: Catalog) -> tuple[list[str], str]:
    """The names of what hangs on the mail, without the receipt, and both bodies."""
    told = message(PaymentPaid(again), Channel.MAIL)
    sent = MessageRenderer(catalog, PUBLIC_URL).mail(told, paid, language)
    assert sent.attachments[0].filename.endswith("-000001.pdf")
    return [one.filename for one in sent.attachments[1:]], sent.text + sent.html


@LANGUAGES
@pytest.mark.parametrize("again", [None, 1])
@pytest.mark.parametrize("paid", GIVEN_BACK, ids=lambda one: one.fulfilment)
def test_once_all_is_given_back_the_receipt_comes_without_goods(
    paid: Payment, again: int | None, language: str, catalog: Catalog
) -> None:
    files, mail = attached(paid, again, language, catalog)
    first = chat(PaymentFile(0, PaymentPaid(again)), paid, language, catalog)
    assert (files, first.document) == ([], None)
    assert "000001" in mail
    for said in (mail, shown(first)):
        assert SECRET not in said
        assert [word for word in PROMISES if word in said.replace("profile", "")] == []
    assert len(shown(first).splitlines()) == 1


@pytest.mark.parametrize("paid", KEPT, ids=lambda one: one.status)
def test_until_then_they_come_with_it(paid: Payment, catalog: Catalog) -> None:
    files, mail = attached(paid, None, "en", catalog)
    first = chat(PaymentFile(0), paid, "en", catalog)
    assert (files, first.document and first.document.filename) == (["guide.pdf", "map.pdf"], "guide.pdf")
    assert SECRET in mail
    assert SECRET in shown(first)


@pytest.mark.parametrize("paid", GIVEN_BACK, ids=lambda one: one.fulfilment)
def test_nor_is_the_purchase_said_to_be_above_where_its_mail_came_back(paid: Payment) -> None:
    back = MailUndelivered(PaymentPaid(), "a…a@example.com", MailDeath("bounced", "Permanent/General", ""))
    assert "the receipt is above" in shown(chat(back, paid))
