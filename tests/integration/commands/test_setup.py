"""`checkout-bot setup` against the stand-ins."""

from pathlib import Path

from app.commands.setup import set_up
from app.settings import Settings, load_settings
from providers.stripe_events import HANDLED_TYPES
from sandbox.environment import Sandbox
from tests.support.shop import free_port


def settings_for(sandbox: Sandbox, folder: Path, **changes: str) -> Settings:
    return load_settings({**sandbox.settings(free_port()), **changes}, folder)


async def run_setup(settings: Settings) -> tuple[int, str]:
    said: list[str] = []
    return await set_up(settings, said.append), "\n".join(said)


async def test_setup_registers_everything_once_and_prints_the_secrets(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        settings = settings_for(sandbox, tmp_path, STRIPE_WEBHOOK_SECRET="", RESEND_WEBHOOK_SECRET="")
        code, said = await run_setup(settings)
        assert code == 0
        assert "STRIPE_WEBHOOK_SECRET=whsec_" in said
        assert "RESEND_WEBHOOK_SECRET=whsec_" in said
        (endpoint,) = sandbox.stripe.store.webhook_endpoints.values()
        assert set(endpoint["enabled_events"]) == set(HANDLED_TYPES)
        assert endpoint["url"] == f"{settings.public_url}/webhooks/stripe"
        code, said = await run_setup(settings)
        assert code == 0
        assert "whsec_" not in said
        assert len(sandbox.stripe.store.webhook_endpoints) == 1


async def test_setup_registers_the_domain_of_a_public_address(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        settings = settings_for(sandbox, tmp_path, PUBLIC_URL="https://pay.example.org")
        assert (await run_setup(settings))[0] == 0
        again = await run_setup(settings)
        assert "the domain pay.example.org is registered" in again[1]
