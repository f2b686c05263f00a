"""Whatever a document leads to within the project is there."""

import re
from pathlib import Path

import pytest

from tests.support.source_tree import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        led_to = (document.parent / path).resolve() if path else document
        assert led_to.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in headings(led_to), f"{document.name}: {target}"


def headings(document: Path) -> set[str]:
    """As GitHub makes anchors of them."""
    lines = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_both_languages_have_the_same_commands_and_pages() -> None:
    for english, russian in (("README.md", "README.ru.md"), ("docs/first-shop.md", "docs/first-shop.ru.md")):
        ours, theirs = ((ROOT / name).read_text(encoding="utf-8") for name in (english, russian))
        assert _commands(ours) == _commands(theirs)
        assert Path(russian).name in ours
        assert Path(english).name in theirs


def _commands(text: str) -> list[str]:
    """Without what is said beside them."""
    blocks = "".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    return [line.partition(" #")[0].rstrip() for line in blocks.splitlines()]
