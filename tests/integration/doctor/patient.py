"""Whom the doctor looks at: a running shop, its stand-ins, and the settings that the doctor is given."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.doctor.examine import examine
from app.settings import load_settings
from providers.stripe_account import FINGERPRINT, fingerprint
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION
from sandbox.environment import STRIPE_WEBHOOK_SECRET, Sandbox
from sandbox.fake_telegram.chats import MIRA
from tests.support.shop import Shop


@dataclass
class Patient:
    """``settings`` are the shop's own until a test changes them for the doctor."""

    sandbox: Sandbox
    shop: Shop
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    async def examined(self, *, probe: bool = False) -> tuple[int, dict[str, list[dict[str, str]]]]:
        """The exit code, and what was found, by id."""
        said: list[str] = []
        code = await examine(self.settings, self.folder, said.append, probe=probe, as_json=True)
        found: dict[str, list[dict[str, str]]] = {}
        for one in json.loads("\n".join(said))["checks"]:
            found.setdefault(one["id"], []).append(one)
        return code, found

    async def told(self) -> tuple[int, str]:
        """The exit code, and what a person reads."""
        said: list[str] = []
        return await examine(self.settings, self.folder, said.append, probe=False, as_json=False), "\n".join(said)

    @property
    def endpoint(self) -> dict[str, Any]:
        (found,) = self.sandbox.stripe.store.webhook_endpoints.values()
        return found

    @property
    def database(self) -> Path:
        file = load_settings(self.settings, self.folder).database.file
        assert file is not None
        return file


def patient_of(shop: Shop, folder: Path) -> Patient:
    shop.sandbox.telegram.meet(MIRA)
    settings = shop.sandbox.settings(int(shop.url.rpartition(":")[2]))
    patient = Patient(shop.sandbox, shop, folder, settings)
    patient.endpoint["metadata"] = {FINGERPRINT: fingerprint(STRIPE_WEBHOOK_SECRET)}
    patient.endpoint["api_version"] = API_VERSION
    patient.endpoint["enabled_events"] = list(HANDLED_TYPES)
    return patient
