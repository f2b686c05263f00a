"""What a check reports."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp

from app.doctor.remedies import REMEDIES
from app.settings import Settings
from checkout.model.catalog import Catalog


class State(StrEnum):
    """``unknown``: it could not be looked at."""

    OK = "ok"
    MEND = "mend"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """``check_id`` and ``state`` are for programs and stay; the two sentences are for people."""

    check_id: str
    state: State
    finding: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return {"id": self.check_id, "state": self.state, "finding": self.finding, "remedy": self.remedy}


@dataclass(frozen=True)
class Surroundings:
    """``catalog`` is None where it cannot be read; ``folder`` holds ``.env``."""

    settings: Settings
    catalog: Catalog | None
    folder: Path
    http: aiohttp.ClientSession


Findings = AsyncIterator[Finding]
Check = Callable[[Surroundings], Findings]


def ok(check_id: str, finding: str) -> Finding:
    return Finding(check_id, State.OK, finding)


def mend(check_id: str, finding: str, **words: object) -> Finding:
    """``words`` fill in the remedy that is written for this id."""
    return Finding(check_id, State.MEND, finding, REMEDIES[check_id].format(**words))


def unknown(check_id: str, finding: str, remedy: str = "") -> Finding:
    return Finding(check_id, State.UNKNOWN, finding, remedy)
