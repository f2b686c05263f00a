"""Every word of the desk has its Russian, and every Russian one is used."""

import re

from sandbox.desk.stories import STORIES
from tests.support.project import ROOT

STATIC = ROOT / "sandbox" / "desk" / "static"
# the service's words for a state, which the scripts put together
COMPOSED = (
    "bounced", "complained", "suppressed", "delivery delayed", "failed", "succeeded", "processing", "canceled",
    "requires payment method", "requires action", "requires confirmation",
    "A scenario is being played. Wait until it has ended.", "The application does not run. Start it first.",
    "Put the switches back to normal first: the scenario brings its own trouble.",
    "dispute won", "dispute lost", "dispute warning closed",
)  # fmt: skip


def _known() -> set[str]:
    table = (STATIC / "words.js").read_text().split("const RUSSIAN = {")[1].split("\n};")[0]
    return set(re.findall(r'"((?:[^"\\]|\\.)+)":', table))


def _written() -> str:
    files = [path for path in STATIC.iterdir() if path.suffix in (".js", ".html") and path.name != "words.js"]
    return "\n".join(path.read_text() for path in files)


def test_what_the_scripts_say_is_translated() -> None:
    said = set(re.findall(r'\bt\("([^"]+)"\)', _written()))
    assert said - _known() == set()
    assert len(said) > 20


def test_what_the_page_says_is_translated() -> None:
    page = (STATIC / "desk.html").read_text().partition("<body")[2]
    texts = {text.strip() for text in re.findall(r">([^<>]+)<", page)}
    labels = set(re.findall(r'(?:aria-label|placeholder)="([^"]+)"', page))
    assert {text for text in texts | labels if re.search("[A-Za-z]", text)} - _known() == set()


def test_every_step_of_a_scenario_has_its_words_in_both_languages() -> None:
    tables = (STATIC / "stories.js").read_text().partition("let shown")[0]
    sentences = dict(re.findall(r'(\w+): "([^"]+)"', tables))
    told = set(re.findall(r'_tell\("(\w+)"\)', (STATIC.parent / "stories.py").read_text()))
    assert (told | set(STORIES) | {"paid", "refunded", "stuck"}) - set(sentences) == set()
    assert set(sentences.values()) - _known() == set()


def test_the_tour_speaks_both_languages() -> None:
    tour = (STATIC / "tour.js").read_text().partition("let reached")[0]
    sentences = set(re.findall(r'"([^"]+\.)"', tour))
    assert len(sentences) == 5
    assert sentences - _known() == set()


def test_no_translation_is_left_over() -> None:
    written = _written()
    assert [word for word in _known() if word not in written and word not in COMPOSED] == []
