"""All that the shop says, in one list to be read aloud: by catalogue and by file of use, English and then Russian.

``WRITE_SENTENCES=1 python -m pytest tests/unit/messages/test_sentences.py`` writes it anew; then it is read.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

from tests.support.project import ROOT
from tests.unit.messages.test_locales import (
    DOMAINS,
    KEYWORDS,
    SOURCES,
    files_of,
    first,
    forms,
    messages_of,
    russian,
    texts_in,
)

LIST = Path(__file__).parent / "sentences.txt"
WRITE_ANEW = "WRITE_SENTENCES"


def sentences() -> str:
    return "\n".join(line for domain in DOMAINS for line in _of_domain(domain))


def _of_domain(domain: str) -> Iterator[str]:
    """Each text once, where it is said first."""
    told, said = messages_of(russian(domain)), set[str]()
    yield f"==== {domain}"
    for path in sorted([*files_of(domain), *_templates_of(domain)]):
        new = [text for text in dict.fromkeys(_texts_of(path)) if text in told and text not in said]
        said.update(new)
        if new:
            yield f"\n-- {path.relative_to(ROOT)}"
        for text in new:
            yield f"EN {_line(forms(told[text].id))}"
            yield f"RU {_line(forms(told[text].string))}"
    yield ""


def _templates_of(domain: str) -> list[Path]:
    found = (ROOT / SOURCES[domain]).rglob("*") if domain in SOURCES else ()
    return [path for path in found if path.suffix in {".html", ".txt"}]


def _texts_of(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        yield from (first(text) for text in texts_in(path.read_text(encoding="utf-8")))
    else:
        yield from (first(text) for _, text, _, _ in extract_from_file("jinja2", path, keywords=KEYWORDS))


def _line(spoken: tuple[str, ...]) -> str:
    return " | ".join(spoken).replace("\n", "⏎").replace("\u00a0", "⍽").replace("\u202f", "⍽")


def test_the_list_to_be_read_aloud_is_what_is_said() -> None:
    if os.environ.get(WRITE_ANEW):
        LIST.write_text(sentences(), encoding="utf-8")
    assert LIST.read_text(encoding="utf-8") == sentences()


def test_every_sentence_of_the_catalogues_is_in_it() -> None:
    told = LIST.read_text(encoding="utf-8").splitlines()
    for domain in DOMAINS:
        for message in messages_of(russian(domain)).values():
            assert f"RU {_line(forms(message.string))}" in told
