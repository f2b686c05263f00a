"""The code for the phone in a real browser: on computers alone, and gone with the form."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.test_pay_page_in_place import WATCH_SHIFTS, expect_in_place
from tests.support.browser import GOOD, expect_no_findings, expect_status, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")

WIDE = {"width": 1280, "height": 900}


@pytest.mark.parametrize(
    ("window", "is_shown"),
    [
        ({"viewport": WIDE}, True),
        ({"viewport": WIDE, "color_scheme": "dark"}, True),
        ({"viewport": {"width": 390, "height": 844}}, False),
        ({"viewport": WIDE, "has_touch": True, "is_mobile": True}, False),
    ],
)
async def test_it_is_for_computers_alone(
    shop: PayShop, browser: Browser, window: dict[str, Any], is_shown: bool
) -> None:
    context = await browser.new_context(**window)
    await context.add_init_script(WATCH_SHIFTS)
    page, payment = await context.new_page(), await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_text("Continue on your phone")).to_be_visible(visible=is_shown)
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect_no_findings(page)
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect(page.locator(".phone")).to_have_count(0)
    await expect_in_place(page)
    await context.close()
