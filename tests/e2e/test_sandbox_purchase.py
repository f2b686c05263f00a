"""What a newcomer does: starts the sandbox, buys in Russian with a card that needs 3D Secure, holds the receipt."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from sandbox.fake_telegram.chats import BEN
from sandbox.start import free_port
from tests.support.browser import FRAME, SLOW
from tests.support.project import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="session")
START_SECONDS = 120  # two processes import their libraries, perhaps on a busy machine


@pytest_asyncio.fixture(loop_scope="session")
async def desk_url(tmp_path: Path) -> AsyncIterator[str]:
    """The whole sandbox as `make run` starts it; it must end with 0 on Ctrl-C."""
    port = free_port(21000 + os.getpid() % 10000)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())",
        "sandbox", "--no-browser", "--port", str(port), cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    said = await asyncio.wait_for(_until_said(process.stdout, "Ctrl-C stops everything"), START_SECONDS)
    assert "NOT running" not in said, said
    rest = asyncio.create_task(process.stdout.read())
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 20) == 0
    assert "Traceback" not in (await rest).decode()


async def _until_said(stream: asyncio.StreamReader, last: str) -> str:
    said = ""
    while last not in said:
        line = (await stream.readline()).decode()
        assert line, f"it ended instead:\n{said}"
        said += line
    return said


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SLOW)
    yield context
    await context.close()


async def _state(desk_url: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{desk_url}/desk/api/state") as response:
        state: dict[str, Any] = await response.json()
        return state


async def _say(desk: Page, text: str) -> None:
    await desk.get_by_label("Message", exact=True).fill(text)
    await desk.get_by_role("button", name="Send", exact=True).click()


async def _code(desk: Page, desk_url: str) -> str:
    await expect(desk.get_by_label("Mails, newest first").get_by_role("button")).to_have_count(1)
    [mail] = (await _state(desk_url))["mails"]
    code = re.search(r"\b\d{6}\b", mail["text"])
    assert code is not None
    return code.group()


async def _pay(page: Page, card: str) -> None:
    frame = page.frame_locator(FRAME)
    await frame.get_by_label("Номер карты").fill(card)
    await frame.locator("input[name=expiry]").fill("1234")
    await frame.locator("input[name=cvc]").fill("123")
    await page.get_by_role("button", name="Оплатить").click()
    await page.wait_for_url("**/bank/3ds/**")
    await page.locator("#complete").click()


async def test_a_newcomer_buys_in_russian_with_3d_secure_and_holds_the_receipt(
    desk_url: str, context: BrowserContext
) -> None:
    desk = await context.new_page()
    await desk.goto(desk_url)
    await desk.get_by_role("button", name="Анна").click()
    await desk.get_by_role("button", name="Start", exact=True).click()
    await desk.get_by_label("Messages").get_by_role("button", name="Путеводитель по городу").click()
    await expect(desk.get_by_label("Messages")).to_contain_text("почт")
    await _say(desk, "anna@mail.example")
    await _say(desk, await _code(desk, desk_url))

    async with context.expect_page() as opened:
        await desk.get_by_role("link", name="Open pay page").click()
    pay = await opened.value
    await _pay(pay, "4000002500003155")
    await expect(pay.locator("main")).to_have_attribute("data-status", "paid")

    mails = desk.get_by_label("Mails, newest first").get_by_role("button")
    await expect(mails).to_have_count(2)
    receipt, product = (await _state(desk_url))["mails"][0]["attachments"]
    for file in (receipt, product):
        answer = await desk.request.get(desk_url + file["url"])
        assert (await answer.body()).startswith(b"%PDF"), file["name"]
    await expect(desk.get_by_label("Messages").get_by_role("link", name=receipt["name"])).to_be_visible()
    [payment] = (await _state(desk_url))["payments"]
    assert (payment["status"], payment["email"], payment["amount"]) == ("succeeded", "anna@mail.example", 1900)
    for scenario in ("buy", "decline", "bank", "processing", "refund", "power"):
        await _plays(desk_url, scenario, "refunded" if scenario == "refund" else "paid")
    await expect(desk.get_by_role("status").filter(has_text="It ends paid")).to_be_visible()


async def _plays(desk_url: str, scenario: str, outcome: str) -> None:
    """For a customer whom the bot does not know, then for one whom it knows; a second one meanwhile is refused."""
    order = {"person": BEN.id, "scenario": scenario, "pace": 0}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{desk_url}/desk/api/play", json=order) as response:
            assert response.status == 200, await response.text()
        async with session.post(f"{desk_url}/desk/api/play", json=order) as response:
            assert response.status == 400
            assert "is being played" in await response.text()
    async with asyncio.timeout(START_SECONDS):
        while (story := (await _state(desk_url))["story"])["outcome"] is None:
            await asyncio.sleep(0.1)
    log = "\n".join(entry["text"] for entry in (await _state(desk_url))["log"])
    assert (story["name"], story["outcome"]) == (scenario, outcome), f"{story}\n{log}"
