"""`checkout-bot backup` of a shop that takes payments meanwhile, and a shop opened on the copy."""

import asyncio
import itertools
import json
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import stripe

from db.maintenance.sqlite_backup import COMPANIONS
from sandbox.environment import STRIPE_WEBHOOK_SECRET, Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA, Person
from tests.support.processes.commands import run_command
from tests.support.shop import Shop, free_port, opened_shop, until


def values(file: Path, query: str) -> set[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute(query)}


class Load:
    """Payments of strangers, one webhook after another, until it is told to stop."""

    def __init__(self, shop: Shop) -> None:
        self._shop, self._stop = shop, asyncio.Event()
        self.acknowledged: list[str] = []

    async def run(self) -> None:
        for number in itertools.count():
            if self._stop.is_set():
                return
            body = json.dumps(_event(number))
            signature = stripe.WebhookSignature.generate_signature_header(body, STRIPE_WEBHOOK_SECRET)
            url, headers = f"{self._shop.url}/webhooks/stripe", {"Stripe-Signature": signature}
            async with self._shop.http.post(url, data=body, headers=headers) as response:
                assert response.status == 200
            self.acknowledged.append(f"pay_load_{number}")
            await asyncio.sleep(0.05)  # busy, and not all of the machine

    def stop(self) -> None:
        self._stop.set()

    async def until_further(self, payments: int) -> None:
        aim = len(self.acknowledged) + payments

        async def reached() -> bool:
            return len(self.acknowledged) >= aim

        await until(reached, f"{aim} payments")


def _event(number: int) -> dict[str, Any]:
    metadata = {
        "shop": "night-market",
        "payment_id": f"pay_load_{number}",
        "email": f"someone{number}@example.org",
        "sku": "guide",
        "telegram_user_id": str(700_000 + number),
    }
    intent = {
        "id": f"pi_load_{number}",
        "object": "payment_intent",
        "amount": 1900,
        "amount_received": 1900,
        "currency": "eur",
        "livemode": False,
        "latest_charge": f"ch_load_{number}",
        "metadata": metadata,
    }
    return {
        "id": f"evt_load_{number}",
        "object": "event",
        "type": "payment_intent.succeeded",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": intent},
    }


async def test_a_copy_of_a_busy_shop_holds_what_was_answered_and_opens_as_a_shop(tmp_path: Path) -> None:
    database, backup, port = tmp_path / "checkout.db", tmp_path / "backup.db", free_port()
    place = {"DATABASE_URL": f"sqlite:///{database}"}
    async with Sandbox() as sandbox:
        sandbox.register_webhooks(port)
        async with opened_shop(sandbox, place, port) as shop:
            token = await paid(shop, BEN, "ben@example.org")
            load = Load(shop)
            running = asyncio.create_task(load.run())
            await load.until_further(20)
            before = list(load.acknowledged)
            code, said = await run_command(("backup", str(backup)), {**sandbox.settings(port), **place}, tmp_path)
            assert code == 0, said
            await load.until_further(5)
            load.stop()
            await running
            later = await paid(shop, ANNA, "anna@example.org")
        assert set(before) <= values(backup, "SELECT payment_id FROM payments WHERE status = 'paid'")
        assert "anna@example.org" not in values(backup, "SELECT email FROM payments")
        restore(backup, database)
        async with opened_shop(sandbox, place, port) as shop:
            assert (await shop.status(token))["status"] == "paid"
            await shop.until_status(later, "paid")
            await paid(shop, MIRA, "mira@example.org")
            assert values(database, "PRAGMA journal_mode") == {"wal"}


async def paid(shop: Shop, person: Person, email: str) -> str:
    """Buys and pays the guide; returns the pay token."""
    token = await shop.verified(person, email)
    shop.stripe.pay(await shop.intent(token))
    await shop.until_status(token, "paid")
    return token


def restore(backup: Path, database: Path) -> None:
    """As docs/backups.md says it: what belongs to the old file goes, and the copy comes in its place."""
    for file in (database, *(database.with_name(database.name + ending) for ending in COMPANIONS)):
        file.unlink(missing_ok=True)
    shutil.copyfile(backup, database)
