"""`checkout-bot setup` as a script calls it: by flags, without a terminal."""

import argparse
import io
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values

from app.setup.arguments import add_arguments, chosen_of
from app.setup.run import set_up
from app.setup.terminal import Terminal
from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import MIRA
from tests.support.project import PUBLIC_URL

SHOP = {
    "--shop-name": "Night Books",
    "--seller": "Night Books OÜ, Tallinn",
    "--support": "@nightbooks",
    "--product-title": "City guide",
    "--product-price": "19.00",
    "--product-currency": "EUR",
}


@dataclass
class Said:
    """``code`` is the exit code."""

    code: int
    text: str

    @property
    def remains(self) -> list[str]:
        """The list at the end."""
        _, _, rest = self.text.partition("What remains:\n")
        return [line.partition(". ")[2] for line in rest.splitlines() if line.startswith("  ") and ". " in line[:6]]


@dataclass
class NewShop:
    """An empty folder, and what somebody answers there."""

    sandbox: Sandbox
    folder: Path
    flags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.flags = {**self.services(), **self.keys(), **SHOP}

    def services(self) -> dict[str, str]:
        """Where the stand-ins are."""
        sandbox = self.sandbox
        return {
            "--telegram-api-url": sandbox.telegram.url,
            "--stripe-api-url": sandbox.stripe.url,
            "--resend-api-url": sandbox.resend.url,
        }

    def keys(self) -> dict[str, str]:
        sandbox = self.sandbox
        return {
            "--bot-token": sandbox.telegram.token,
            "--admin-ids": str(MIRA.id),
            "--stripe-secret-key": sandbox.stripe.secret_key,
            "--stripe-publishable-key": sandbox.stripe.publishable_key,
            "--resend-api-key": sandbox.resend.api_key,
            "--mail-from": "Night Books <books@sandbox.example>",
            "--public-url": PUBLIC_URL,
        }

    def without(self, *flags: str) -> dict[str, str]:
        return {name: value for name, value in self.flags.items() if name not in flags}

    def env(self) -> dict[str, str | None]:
        """What `.env` holds now."""
        return dict(dotenv_values(self.folder / ".env"))

    async def set_up(
        self, flags: Mapping[str, str] | None = None, more: str = "", environment: Mapping[str, str] | None = None
    ) -> Said:
        """With all flags, or these; ``more`` as it is typed into a shell."""
        given = self.flags if flags is None else flags
        arguments = [part for pair in given.items() for part in pair] + shlex.split(more)
        output = io.StringIO()
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        chosen = chosen_of(parser.parse_args(arguments))
        terminal = Terminal(io.StringIO(), output, {})
        code = await set_up(chosen, environment or {}, self.folder, terminal)
        return Said(code, output.getvalue())
