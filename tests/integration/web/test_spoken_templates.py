"""The words of a page that hang on its language alone are looked up once for each language, not for each page."""

import pytest
from jinja2 import Environment

from messages.language.i18n import texts
from web.pages import SENTENCE, TEMPLATES, SpokenTemplates

NAMES = sorted(path.name for path in TEMPLATES.iterdir())


def source_of(name: str, loader: SpokenTemplates) -> str:
    return loader.get_source(Environment(autoescape=True), name)[0]


def test_a_templates_sentences_are_written_into_it() -> None:
    source = source_of("pay.html", SpokenTemplates(lambda sentence: f"<{sentence}>"))
    assert "&lt;Try again&gt;</button>" in source
    assert 'aria-label="&lt;How you pay&gt;"' in source
    assert "_(" not in source
    assert "{{ page.title }}" in source


def test_what_hangs_on_more_than_the_language_is_left_to_each_page() -> None:
    source = source_of("problem.html", SpokenTemplates(str.upper))
    assert '{{ _("Something is not right") if problem.code != "not_found" else _("Not found") }}' in source


@pytest.mark.parametrize("name", NAMES)
def test_no_translation_says_anything_to_the_template(name: str) -> None:
    sentences = SENTENCE.findall((TEMPLATES / name).read_text(encoding="utf-8"))
    said = " ".join(texts("page", language).gettext(one) for one in sentences for language in ("en", "ru"))
    assert not [sign for sign in ("{{", "{%", "{#") if sign in said]
