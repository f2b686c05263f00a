"""Russian to whoever reads it, English to everybody else: one rule for the chat, the mails and the page."""

import pytest

from checkout.language import spoken
from web.language import preferred_language


@pytest.mark.parametrize("tag", ["ru", "RU", "ru-RU", "ru_BY", " ru-Latn "])
def test_any_russian_is_russian(tag: str) -> None:
    assert spoken(tag) == "ru"
    assert preferred_language(f"de, {tag.replace('_', '-')};q=0.5") == "ru"


@pytest.mark.parametrize("tag", [None, "", "en", "uk", "rue", "rum", "r", "-ru", "русский"])
def test_everything_else_is_english(tag: str | None) -> None:
    assert spoken(tag) == "en"
    assert preferred_language(tag or "") == "en"
