"""Whoever asked for a refund hears when Stripe has done it, whatever order its events come in."""

import itertools
from dataclasses import replace

import pytest

from checkout.model.events import ProviderEvent, RefundReport
from checkout.model.facts import PaymentFacts, RefundFact
from checkout.model.message_content import RefundDone
from checkout.model.outbox import NewMessage
from checkout.model.payment import Status
from db.repositories.facts_json import dump_facts, load_facts
from messages.chat.admin_chat import admin_chat
from messages.language.payment_phrases import PaymentPhrases
from providers.fields import Fields
from providers.stripe_events import parse_refund
from tests.support.event_samples import FakeDatabase, intent, refund
from tests.support.payments import a_payment
from tests.support.project import CATALOG

MIRA = 9001


def asked_refund(refund_id: str, amount: int, status: str, asked_by: int = MIRA) -> ProviderEvent:
    event = refund(refund_id, amount, status)
    assert isinstance(event.report, RefundReport)
    return replace(event, report=replace(event.report, request=f"n-{refund_id}", asked_by=asked_by))


def done(shop: FakeDatabase) -> list[NewMessage]:
    """What the database would keep: of several with one dedupe key, the first."""
    told = {message.dedupe_key: message for todo in reversed(shop.plans) for message in todo.messages}
    return [message for message in told.values() if isinstance(message.content, RefundDone)]


def test_who_asked_hears_once_it_is_done_and_not_before() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    shop.take(asked_refund("re_1", 500, "pending"))
    assert done(shop) == []
    shop.take(asked_refund("re_1", 500, "succeeded"))
    (message,) = done(shop)
    assert (message.recipient, message.content) == (str(MIRA), RefundDone(500))
    assert shop.payment.status is Status.PARTIALLY_REFUNDED


@pytest.mark.parametrize("order", list(itertools.permutations(["pending", "succeeded", "failed"])))
def test_every_order_ends_the_same(order: tuple[str, ...]) -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    for status in order:
        shop.take(asked_refund("re_1", 500, status))
    assert shop.payment.facts.refunds == {"re_1": RefundFact(500, "failed", "n-re_1", "pi_1")}
    assert (shop.payment.amount_refunded, shop.payment.facts.on_its_way("pi_1")) == (0, 0)
    was_done_before = order.index("succeeded") < order.index("failed")
    assert len(done(shop)) == (1 if was_done_before else 0)


def test_a_refund_of_stripes_dashboard_or_of_a_stranger_is_told_to_no_admin() -> None:
    shop = FakeDatabase(a_payment())
    shop.take(intent("succeeded"))
    shop.take(refund("re_1", 500, "succeeded"), asked_refund("re_2", 500, "succeeded", asked_by=666))
    assert done(shop) == []
    assert shop.payment.amount_refunded == 1000


def test_the_request_is_known_whichever_event_names_it() -> None:
    named, unnamed = RefundFact(500, "pending", "n1"), RefundFact(500, "succeeded")
    assert named.merge(unnamed) == unnamed.merge(named) == RefundFact(500, "succeeded", "n1")


def test_requests_are_kept_with_the_facts_and_older_rows_are_read() -> None:
    facts = (
        PaymentFacts()
        .with_refund("re_1", RefundFact(500, "pending", "n1"))
        .with_refund("re_2", RefundFact(1, "failed"))
    )
    assert load_facts(dump_facts(facts)) == facts
    assert load_facts('{"refunds": {"re_1": [500, "succeeded"]}}').refunds["re_1"] == RefundFact(500, "succeeded")


@pytest.mark.parametrize("admin", ["9001", "", "nobody", "9" * 40])
def test_stripes_metadata_tells_who_asked(admin: str) -> None:
    metadata = {"request": "n1", "admin_id": admin}
    refunded = {"id": "re_1", "payment_intent": "pi_1", "amount": 5, "status": "pending", "metadata": metadata}
    report = parse_refund(Fields(refunded))
    assert report is not None
    assert (report.request, report.asked_by) == ("n1", MIRA if admin == "9001" else 0)


@pytest.mark.parametrize(("language", "words"), [("en", "Given back: €5.00"), ("ru", "Возвращено: 5,00 €")])
def test_the_message_tells_the_amount(language: str, words: str) -> None:
    phrases = PaymentPhrases.of(CATALOG, "https://pay.example.com", language)
    told = admin_chat(a_payment(), RefundDone(500), phrases)
    assert words in told.text.replace("\xa0", " ")
