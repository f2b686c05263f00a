"""Runs every check, each service's for itself, and says what was found as soon as it is known."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import aiohttp

from app.doctor.finding import Check, Finding, State, Surroundings, unknown
from app.doctor.shop import read_catalogue, read_settings
from app.progress import said_when_slow
from app.terminal_language import language_of
from checkout.errors import ServiceError
from checkout.resilience.patience import patience
from checkout.sentence import Sentence, t
from messages.language.i18n import Texts, texts

Say = Callable[[str], None]
# For all that is asked of one service together; the probe waits for a webhook besides.
SERVICE_SECONDS, PROBE_SECONDS = 10.0, 40.0
SIGNS = {State.OK: "ok ", State.MEND: "FIX", State.UNKNOWN: " ? "}
AWAY = t("Look at the network, and at the service's address setting if there is one; then try again.")


async def examine(environment: Mapping[str, str], folder: Path, say: Say, *, probe: bool, as_json: bool) -> int:
    """In the terminal's language. Returns the exit code: 0 all well, 1 something to mend, 2 something not looked at."""
    report = Report(say, texts("commands", language_of(environment)), as_json)
    settings, found = read_settings(environment, folder)
    report.add(found)
    if settings is None:
        return report.end()
    catalog, found = read_catalogue(settings.catalog, settings.livemode)
    report.add(found)
    http_session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout())  # the limit is ours
    async with http_session as http, said_when_slow(for_a_person=not as_json) as line:
        surroundings = Surroundings(settings, catalog, folder, http)
        tasks = [asyncio.create_task(_findings(name, check, surroundings)) for name, check in _checks(probe)]
        for task in tasks:
            found = await task
            line.clear()
            report.add(found)
    return report.end()


async def findings_of_all(shop: Surroundings) -> list[Finding]:
    """All but the probe, for a program that looks at itself."""
    groups = await asyncio.gather(*(_findings(name, check, shop) for name, check in _checks(probe=False)))
    return [finding for group in groups for finding in group]


def _checks(probe: bool) -> Sequence[tuple[str, Check]]:
    """Their modules are imported once the first lines are said: Stripe's SDK alone takes half a second."""
    from app.doctor.mail import check_mail
    from app.doctor.page import check_page
    from app.doctor.payments import check_payments
    from app.doctor.probe import check_by_probe
    from app.doctor.storage import check_storage
    from app.doctor.telegram import check_telegram

    checks = [
        ("telegram", check_telegram),
        ("stripe", check_payments),
        ("resend", check_mail),
        ("public_url", check_page),
        ("database", check_storage),
    ]
    return [*checks, ("probe", check_by_probe)] if probe else checks


async def _findings(name: str, check: Check, surroundings: Surroundings) -> list[Finding]:
    """What was found until something came in the way, and what that was."""
    found: list[Finding] = []
    seconds = PROBE_SECONDS if name == "probe" else SERVICE_SECONDS
    try:
        async with patience(seconds):
            async for finding in check(surroundings):
                found.append(finding)  # noqa: PERF401 -- what was found before a failure stays found
    except TimeoutError:
        found.append(
            unknown(name, t("{name} has not answered within {seconds:.0f} s", name=name, seconds=seconds), AWAY)
        )
    except ServiceError as error:
        found.append(unknown(name, str(error), AWAY))
    except Exception as error:  # noqa: BLE001 -- one thing that cannot be looked at must not hide the others
        found.append(unknown(name, t("could not be looked at: {error}", error=type(error).__name__), AWAY))
    return found


class Report:
    def __init__(self, say: Say, language: Texts, as_json: bool) -> None:
        self._say, self._language, self._as_json = say, language, as_json
        self._found: list[Finding] = []

    def add(self, found: Sequence[Finding]) -> None:
        self._found.extend(found)
        if not self._as_json:
            for finding in found:
                what, remedy = finding.said(self._language)
                self._say(f"  {SIGNS[finding.state]}  {what}")
                if remedy:
                    self._say(f"       {remedy}")

    def end(self) -> int:
        """The exit code."""
        states = [finding.state for finding in self._found]
        if self._as_json:
            found = [finding.as_json(self._language) for finding in self._found]
            self._say(json.dumps({"checks": found}, indent=2, ensure_ascii=False))
        else:
            self._say(_summary(states.count(State.MEND), states.count(State.UNKNOWN)).said(self._language))
        return 1 if State.MEND in states else 2 if State.UNKNOWN in states else 0


def _summary(to_mend: int, not_seen: int) -> Sentence:
    if not to_mend and not not_seen:
        return t("All is well.")
    if not not_seen:
        return t("{mend} to mend.", mend=to_mend)
    if not to_mend:
        return t("{unseen} could not be looked at.", unseen=not_seen)
    return t("{mend} to mend, {unseen} could not be looked at.", mend=to_mend, unseen=not_seen)
