"""The wallets' buttons: first where the browser has some, no room where not, and the same payment all the same."""

import pytest
from playwright.async_api import BrowserContext, FrameLocator, Page, expect

from tests.e2e.test_pay_page_in_place import WATCH_SHIFTS, expect_in_place
from tests.support.browser import DECLINED, GOOD, MODAL, expect_no_findings, expect_status, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")


def wallets_in(page: Page) -> FrameLocator:
    return page.frame_locator('iframe[title="Secure express checkout frame"]')


async def opened(shop: PayShop, context: BrowserContext, *wallets: str, card: str = GOOD, language: str = "en") -> Page:
    shop.stripe.switches.wallets, shop.stripe.switches.wallet_card = wallets, card
    await context.add_init_script(WATCH_SHIFTS)
    page, payment = await context.new_page(), await shop.sell(language=language)
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    return page


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_one_tap_in_a_wallet_pays_and_nothing_moves(
    shop: PayShop, context: BrowserContext, language: str
) -> None:
    page = await opened(shop, context, "applePay", "googlePay", language=language)
    first = await page.locator("#wallets").bounding_box()
    card = await page.locator("#payment-element").bounding_box()
    assert first and card and first["height"] > 40 and first["y"] < card["y"]
    await expect_in_place(page)
    await expect_no_findings(page)
    await wallets_in(page).get_by_role("button", name="Google Pay").click()
    await expect_status(page, "paid")
    await expect_in_place(page)


async def test_without_any_there_is_no_room_for_them(shop: PayShop, context: BrowserContext) -> None:
    page = await opened(shop, context)
    box = await page.locator("#wallets").bounding_box()
    assert box is not None and box["height"] == 0
    await expect(page.locator(".or")).to_be_hidden()


async def test_what_the_card_form_offers_is_not_there_twice(shop: PayShop, context: BrowserContext) -> None:
    page = await opened(shop, context, "link", "applePay")
    await expect(wallets_in(page).get_by_role("button")).to_have_text(["Apple Pay"])


async def test_a_wallets_decline_is_told_at_the_page_and_in_the_wallet_and_a_card_pays(
    shop: PayShop, context: BrowserContext
) -> None:
    page = await opened(shop, context, "googlePay", card=DECLINED)
    await wallets_in(page).get_by_role("button", name="Google Pay").click()
    await expect(page.get_by_role("alert")).to_contain_text("not enough money")
    await expect(page.get_by_role("alert")).to_be_focused()
    await expect(wallets_in(page).locator("body")).to_have_attribute("data-failed", "fail")
    await expect_in_place(page)
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_a_bank_that_asks_after_a_wallet_is_answered_over_the_page(
    shop: PayShop, context: BrowserContext
) -> None:
    page = await opened(shop, context, "googlePay", card=MODAL)
    await wallets_in(page).get_by_role("button", name="Google Pay").click()
    await page.frame_locator('iframe[title="3D Secure challenge frame"]').locator("#complete").click()
    await expect_status(page, "paid")


async def test_wallets_that_cannot_be_loaded_leave_the_card_form(shop: PayShop, context: BrowserContext) -> None:
    await context.route("**/express-inner.html", lambda route: route.abort())
    page = await opened(shop, context, "googlePay")
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_link_learns_the_address_from_the_answer_and_the_page_holds_only_its_mask(
    shop: PayShop, context: BrowserContext
) -> None:
    page, payment = await context.new_page(), await shop.sell()
    async with page.expect_response("**/intent") as answered:
        await page.goto(shop.page_of(payment))
    answer = await (await answered.value).json()
    assert answer["email"] == payment.email
    assert payment.email not in await page.content()
