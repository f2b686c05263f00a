"""An admin reads why a payment is disputed or warned of in their own language, and Stripe's word for it."""

import pytest

from messages.language.bank_reasons import DISPUTES, FRAUD, name_bank_reason


@pytest.mark.parametrize("reason", [*DISPUTES, *FRAUD])
def test_every_word_of_stripe_has_words_in_both_languages(reason: str) -> None:
    english, russian = (name_bank_reason(reason, language) for language in ("en", "ru"))
    assert english.endswith(f"({reason.replace('_', ' ')})")
    assert russian.endswith(f"({reason.replace('_', ' ')})")
    assert russian != english


def test_no_word_means_two_things() -> None:
    assert not DISPUTES.keys() & FRAUD.keys()


def test_a_new_one_is_told_as_stripe_says_it() -> None:
    assert name_bank_reason("brand_new", "ru") == "brand new"
