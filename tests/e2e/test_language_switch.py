"""The page in the language that is chosen at its foot, through everything that reads it anew."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.support.browser import DECLINED, FRAME, GOOD, REDIRECT, expect_status, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("told", "name", "button", "decline", "paid"),
    [
        ("en", "Русский", "Оплатить 19,00 €", "на карте не хватает денег", "Оплачено"),
        ("ru", "English", "Pay €19.00", "not enough money", "Paid. Thank you!"),
    ],
)
async def test_a_choice_holds_through_decline_bank_and_receipt(
    shop: PayShop, page: Page, told: str, name: str, button: str, decline: str, paid: str
) -> None:
    payment = await shop.sell(language=told)
    await page.goto(shop.page_of(payment))
    await page.get_by_role("link", name=name, exact=True).click()
    await expect(page.get_by_role("button", name=button, exact=True)).to_be_enabled()
    await expect(page).to_have_url(shop.page_of(payment))
    await pay(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text(decline)
    await expect_status(page, "failed")
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text(decline)
    await pay(page, REDIRECT)
    await page.locator("#complete").click()
    await expect_status(page, "paid")
    await expect(page).to_have_url(shop.page_of(payment, "/done"))
    await expect(page.get_by_role("heading", level=2)).to_contain_text(paid)
    await page.get_by_role("link", name={"en": "English", "ru": "Русский"}[told], exact=True).click()
    await expect(page.locator("html")).to_have_attribute("lang", told)
    assert (await shop.payment(payment.pay_token)).language == payment.language


async def test_stripes_form_speaks_it_too(shop: PayShop, page: Page) -> None:
    payment = await shop.sell(language="en")
    await page.goto(f"{shop.page_of(payment)}?lang=ru")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.frame_locator(FRAME).locator("html")).to_have_attribute("lang", "ru")


async def test_it_is_this_tabs_alone_and_does_without_storage(shop: PayShop, context: BrowserContext) -> None:
    payment = await shop.sell(language="en")
    first, second = await context.new_page(), await context.new_page()
    await second.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
    )
    await first.goto(f"{shop.page_of(payment)}?lang=ru")
    await second.goto(shop.page_of(payment))
    await expect(second.get_by_role("button", name="Pay €19.00", exact=True)).to_be_enabled()
    await second.get_by_role("link", name="Русский").click()
    await pay(second, GOOD)
    await expect_status(second, "paid")
    await expect(second.get_by_role("heading", level=2)).to_contain_text("Оплачено")
