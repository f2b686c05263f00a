"""The Russian catalogues hold every text of the source, and nothing else."""

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from messages.language.i18n import LOCALES
from tests.support.project import ROOT

SOURCES = {"chat": "bot", "page": "web", "mail": "messages", "setup": "app/setup"}
# What is said by sentences, wherever they are made.
COMMANDS, BY_SENTENCES = "commands", re.compile(r"^from checkout\.sentence import .*\b(?:t|N_)\b", re.MULTILINE)
DOMAINS, ROOMS = (*SOURCES, COMMANDS), ("app", "bot", "checkout", "db", "messages")
# The names under which the source calls gettext and ngettext.
ONE_TEXT = {"gettext", "_", "N_", "t", "t_html", "say", "label"}
TWO_FORMS = {"ngettext", "nt", "plural"}
KEYWORDS = {**dict.fromkeys(ONE_TEXT), **dict.fromkeys(TWO_FORMS, (1, 2))}
TEMPLATES = [("**.html", "jinja2"), ("**.txt", "jinja2")]
PERCENT = re.compile(r"%(?:\(\w+\))?[sdif]")


def extracted(domain: str) -> Catalog:
    """Every text of the Python files and of the templates of ``domain``."""
    found = Catalog()
    for path in files_of(domain):
        for text in texts_in(path.read_text(encoding="utf-8")):
            found.add(text)
    templates = str(ROOT / SOURCES.get(domain, domain) / "templates")
    for _, _, message, _, _ in extract_from_dir(templates, TEMPLATES, keywords=KEYWORDS):
        found.add(message)
    return found


def files_of(domain: str) -> list[Path]:
    """Those of Python."""
    if domain == COMMANDS:
        return [path for room in ROOMS for path in _python(room) if _speaks_by_sentences(path)]
    return [path for path in _python(SOURCES[domain]) if not _speaks_by_sentences(path)]


def _python(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def _speaks_by_sentences(path: Path) -> bool:
    return BY_SENTENCES.search(path.read_text(encoding="utf-8")) is not None


def texts_in(source: str) -> Iterator[str | tuple[str, ...]]:
    """Read from the syntax tree: Babel's own reader of Python does not look into f-strings."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if name in ONE_TEXT and literals:
            yield literals[0]
        elif name in TWO_FORMS and len(literals) >= 2:
            yield tuple(literals[:2])


def russian(domain: str) -> Catalog:
    path = LOCALES / "ru" / f"{domain}.po"
    if not path.exists():
        return Catalog(locale="ru")
    with path.open("rb") as source:
        return read_po(source, locale="ru", abort_invalid=True)


def messages_of(catalog: Catalog) -> dict[str, Message]:
    return {first(message.id): message for message in catalog if message.id}


def first(text: str | list[str] | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def placeholders(text: str) -> Counter[str]:
    braces = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    return Counter(braces + PERCENT.findall(text))


def problems(source: Catalog, translated: Catalog) -> Iterator[str]:
    """Everything wrong with ``translated``, one line each."""
    wanted, have = messages_of(source), messages_of(translated)
    for message_id, message in wanted.items():
        if message_id not in have:
            yield f"not translated: {message_id}"
        elif have[message_id].pluralizable != message.pluralizable:
            yield f"plural in one of them only: {message_id}"
    for message_id, message in have.items():
        if message_id not in wanted:
            yield f"no longer in the source: {message_id}"
        if message.fuzzy:
            yield f"fuzzy: {message_id}"
        yield from _wrong_forms(message, translated.num_plurals)
    yield from (f"left over: {message_id}" for message_id in translated.obsolete)


def _wrong_forms(message: Message, num_plurals: int) -> Iterator[str]:
    translations = forms(message.string)
    if len(translations) != (num_plurals if message.pluralizable else 1) or not all(translations):
        yield f"a form is missing: {first(message.id)}"
    allowed = [placeholders(form) for form in forms(message.id)]
    for translation in translations:
        if translation and placeholders(translation) not in allowed:
            yield f"other placeholders: {first(message.id)}"


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_of_the_source_has_its_russian(domain: str) -> None:
    source = extracted(domain)

    assert list(problems(source, russian(domain))) == []


def test_mails_and_templates_are_both_searched_for_texts() -> None:
    found = messages_of(extracted("mail"))

    assert {"Your code", "Questions? Write to us:", "The receipt and your file are attached."} <= found.keys()


def test_texts_inside_f_strings_are_found_too() -> None:
    assert list(texts_in("""f"<b>{phrases.t_html('Paid twice')}</b>" """)) == ["Paid twice"]


def test_the_check_itself_finds_every_kind_of_mistake() -> None:
    source, translated = Catalog(), Catalog(locale="ru")
    for text in ("Missing", "Pay {amount}", "Unsure", ("{n} day", "{n} days")):
        source.add(text)
    translated.add("Pay {amount}", "Оплатить {sum}")
    translated.add("Unsure", "Неясно", flags=["fuzzy"])
    translated.add("Gone", "Нет")
    translated.add(("{n} day", "{n} days"), ("{n} день", "", "{n} дней"))
    translated.obsolete["Old"] = Message("Old")

    assert sorted(problems(source, translated)) == [
        "a form is missing: {n} day",
        "fuzzy: Unsure",
        "left over: Old",
        "no longer in the source: Gone",
        "not translated: Missing",
        "other placeholders: Pay {amount}",
    ]
