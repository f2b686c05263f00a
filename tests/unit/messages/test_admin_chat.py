"""What admins are told: of one payment, and of the shop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from checkout.model.facts import Decision, Mismatch, PaymentFacts, Received
from checkout.model.intent_facts import DisputeFact, IntentFacts
from checkout.model.message_content import (
    Content,
    Dispute,
    FraudWarning,
    InvoicePaid,
    PaidTwice,
    RefundFailed,
    Review,
    StoredContent,
    ToDo,
    Unknown,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.payment import Fulfilment, Status
from checkout.model.shop_notice import NoWebhooks, ServiceBack, ServiceDown, Summary, WebhooksBack
from checkout.model.summary_schedule import CurrencyTotals
from tests.support.clock import NOON
from tests.support.message_samples import (
    ABOUT_A_PAYMENT,
    CONTENTS,
    LANGUAGES,
    NOTICES,
    assert_telegram_takes,
    buttons,
    chat,
    notice,
    shown,
)
from tests.support.payments import a_paid_payment, a_payment


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (Review("pi_1: amount 1"), ["pi_1: amount 1", "Nothing was delivered"]),
        (PaidTwice(("pi_1", "pi_2")), ["pi_1\npi_2", "Refund one"]),
        (CONTENTS[Kind.ADMIN_DISPUTE], ["€19.00", "product not received", "1 December 2026, 11:00 (Tallinn time)"]),
        (Dispute(500), ["€5.00", "Answer in Stripe with evidence, or"]),
        (Dispute(500, status="warning_needs_response"), ["bank asks", "€5.00", "No money was taken", "full refund"]),
        (Dispute(500, "", NOON, status="warning_under_review"), ["bank asks", "Answer in Stripe by 22 November 2026"]),
        (FraudWarning("made_with_stolen_card"), ["paid with a stolen card (made with stolen card)", "refund"]),
        (
            Unreachable(Kind.PAYMENT_PAID, "blocked"),
            ["What is missing: the receipt and what was bought\nWhy: blocked", "/resend"],
        ),
        (RefundFailed(500), ["€5.00", "another way"]),
    ],
)
def test_an_admin_is_told_what_happened_to_which_payment_and_what_to_do(content: Content, parts: list[str]) -> None:
    of = (
        a_payment(livemode=True, status=Status.REVIEW) if isinstance(content, Review) else a_paid_payment(livemode=True)
    )
    sent = chat(content, of)

    for part in [*parts, "pay_1", "City guide", "anna@example.com"]:
        assert part in shown(sent)
    assert "<code>pay_1</code>" in sent.text
    assert "https://dashboard.stripe.com/payments/pi_1" in [one.url for one in buttons(sent)]


def test_a_mismatch_of_a_payment_that_was_paid_does_not_say_that_nothing_was_delivered() -> None:
    assert "was paid and delivered" in shown(chat(Review("pi_1: amount 1"), a_paid_payment()))


@LANGUAGES
@pytest.mark.parametrize(
    ("action", "received", "said", "choices"),
    [
        ("refund", 1, {"en": "the money goes back", "ru": "деньги возвращаются"}, 0),
        ("deliver", 1, {"en": "what was bought goes", "ru": "получает то, что купил"}, 0),
        ("refund", 2, {"en": "€0.02 + €0.01", "ru": "0,02 € + 0,01 €"}, 1),
    ],
)
def test_an_alert_that_leaves_after_the_decision_asks_for_none(
    language: str, action: str, received: int, said: dict[str, str], choices: int
) -> None:
    """Money that comes after it is news all the same."""
    money = {f"pi_{number}": Received(number + 1, "eur", True, NOON) for number in range(received)}
    mismatches = {f"{key}: amount 1": Mismatch(key, 1) for key in money}
    facts = PaymentFacts(mismatches=mismatches, received=money, decision=Decision(action, 1, NOON))
    told = chat(Review(min(mismatches)), a_payment().with_facts(facts, NOON), language)
    assert said[language] in shown(told)
    assert sum(one.callback_data.startswith("review:") for one in buttons(told)) == choices


@pytest.mark.parametrize(("number", "is_first"), [(1, True), (2, False)])
def test_an_invoice_that_is_the_shops_first_sale_says_so(number: int, is_first: bool) -> None:
    told = shown(chat(InvoicePaid(), replace(a_paid_payment(), receipt_number=number)))
    assert (told.startswith("🎉 The first payment has arrived\n✅ Your invoice is paid"), "🎉" in told) == (
        is_first,
        is_first,
    )


def test_an_admin_of_a_test_shop_is_led_to_stripes_test_mode() -> None:
    odd = PaymentFacts(mismatches={"pi_2: amount 1": Mismatch("pi_2", 1)})
    sent = chat(Review("pi_2: amount 1"), replace(a_paid_payment(livemode=False), facts=odd))

    assert buttons(sent)[-1].url == "https://dashboard.stripe.com/test/payments/pi_2", "what does not match"
    paid = dict.fromkeys(("pi_1", "pi_2"), IntentFacts(succeeded_at=NOON))
    twice = chat(PaidTwice(tuple(paid)), a_payment().with_facts(PaymentFacts(intents=paid), NOON))
    assert [one.url.rpartition("/")[2] for one in buttons(twice)[1:]] == ["pi_1", "pi_2"]
    (opens,) = buttons(chat(Review("pi_1: amount 1"), a_payment(payment_intent_id=None)))
    assert opens.callback_data == "desk:open:pay_1"


@LANGUAGES
@pytest.mark.parametrize("content", [*NOTICES, Summary(NOON)])
def test_every_notice_about_the_shop_renders(content: Content, language: str) -> None:
    sent = notice(content, language)

    assert_telegram_takes(sent)
    assert "{" not in sent.text


def test_a_day_on_which_a_refund_has_failed_says_so_in_its_sums() -> None:
    said = shown(notice(Summary(NOON, (CurrencyTotals("eur", 1, 1900, -500),))))

    assert "Paid: 1 — €19.00\nRefunded: -€5.00" in said


def test_a_silence_of_webhooks_says_since_when_and_what_to_do() -> None:
    never = shown(notice(NoWebhooks()))
    since = shown(notice(NoWebhooks(NOON - timedelta(days=2))))
    assert "none of its webhooks has ever come" in never
    assert "20 November 2026, 14:00" in since
    assert "checkout-bot setup" in since
    assert "You will hear when they come again" in since
    back = shown(notice(WebhooksBack(NOON - timedelta(days=2)), "ru"))
    assert back.startswith("✅ Вебхуки от Stripe снова приходят\nИх не было с 20 ноября 2026, 14:00 (по Таллину).")


def test_an_outage_says_what_it_means_and_where_to_look() -> None:
    since = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    down = shown(notice(ServiceDown("Stripe", since)))
    assert "Stripe does not answer" in down
    assert "20 November 2026, 12:00" in down
    assert "Nobody can pay meanwhile" in down
    assert "status.stripe.com" in down
    back = shown(notice(ServiceBack("Telegram", since, since + timedelta(minutes=40)), "ru"))
    assert "Telegram не отвечал: с 20 ноября 2026, 12:00" in back
    assert "12:40" in back


@pytest.mark.parametrize("content", [*NOTICES, Unknown("news_of_tomorrow")])
def test_what_is_about_no_payment_or_unknown_is_not_told_of_one(content: StoredContent) -> None:
    with pytest.raises(ValueError, match="not told of a payment"):
        chat(content, a_paid_payment())


@pytest.mark.parametrize("content", [*ABOUT_A_PAYMENT, Unknown("admin_news_of_tomorrow")])
def test_what_is_about_a_payment_or_unknown_is_no_notice_about_the_shop(content: StoredContent) -> None:
    with pytest.raises(ValueError, match="not about the shop"):
        notice(content)


@pytest.mark.parametrize(
    ("whose", "is_told"),
    [
        ({"telegram_user_id": 0, "email": ""}, False),
        ({"telegram_user_id": 0}, True),
        ({"email": ""}, True),
    ],
    ids=["nobody", "by mail", "in the chat"],
)
@pytest.mark.parametrize(
    ("sku", "why"),
    [("", "What it is for is not known"), ("gone", "gone is not in the catalogue any more.")],
    ids=["made by hand", "left the catalogue"],
)
def test_what_cannot_be_sent_names_no_customer_and_no_product_that_are_not_known(
    sku: str, why: str, whose: dict[str, Any], is_told: bool
) -> None:
    said = shown(chat(ToDo(), a_paid_payment(sku=sku, fulfilment=Fulfilment.TO_DO, **whose)))
    assert why in said
    assert " is not in the catalogue" not in said or sku
    assert ("The customer reads" in said) == is_told
    assert "/todo shows all that waits." in said


@pytest.mark.parametrize(
    ("status", "dispute", "said", "offers"),
    [
        (Status.PAID, "won", "A full refund now", True),
        (Status.PARTIALLY_REFUNDED, "", "A full refund now", True),
        (Status.DISPUTED, "warning_needs_response", "A full refund now", True),
        (Status.DISPUTED, "needs_response", "disputed already", False),
        (Status.DISPUTED, "lost", "disputed already", False),
        (Status.REFUNDED, "", "given back already", False),
    ],
)
def test_a_warning_of_fraud_offers_a_refund_only_where_it_helps(
    status: Status, dispute: str, said: str, offers: bool
) -> None:
    disputes = {"dp_1": DisputeFact(dispute, 1900)} if dispute else {}
    sent = chat(FraudWarning("misc"), a_paid_payment(status=status, facts=PaymentFacts(disputes=disputes)))
    data = [one.callback_data for row in sent.buttons for one in row]
    assert (said in sent.text, any("refund" in str(one) for one in data)) == (True, offers)
