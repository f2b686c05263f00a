"""Resend: its key, and an address to send from whose domain it has verified."""

import re

from app.settings_values import sending_domain
from app.setup.context import Question, Setup, Unfinished, Wrong, settled
from checkout.errors import ServiceError
from providers.resend_account import DomainState, ResendAccount

ONLY_SENDS = "restricted_api_key"
UNKNOWN_KEY = ("invalid_api_key", "missing_api_key", "validation_error")


async def ask_mail(setup: Setup) -> None:
    """Fills in ``resend``."""
    t = setup.t
    setup.terminal.heading("Resend")
    domains: list[DomainState] = []

    async def check_key(key: str) -> str:
        domains.extend(await _domains(setup, key))
        return t("Resend knows it")

    async def check_sender(sender: str) -> str:
        return await _check_sender(setup, sender, domains)

    where = t("resend.com, API Keys, Create; with full access, so that setup can register the webhook.")
    await settled(setup, Question("RESEND_API_KEY", t("API key (re_…)"), where, True), check_key)
    verified = [one.name for one in domains if one.is_verified]
    if setup.terminal.is_interactive and not setup.answers.value("MAIL_FROM"):
        _show(setup, domains)
    where = t(
        "What receipts come from, like Shop <shop@example.com>; its domain must be verified at resend.com, Domains."
    )
    await settled(setup, Question("MAIL_FROM", t("Sender"), where), check_sender, _suggested(setup, verified))


async def _domains(setup: Setup, key: str) -> list[DomainState]:
    account = ResendAccount(key, setup.http, setup.answers.other_service("RESEND_API_URL"))
    try:
        found = await account.domains()
    except ServiceError as error:
        if error.code == ONLY_SENDS:
            raise Unfinished(setup.t("Resend's key may only send: give setup one with full access; the shop itself can"
                                     " do with the other one afterwards")) from None  # fmt: skip
        if error.code in UNKNOWN_KEY:
            raise Wrong(setup.t("Resend does not know this RESEND_API_KEY: copy it anew, as a whole")) from None
        raise
    setup.resend = account
    return found


def _show(setup: Setup, domains: list[DomainState]) -> None:
    setup.terminal.line(
        "  " + (setup.t("Your domains at Resend:") if domains else setup.t("Resend has no domain yet."))
    )
    for one in domains:
        setup.terminal.line(f"    {one.name:<32} {one.status}")


def _suggested(setup: Setup, verified: list[str]) -> str:
    """The bot is probably named like the shop; what an address would have to quote is left out."""
    if not verified:
        return ""
    name = re.sub(r"[^\w -]", "", setup.identity.name if setup.identity else "").strip()
    return f"{name or 'Shop'} <shop@{verified[0]}>"


async def _check_sender(setup: Setup, sender: str, domains: list[DomainState]) -> str:
    domain = sending_domain(sender)
    if setup.resend is None:
        raise Unfinished(setup.t("MAIL_FROM could not be checked: that needs a key of Resend with full access"))
    known = next((one for one in domains if one.name == domain), None)
    if known is None:
        words = setup.t("Resend has no domain {domain}: add it at resend.com, Domains, or send from another",
                        domain=domain)  # fmt: skip
        raise _refusal(setup, domains, words)
    if not known.is_verified:
        await _show_records(setup, known)
        words = setup.t("Resend has not verified {domain} ({status}): put these records into its DNS, then press Verify"
                        " at resend.com", domain=domain, status=known.status)  # fmt: skip
        raise _refusal(setup, domains, words)
    return setup.t("Mails come from {sender}", sender=sender)


def _refusal(setup: Setup, domains: list[DomainState], words: str) -> Wrong | Unfinished:
    """Asked again only of somebody who could choose better."""
    if setup.terminal.is_interactive and any(one.is_verified for one in domains):
        return Wrong(words)
    return Unfinished(words)


async def _show_records(setup: Setup, domain: DomainState) -> None:
    """As a table; narrow ones are readable on a telephone too."""
    assert setup.resend is not None
    records = await setup.resend.records(domain.domain_id)
    rows = [("TYPE", "NAME", "PRIORITY", "STATUS", "VALUE")]
    rows += [(one.kind, one.name, one.priority, one.status, one.value) for one in records]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False))
        setup.terminal.line(f"    {cells}  {row[4]}")
