"""`checkout-bot setup` and `doctor` against the stand-ins."""

from pathlib import Path

import pytest

from app.commands.doctor import examine
from app.commands.setup import set_up
from app.settings import Settings, load_settings
from providers.stripe_events import HANDLED_TYPES
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA
from tests.support.shop import free_port


def settings_for(sandbox: Sandbox, folder: Path, **changes: str) -> Settings:
    return load_settings({**sandbox.settings(free_port()), **changes}, folder)


async def run_setup(settings: Settings) -> tuple[int, str]:
    said: list[str] = []
    return await set_up(settings, said.append), "\n".join(said)


async def run_doctor(settings: Settings) -> tuple[int, str]:
    said: list[str] = []
    return await examine(settings, said.append), "\n".join(said)


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


async def test_doctor_names_each_trouble_and_how_to_mend_it(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        settings = settings_for(sandbox, tmp_path, ADMIN_IDS="12345", MAIL_FROM="Shop <shop@elsewhere.example>")
        code, said = await run_doctor(settings)
        assert code == 1
        for part in (
            "ADMIN_IDS: the bot cannot write to 12345",
            "Stripe has no webhook endpoint",
            "Resend may not send from elsewhere.example",
            "does not answer",
        ):
            assert part in said


async def test_doctor_says_that_telegram_takes_no_button_to_localhost(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        code, said = await run_doctor(settings_for(sandbox, tmp_path, PUBLIC_URL="http://localhost:8080"))
        assert code == 1
        assert "FIX  PUBLIC_URL http://localhost:8080: Telegram takes no button to a host without a dot" in said
        assert "On this machine write 127.0.0.1 in place of localhost" in said


async def test_doctor_tells_a_wrong_key_from_a_service_that_is_away(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        wrong = settings_for(sandbox, tmp_path, STRIPE_SECRET_KEY="sk_test_wrong", BOT_TOKEN="1234567:" + "x" * 35)
        code, said = await run_doctor(wrong)
        assert code == 1
        assert "Copy STRIPE_SECRET_KEY anew" in said
        assert "Copy BOT_TOKEN anew" in said
        assert "sk_test_wrong" not in said


async def test_doctor_finds_nothing_in_a_shop_that_is_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with Sandbox() as sandbox:
        sandbox.telegram.meet(MIRA)
        settings = settings_for(sandbox, tmp_path)
        sandbox.stripe.add_endpoint(f"{settings.public_url}/webhooks/stripe", "whsec_x", HANDLED_TYPES)
        _, said = await run_doctor(settings)
        troubles = [line for line in said.splitlines() if "FIX" in line]
        assert all(
            "PUBLIC_URL" in line or "Resend does not report" in line or "API version" in line for line in troubles
        )
        assert "FIX  ADMIN_IDS" not in said
