"""docs/when-something-is-wrong.md is what doctor says."""

import re

from app.doctor.remedies import REMEDIES
from tests.support.source_tree import ROOT

DOCS = (ROOT / "docs/when-something-is-wrong.md").read_text(encoding="utf-8")
SYMPTOMS, _, TABLE = DOCS.partition("## Every check")


def test_every_check_stands_there_with_its_remedy() -> None:
    assert dict(re.findall(r"^\| `([\w.]+)` \| (.+) \|$", TABLE, re.MULTILINE)) == REMEDIES


def test_every_symptom_leads_to_checks_that_exist() -> None:
    named = re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", SYMPTOMS.partition("| --- | --- |")[2])
    assert len(named) > 20
    assert set(named) <= REMEDIES.keys()
