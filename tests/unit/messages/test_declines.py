import re

import pytest

from messages.language.declines import DECLINES, REFUSED, explain_decline

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
