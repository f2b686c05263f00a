"""An admin reads why a payment is disputed or warned of in their own language, and Stripe's word for it."""

from collections.abc import Callable

import pytest

from messages.language.dispute_reasons import REASONS, name_dispute_reason
from messages.language.fraud_types import KINDS, name_fraud_type

Naming = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("name", "word"),
    [*((name_dispute_reason, reason) for reason in REASONS), *((name_fraud_type, kind) for kind in KINDS)],
)
def test_every_word_of_stripe_has_words_in_both_languages(name: Naming, word: str) -> None:
    english, russian = (name(word, language) for language in ("en", "ru"))
    assert english.endswith(f"({word.replace('_', ' ')})")
    assert russian.endswith(f"({word.replace('_', ' ')})")
    assert russian != english


@pytest.mark.parametrize("name", [name_dispute_reason, name_fraud_type])
def test_a_new_one_is_told_as_stripe_says_it(name: Naming) -> None:
    assert name("brand_new", "ru") == "brand new"
