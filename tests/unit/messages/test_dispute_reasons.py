"""An admin reads why a payment is disputed in their own language, and Stripe's word for it."""

import pytest

from messages.language.dispute_reasons import REASONS, name_dispute_reason


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_stripe_has_words_in_both_languages(reason: str) -> None:
    english, russian = (name_dispute_reason(reason, language) for language in ("en", "ru"))
    assert english.endswith(f"({reason.replace('_', ' ')})")
    assert russian.endswith(f"({reason.replace('_', ' ')})")
    assert russian != english


def test_a_new_one_is_told_as_stripe_says_it() -> None:
    assert name_dispute_reason("brand_new", "ru") == "brand new"
