"""The real process: killed without warning, and asked to end."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import BEN
from tests.support.clock import MovedClock
from tests.support.project import ROOT
from tests.support.shop import Shop, free_port, until


def said(log: Path) -> str:
    return log.read_text()


async def start(sandbox: Sandbox, port: int, log: Path) -> asyncio.subprocess.Process:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **sandbox.settings(port)}
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", "serve", env=environment, cwd=sandbox.folder, stdout=output, stderr=output
        )
    async with aiohttp.ClientSession() as http:

        async def ready() -> bool:
            if process.returncode is not None:
                raise RuntimeError(said(log))
            try:
                async with http.get(f"http://127.0.0.1:{port}/readyz") as response:
                    return response.status == 200
            except aiohttp.ClientError:
                return False

        await until(ready, "the application to be ready", seconds=60)
    return process


@asynccontextmanager
async def harness(port: int) -> AsyncIterator[Shop]:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.register_webhooks(port)
        yield Shop(sandbox, f"http://127.0.0.1:{port}", http, MovedClock(None))


async def test_what_was_acknowledged_is_told_once_after_a_kill(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with harness(port) as shop:
        process = await start(shop.sandbox, port, log)
        token = await shop.verified(BEN, "ben@example.org")
        intent_id = await shop.intent(token)
        await shop.telegram.take_down()
        await shop.resend.take_down()
        shop.stripe.pay(intent_id)
        await shop.until_status(token, "paid")
        process.kill()
        await process.wait()
        await shop.telegram.bring_back()
        await shop.resend.bring_back()
        process = await start(shop.sandbox, port, log)
        await shop.resend.wait_for_mail("ben@example.org", "payment_paid", timeout=30)
        await shop.telegram.wait_for(BEN, lambda one: bool(one.document and "guide" in one.document.filename), 30)
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
        receipts = [one for one in shop.telegram.chat(BEN) if one.document and "receipt" in one.document.filename]
        assert len(receipts) == 1
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    lines = said(log)
    for secret in ("ben@example.org", token, shop.stripe.secret_key, shop.telegram.token, "_secret_"):
        assert secret not in lines.replace("pi_***", "")
    assert "Traceback" not in lines


async def test_a_conversation_goes_on_after_a_kill(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    async with harness(port) as shop:
        process = await start(shop.sandbox, port, log)
        offer = await shop.ask(BEN, "/start guide")
        await shop.press(BEN, offer, "buy:guide")
        process.kill()
        await process.wait()
        shop.telegram.say(BEN, "ben@example.org")
        process = await start(shop.sandbox, port, log)
        await shop.resend.wait_for_mail("ben@example.org", "verification_code")
        assert len(shop.resend.mails_to("ben@example.org")) == 1
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
