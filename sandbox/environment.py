"""The sandbox in one process: three stand-ins, the desk, and the settings that lead the application to them."""

import asyncio
import contextlib
import secrets
import tempfile
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sandbox.base.fake_server import LogEntry, StandIn
from sandbox.fake_resend.api import ResendStandIn
from sandbox.fake_stripe.api import StripeStandIn
from sandbox.fake_telegram.api import TelegramStandIn
from sandbox.fake_telegram.chats import MIRA
from sandbox.start import CATALOG

LOG_LENGTH = 300
MAIL_FROM = "Night Market <shop@sandbox.example>"
STRIPE_WEBHOOK_SECRET = "whsec_sandbox_stripe_signing_secret"
STRIPE_EVENTS = (
    "payment_intent.created", "payment_intent.requires_action", "payment_intent.processing",
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled", "charge.succeeded",
    "refund.created", "refund.updated", "refund.failed", "charge.refunded",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "radar.early_fraud_warning.created",
)  # fmt: skip
RESEND_WEBHOOK_SECRET = "whsec_c2FuZGJveC1yZXNlbmQtc2lnbmluZy1zZWNyZXQ="


class RunningApplication(Protocol):
    """The application as the desk sees it."""

    def state(self) -> dict[str, Any]:
        """Where it is and how it is."""

    async def restart(self) -> None:
        """Kills it and starts it anew."""


@dataclass
class Story:
    """A scenario that the desk plays; `outcome` is a payment's status or `stuck`, None meanwhile; `pace` in seconds."""

    name: str
    person: int
    pace: float
    steps: list[str] = field(default_factory=list)
    outcome: str | None = None
    task: asyncio.Task[None] | None = None


class Sandbox:
    """`async with Sandbox() as sandbox`: everything listens on loopback until the block ends."""

    def __init__(self) -> None:
        self.telegram = TelegramStandIn()
        self.stripe = StripeStandIn()
        self.resend = ResendStandIn()
        self.application: RunningApplication | None = None
        self.story: Story | None = None
        self.log: deque[LogEntry] = deque(maxlen=LOG_LENGTH)
        self.changes = 0
        self._secret_key = secrets.token_hex(32)
        self._changed = asyncio.Event()
        self._folder = tempfile.TemporaryDirectory(prefix="checkout-sandbox-", ignore_cleanup_errors=True)
        for stand_in in self.stand_ins:
            stand_in.on_log = self.note

    @property
    def stand_ins(self) -> tuple[StandIn, StandIn, StandIn]:
        return self.telegram, self.stripe, self.resend

    @property
    def folder(self) -> Path:
        """A directory that goes with the sandbox: the database lies there."""
        return Path(self._folder.name)

    async def start(self) -> None:
        """Starts the stand-ins."""
        for stand_in in self.stand_ins:
            await stand_in.start()

    async def stop(self) -> None:
        """Stops them and removes what they and the application kept."""
        for stand_in in self.stand_ins:
            await stand_in.stop()
        self._folder.cleanup()

    async def __aenter__(self) -> "Sandbox":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def note(self, entry: LogEntry) -> None:
        """Keeps a line of the log and wakes the desk."""
        self.log.append(entry)
        self.touch()

    def touch(self) -> None:
        """Something changed that the desk should show."""
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed_since(self, seen: int, timeout: float) -> None:
        """Waits until `changes` is above `seen`, but for `timeout` seconds at most."""
        if self.changes == seen:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), timeout)

    def settings(self, app_port: int) -> dict[str, str]:
        """The application's settings for this sandbox, when it listens on `app_port`."""
        return {
            "BOT_TOKEN": self.telegram.token,
            "ADMIN_IDS": str(MIRA.id),
            "STRIPE_SECRET_KEY": self.stripe.secret_key,
            "STRIPE_PUBLISHABLE_KEY": self.stripe.publishable_key,
            "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
            "RESEND_API_KEY": self.resend.api_key,
            "RESEND_WEBHOOK_SECRET": RESEND_WEBHOOK_SECRET,
            "MAIL_FROM": MAIL_FROM,
            "PUBLIC_URL": f"http://127.0.0.1:{app_port}",
            "SECRET_KEY": self._secret_key,
            "DATABASE_URL": f"sqlite:///{self.folder / 'checkout.db'}",
            "CATALOG": str(CATALOG),
            "HOST": "127.0.0.1",
            "PORT": str(app_port),
            "TELEGRAM_UPDATES": "polling",
            "TELEGRAM_API_URL": self.telegram.url,
            "STRIPE_API_URL": self.stripe.url,
            "RESEND_API_URL": self.resend.url,
            "STRIPE_JS_URL": f"{self.stripe.url}/endive/stripe.js",
        }

    def register_webhooks(self, app_port: int) -> None:
        """Registers the application's webhook endpoints at Stripe and Resend, as `checkout-bot setup` does."""
        url = f"http://127.0.0.1:{app_port}/webhooks"
        self.stripe.add_endpoint(f"{url}/stripe", STRIPE_WEBHOOK_SECRET, STRIPE_EVENTS)
        self.resend.add_webhook(f"{url}/resend", RESEND_WEBHOOK_SECRET)
