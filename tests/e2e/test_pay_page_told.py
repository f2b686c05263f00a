"""Who does not see the page hears of every change, and the keyboard does not lose its place."""

import re
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from sandbox.fake_stripe.store import Delivery
from tests.support.browser import GOOD, expect_status, fill_card, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def heard(context: BrowserContext, page: Page, role: str) -> list[dict[str, Any]]:
    """The elements of a role that are there for assistive technology, each with its parents' word on being busy."""
    session = await context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    return [one for one in nodes if one.get("role", {}).get("value") == role and not one["ignored"]]


async def expect_heard(context: BrowserContext, page: Page) -> None:
    assert await heard(context, page, "status")
    assert await page.locator("#status").evaluate("one => !one.closest('[aria-busy=true], [inert]')")


async def test_what_is_said_while_confirming_and_waiting_is_heard(
    shop: PayShop, context: BrowserContext, page: Page
) -> None:
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    held: list[Route] = []
    await page.route("**/confirm", lambda route: held.append(route))
    await pay(page, GOOD)
    await expect(page.locator("#status")).to_contain_text("Confirming the payment")
    await expect_heard(context, page)
    await held[0].continue_()
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")
    await expect_heard(context, page)
    await expect(page.locator("button[type=submit]")).to_have_attribute("aria-busy", "true")


@pytest.mark.parametrize("where", ["this page", "another"])
async def test_the_receipt_is_gone_to_where_nobody_is_typing(shop: PayShop, page: Page, where: str) -> None:
    """On a small telephone at twice the size too, where the whole receipt has no room."""
    payment = await shop.sell()
    await page.set_viewport_size({"width": 320, "height": 256})
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    if where == "this page":
        await fill_card(page, GOOD)
        await page.locator("button[type=submit]").focus()
        await page.keyboard.press("Enter")
    else:
        shop.stripe.pay(next(iter(shop.stripe.payment_intents)), GOOD)
    await expect_status(page, "paid")
    await expect(page.locator("#state")).to_be_focused()
    await expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_in_viewport()


async def test_after_another_try_the_keyboard_goes_on_before_the_card(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    script = re.compile(r".*/stripe\.js$")

    async def abort(route: Route) -> None:
        await route.abort()

    await page.route(script, abort)
    await page.goto(shop.page_of(payment))
    await page.get_by_role("button", name="Try again").focus()
    await page.unroute(script, abort)
    await page.keyboard.press("Enter")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.locator("#pay-form")).to_be_focused()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement?.tagName") == "IFRAME"
