"""What a shop that runs was started with: it reads settings and catalogue at its start alone, whatever they are now.

Doctor compares by keyed digests, a fresh one for each question: to a stranger they say nothing.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from app.settings import Settings
from checkout.model.catalog import Catalog
from checkout.model.verification import Hasher

# Where it listens and how it logs is each process' own; who does not have SECRET_KEY is a stranger.
EACH_ITS_OWN = {"host", "port", "log_format", "log_level", "warnings", "secret_key", "catalog", "database"}
NAMES = {
    "stripe_webhook_secrets": "STRIPE_WEBHOOK_SECRET",
    "resend_webhook_secrets": "RESEND_WEBHOOK_SECRET",
}
DIGITS = 16
Digests = Mapping[str, str]


def started_with(settings: Settings, catalog: Catalog | None) -> Digests:
    """By the settings' names; without the catalogue where there is none."""
    file = settings.database.file
    values: dict[str, object] = {
        NAMES.get(one.name, one.name.upper()): getattr(settings, one.name)
        for one in fields(settings)
        if one.name not in EACH_ITS_OWN
    }
    values["DATABASE_URL"] = file.resolve() if file else settings.database.url
    if catalog is not None:
        values["CATALOG"] = catalog
    return {name: hashlib.sha256(repr(value).encode()).hexdigest() for name, value in values.items()}


def shown(hasher: Hasher, nonce: str, started: Digests) -> Digests:
    """Each as only who knows SECRET_KEY can make it, for this ``nonce``."""
    return {name: hasher.proof(f"{nonce}:{name}:{digest}")[:DIGITS] for name, digest in started.items()}


def prover(hasher: Hasher, started: Digests) -> Callable[[str], Mapping[str, Any]]:
    """What is answered to a nonce: that it is we, and what this process was started with."""
    return lambda nonce: {"proof": hasher.proof(nonce), "started_with": shown(hasher, nonce, started)}
