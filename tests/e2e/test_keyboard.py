"""A purchase by keyboard alone: no mouse, and no focus that a test has set."""

import pytest
from playwright.async_api import Frame, Page, expect

from tests.support.browser import DECLINED, FRAME, GOOD, expect_status
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")
MOST_STEPS = 15


async def go_to(page: Page, where: Page | Frame, selector: str, key: str = "Tab") -> None:
    """Presses ``key`` until the element has the focus; it must be seen to have it."""
    for _ in range(MOST_STEPS):
        await page.keyboard.press(key)
        if await where.evaluate("one => document.hasFocus() && !!document.activeElement?.matches(one)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {key}")


async def card_frame(page: Page) -> Frame:
    frame = await (await page.locator(FRAME).element_handle()).content_frame()
    assert frame is not None
    return frame


async def test_decline_and_retry_by_keyboard_alone(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    card = await card_frame(page)
    await go_to(page, card, "#number")
    await page.keyboard.type(DECLINED)
    await go_to(page, card, "#expiry")
    await page.keyboard.type("1234")
    await go_to(page, card, "#cvc")
    await page.keyboard.type("123")
    await go_to(page, page, "button[type=submit]")
    outline = await page.locator("button[type=submit]").evaluate("one => getComputedStyle(one).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect_status(page, "failed")
    await go_to(page, card, "#number", "Shift+Tab")
    await page.keyboard.press("Control+A")
    await page.keyboard.type(GOOD)
    await page.keyboard.press("Enter")
    await go_to(page, page, "button[type=submit]")
    await page.keyboard.press("Space")
    await expect_status(page, "paid")
    await go_to(page, page, "a.file")
    await go_to(page, page, "a.primary")
