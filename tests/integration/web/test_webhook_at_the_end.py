"""A webhook of Stripe is on its way when the process is told to end: 200 means kept, then too."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe

from app.commands import serve
from db.engine.connection import Database
from sandbox.environment import STRIPE_WEBHOOK_SECRET, Sandbox
from tests.support.faults.attacks import Answer, post, send
from tests.support.faults.odd_events import stripe_event
from tests.support.shop import opened_shop, until

PATIENCE_SECONDS = 60


class HeldCommits:
    """What is to be written waits until it may."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        self.is_waiting, self._may = asyncio.Event(), asyncio.Event()
        run = database.run

        async def held(*arguments: Any) -> Any:
            self.is_waiting.set()
            await self._may.wait()
            return await run(*arguments)

        patch.setattr(database, "run", held)

    async def until_closed(self, port: int) -> None:
        """Until nobody is let in any more."""

        async def is_closed() -> bool:
            with suppress(ConnectionError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return False
            return True

        await until(is_closed, "the server to end", seconds=PATIENCE_SECONDS)
        self._may.set()


def webhook() -> bytes:
    body = json.dumps(stripe_event("payment_intent.succeeded"))
    signature = stripe.WebhookSignature.generate_signature_header(body, STRIPE_WEBHOOK_SECRET)
    return post("/webhooks/stripe", body.encode(), f"Stripe-Signature: {signature}\r\n")


@asynccontextmanager
async def ending(file: Path, patch: pytest.MonkeyPatch, *, commits: bool) -> AsyncIterator["asyncio.Task[Answer]"]:
    """The application has ended; it was told to while the webhook waited for its commit."""
    async with Sandbox() as sandbox:
        async with opened_shop(sandbox, {"DATABASE_URL": f"sqlite:///{file}"}) as shop:
            held, port = HeldCommits(shop.services.database, patch), urlsplit(shop.url).port
            assert port is not None
            answering = asyncio.create_task(send(port, webhook(), wait=PATIENCE_SECONDS))
            await held.is_waiting.wait()
            closing_up = asyncio.create_task(held.until_closed(port)) if commits else None
        yield answering
        if closing_up is not None:
            await closing_up


def kept(file: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT event_id FROM provider_events WHERE type LIKE 'payment_intent.%'").fetchall()


async def test_it_is_answered_once_it_is_kept(sqlite_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "WEB_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(serve, "ENDING_SECONDS", PATIENCE_SECONDS)
    async with ending(sqlite_file, monkeypatch, commits=True) as answering:
        assert (await answering).status == 200
    assert kept(sqlite_file) == [("evt_1",)]


async def test_what_the_end_leaves_no_time_to_keep_is_not_taken(
    sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "WEB_SECONDS", 0.2)
    async with ending(sqlite_file, monkeypatch, commits=False) as answering:
        assert (await answering).status != 200
    assert not kept(sqlite_file)
