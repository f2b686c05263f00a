"""A shop whose pages a browser opens; one Chromium for all the tests, and with it one event loop."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

import bot.lazy_models  # noqa: F401 -- before anything imports aiogram
from tests.support.browser import SLOW, launched
from tests.support.pay_shop import PayShop, open_shop

expect.set_options(timeout=SLOW)


@pytest_asyncio.fixture(loop_scope="session")
async def shop(tmp_path: Path) -> AsyncIterator[PayShop]:
    async with open_shop(tmp_path) as shop:
        yield shop


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A telephone's window."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    context.set_default_timeout(SLOW)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext) -> Page:
    return await context.new_page()
