"""A real Chromium, what a customer does in it on the pay page, and what is seen there."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, FrameLocator, Page, async_playwright, expect

# The first is the same engine without windows of its own, at half the CPU.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A window's own pages, of what its address bar suggests, take as much CPU as ours. The last list that Chromium is given
# counts, so what Playwright turns off by its own stands here again, as far as it may be seen on a page.
OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades", "MediaRouter", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-features=" + ",".join(OFF),
]  # fmt: skip


def chromium_path() -> str:
    """Raises RuntimeError when there is none; tests/ensure_browser.sh installs one."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if path := shutil.which(name):
            return path
    raise RuntimeError("there is no Chromium: run tests/ensure_browser.sh")


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser that is closed at the end, whatever happens."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


FRAME = 'iframe[title="Secure payment input frame"]'
SLOW = 30_000  # milliseconds: a busy machine draws slowly
GOOD, DECLINED, REDIRECT, MODAL = "4242424242424242", "4000000000009995", "4000002500003155", "4000000000003220"


async def fill_card(page: Page, number: str) -> None:
    frame: FrameLocator = page.frame_locator(FRAME)
    await frame.locator("#number").fill(number)
    await frame.locator("#expiry").fill("12 / 34")
    await frame.locator("#cvc").fill("123")


async def pay(page: Page, number: str) -> None:
    button = page.locator("button[type=submit]")
    await expect(button).to_be_enabled()
    await fill_card(page, number)
    await button.click()


async def expect_status(page: Page, status: str) -> None:
    await expect(page.locator("main")).to_have_attribute("data-status", status)


async def expect_no_findings(page: Page) -> None:
    """No sideways scrolling, and nothing that axe minds; Stripe's own frame is not ours to judge."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    options = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2; axe leaves it out unless asked
    found = await Axe().run(page, context={"exclude": [["iframe"]]}, options=options)
    assert found.violations_count == 0, found.generate_report()
