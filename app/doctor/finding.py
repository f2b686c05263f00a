"""What a check reports."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp

from app.doctor.remedies import REMEDIES
from app.settings import Settings
from checkout.model.catalog import Catalog
from checkout.sentence import Language, Said, Sentence, in_language


class State(StrEnum):
    """``unknown``: it could not be looked at."""

    OK = "ok"
    MEND = "mend"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """``check_id`` and ``state`` are for programs and stay; the two sentences are for people.

    A mere text is said as it is in every language: what the services and other parts of the program say.
    """

    check_id: str
    state: State
    finding: Said
    remedy: Said = ""

    def as_json(self, language: Language) -> dict[str, str]:
        finding, remedy = self.said(language)
        return {"id": self.check_id, "state": self.state, "finding": finding, "remedy": remedy}

    def said(self, language: Language) -> tuple[str, str]:
        """Finding and remedy."""
        return in_language(self.finding, language), in_language(self.remedy, language)


@dataclass(frozen=True)
class Surroundings:
    """``catalog`` is None where it cannot be read; ``folder`` holds ``.env``."""

    settings: Settings
    catalog: Catalog | None
    folder: Path
    http: aiohttp.ClientSession


Findings = AsyncIterator[Finding]
Check = Callable[[Surroundings], Findings]


def ok(check_id: str, finding: Said) -> Finding:
    return Finding(check_id, State.OK, finding)


def mend(check_id: str, finding: Said, **words: object) -> Finding:
    """``words`` fill in the remedy that is written for this id."""
    return Finding(check_id, State.MEND, finding, Sentence(REMEDIES[check_id], words))


def unknown(check_id: str, finding: Said, remedy: Said = "") -> Finding:
    return Finding(check_id, State.UNKNOWN, finding, remedy)
