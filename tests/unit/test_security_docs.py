"""What docs/security.md and docs/pci.md name is there, and what is there is named."""

import re

from tests.support.source_tree import ROOT
from web.static_files import PARTS, SCRIPT

SECURITY, PCI = ((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("security.md", "pci.md"))


def test_every_test_that_holds_a_point_is_there() -> None:
    named = re.findall(r"`((?:unit|integration|e2e)/[\w/.]*)`", SECURITY)
    assert len(named) > 20
    assert [one for one in named if not (ROOT / "tests" / one).exists()] == []


def test_all_chapters_of_the_standard_are_in_the_table() -> None:
    assert re.findall(r"^\| V(\d+) ", SECURITY, re.MULTILINE) == [str(number) for number in range(1, 18)]


def test_the_inventory_of_scripts_is_what_the_page_loads() -> None:
    rows = re.findall(r"^\| `([\w-]+\.js)` \|", PCI, re.MULTILINE)
    assert rows == [SCRIPT]
    parts = re.findall(r"`(pay[\w-]*\.js)`", PCI.partition("is put together from")[2].partition(".\n")[0])
    assert parts == list(PARTS)


def test_the_checks_that_notice_a_change_exist() -> None:
    from app.doctor.remedies import REMEDIES

    named = set(re.findall(r"`(public_url\.\w+)`", PCI))
    assert named == {"public_url.headers", "public_url.scripts"}
    assert named <= REMEDIES.keys()
