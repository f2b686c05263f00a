import re
from dataclasses import replace
from typing import Any

import pytest

from checkout.model.message_content import PaymentFailed
from checkout.model.outbox import Channel
from checkout.model.payment import Status
from messages.language.declines import DECLINES, REFUSED, explain_decline
from messages.renderer import MessageRenderer
from tests.support.clock import NOON
from tests.support.message_samples import buttons, chat, message, shown
from tests.support.payments import a_payment
from tests.support.project import CATALOG, PUBLIC_URL

QUIET_CODES = [
    "generic_decline",
    "do_not_honor",
    "fraudulent",
    "merchant_blacklist",
    "no_action_taken",
    "card_declined",
]


@pytest.mark.parametrize("code", [*QUIET_CODES, "", "a_code_of_tomorrow"])
def test_a_code_that_must_not_or_cannot_say_more_is_a_plain_refusal(code: str) -> None:
    assert explain_decline(code, "en") == REFUSED
    assert explain_decline(code, "ru").startswith("Банк отклонил платёж")


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "pickup_card", "restricted_card"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_lost_or_stolen_card_is_never_called_so(code: str, language: str) -> None:
    told = explain_decline(code, language)

    assert not re.search("lost|stolen|fraud|steal|украд|потер|утер|мошен", told, re.IGNORECASE)
    assert re.search("call your bank|Позвоните в банк", told)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("insufficient_funds", "не хватает денег"),
        ("expired_card", "истёк"),
        ("incorrect_cvc", "CVC"),
        ("invalid_number", "Номер карты"),
        ("authentication_required", "подтвердить"),
        ("payment_intent_authentication_failure", "не подтверждён"),
        ("withdrawal_count_limit_exceeded", "лимит"),
        ("try_again_later", "через несколько минут"),
        ("processing_error", "сбой"),
        ("currency_not_supported", "валюте"),
    ],
)
def test_common_declines_are_told_in_words(code: str, words: str) -> None:
    assert words in explain_decline(code, "ru")
    assert explain_decline(code, "en") != REFUSED


@pytest.mark.parametrize("code", sorted(DECLINES))
def test_every_decline_has_its_russian_and_shows_no_code(code: str) -> None:
    english, russian = explain_decline(code, "en"), explain_decline(code, "ru")

    assert re.search("[а-я]", russian)
    assert "_" not in english + russian
    assert english.endswith(".")
    assert russian.endswith(".")


@pytest.mark.parametrize(
    ("changes", "offered"), [({}, True), ({"expires_at": NOON}, False), ({"status": Status.PAID}, False)]
)
def test_a_failure_names_the_button_while_the_link_lives(changes: dict[str, Any], offered: bool) -> None:
    sent = chat(PaymentFailed("expired_card"), a_payment(**{"status": Status.FAILED, **changes}))

    assert "The card has expired." in shown(sent)
    assert ("The pay button is in /orders." in shown(sent)) == offered
    assert buttons(sent) == []


def test_where_nothing_can_be_bought_any_more_a_failure_names_no_button() -> None:
    sold_out = replace(CATALOG, products={"guide": replace(CATALOG.products["guide"], available=False)})
    failed = a_payment(status=Status.FAILED)

    assert "/orders" not in shown(chat(PaymentFailed("expired_card"), failed, catalog=sold_out))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_what_was_called_off_is_paid_not_tried_again(language: str) -> None:
    """It was said twice in one message, by two verbs, and of a bank that had refused nothing."""
    payment = a_payment(status=Status.CANCELED, language=language)
    told, asked = (
        chat(PaymentFailed("canceled"), payment, language),
        MessageRenderer(CATALOG, PUBLIC_URL).pay_message(payment, language, NOON),
    )

    for text in (shown(told), shown(asked)):
        assert len(re.findall("canceled|отменён", text)) == 1
        assert not re.findall("did not go through|try again|anew|не прошла|ещё раз|заново", text, re.IGNORECASE)
    assert buttons(asked)[0].text.replace("\u00a0", " ") == {"en": "Pay €19.00", "ru": "Оплатить 19,00 €"}[language]


def test_so_does_its_mail() -> None:
    called_off, payment = message(PaymentFailed("canceled"), Channel.MAIL), a_payment(status=Status.CANCELED)
    sent = MessageRenderer(CATALOG, PUBLIC_URL).mail(called_off, payment, "ru")

    assert sent.subject == "Платёж отменён: Путеводитель по городу"
    for text in (sent.text, sent.html):
        assert "Оплатить 19,00" in text
        assert not re.findall("ещё раз|заново|не прошла", text)
