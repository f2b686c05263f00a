"""Looks for what must never stand in a log: secrets, codes, tokens, full addresses."""

import re
from collections.abc import Iterable
from pathlib import Path

from sandbox.environment import Sandbox
from tests.support.shop import code_in

STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
NAMES = (*STRIPE, "BOT_TOKEN", "RESEND_API_KEY", "RESEND_WEBHOOK_SECRET", "SECRET_KEY")


def secrets_of(sandbox: Sandbox, environment: dict[str, str], tokens: Iterable[str]) -> set[str]:
    """Everything that is not to be read; ``tokens`` are the pay links'."""
    found = {environment[name] for name in NAMES} | set(tokens)
    found.update(str(one["client_secret"]) for one in sandbox.stripe.payment_intents.values())
    found.update(mail.to[0] for mail in sandbox.resend.mails)
    return found


def codes_of(sandbox: Sandbox) -> set[str]:
    """Every six-digit code that was mailed."""
    return {code_in(mail) for mail in sandbox.resend.mails if mail.kind == "verification_code"}


def leaks(log: Path, secrets: set[str], codes: set[str]) -> list[str]:
    """One sentence for each kind of leak; it does not repeat the secret."""
    text = log.read_text(errors="replace")
    found = [f"the log holds a secret ({secret[:4]}…)" for secret in sorted(secrets) if secret in text]
    # A code is told from other numbers by what stands around it: instants have digits and dots before them.
    spoken = set(re.findall(r"(?<![\w.:/-])\d{6}(?![\w.:/-])", text))
    return found + [f"the log holds {len(spoken & codes)} codes"] * bool(spoken & codes)


def crashes(log: Path) -> list[str]:
    """The last line of each traceback: nothing that was planned for ends in one."""
    text = log.read_text(errors="replace")
    ends = re.findall(r"Traceback \(most recent call last\):\n(?:[ |+].*\n|\n)*(\S.*)", text)
    return [f"traceback in the log: {end[:160]}" for end in sorted(set(ends))]
