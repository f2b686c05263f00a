"""The checks that a shop makes of itself while it runs: those that cost little, and whose failing somebody can mend."""

from collections.abc import Sequence
from pathlib import Path

import aiohttp

from app.doctor.examine import findings_of_all
from app.doctor.finding import Finding, State, Surroundings
from app.settings import Settings
from checkout.model.catalog import Catalog
from checkout.model.message_kind import Trouble

# Which of doctor's findings are signs of it. What is told of elsewhere, parked messages say, is not among them.
SIGNS = {
    Trouble.UPDATES: {"telegram.webhook", "telegram.delivery"},
    Trouble.POLLER: {"telegram.poller"},
    Trouble.ACCOUNT: {"stripe.account"},
    Trouble.KEYS: {"stripe.key", "stripe.publishable", "stripe.permission"},
    Trouble.WEBHOOKS: {"stripe.endpoint", "stripe.duplicates", "stripe.webhook_secret"},
    Trouble.WALLETS: {"stripe.domain"},
    Trouble.CLOCK: {"stripe.clock"},
    Trouble.MAIL_DOMAIN: {"resend.domain"},
    Trouble.MAIL_REPORTS: {"resend.webhook", "resend.webhook_secret"},
    Trouble.ADDRESS: {"public_url", "public_url.stranger", "public_url.certificate", "public_url.redirect"},
    Trouble.PAGE: {"public_url.headers", "public_url.scripts"},
    Trouble.METRICS: {"public_url.metrics"},
    Trouble.DISK: {"disk"},
    Trouble.BACKUP: {"backup"},
}


async def look_around(settings: Settings, catalog: Catalog) -> dict[Trouble, bool]:
    """Whether it is well, of all that could be looked at."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout()) as http:
        found = await findings_of_all(Surroundings(settings, catalog, Path.cwd(), http))
    judged = {trouble: _is_well([one for one in found if one.check_id in ids]) for trouble, ids in SIGNS.items()}
    return {trouble: is_well for trouble, is_well in judged.items() if is_well is not None}


def _is_well(found: Sequence[Finding]) -> bool | None:
    """One bad sign is enough; None where there is none to go by."""
    states = {finding.state for finding in found}
    if State.MEND in states:
        return False
    return True if State.OK in states else None
