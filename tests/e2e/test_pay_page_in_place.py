"""Nothing moves under the customer's finger, and what must be read is where they look."""

import re

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from sandbox.fake_stripe.store import Delivery
from tests.support.browser import DECLINED, GOOD, expect_no_findings, expect_status, fill_card, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")

# As https://web.dev/articles/cls measures it, but without forgiving what follows a tap.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    const moved = one.sources.map((source) => source.node?.id || source.node?.nodeName);
    window.shifts.push({ value: one.value, moved });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
MOST_SHIFT = 0.02
WRONG_CVC = "4000000000000127"  # no decline is told at greater length
IN_VIEW = """element => {
  const box = element.getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}"""


async def expect_in_place(page: Page) -> None:
    """Since the page was loaded."""
    shifts = await page.evaluate("window.shifts")
    assert sum(one["value"] for one in shifts) < MOST_SHIFT, shifts


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 560), (320, 560)])
async def test_after_a_decline_reason_and_button_are_in_view_and_the_reason_has_the_focus(
    shop: PayShop, browser: Browser, width: int, height: int, language: str
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": height})
    page, payment = await context.new_page(), await shop.sell(language=language)
    await page.goto(shop.page_of(payment))
    await pay(page, DECLINED)
    alert, button = page.get_by_role("alert"), page.locator("button[type=submit]")
    await expect(alert).to_be_focused()
    await expect_status(page, "failed")
    await expect(button).to_be_enabled()
    for place in (alert, button):
        assert await place.evaluate(IN_VIEW), await place.bounding_box()
    told = await alert.inner_text()
    assert (await page.locator("body").inner_text()).count(told.split(":")[1].split(".")[0]) == 1
    await context.close()


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("wallets", [(), ("googlePay",)], ids=["cards alone", "with wallets"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 560), (320, 560)])
async def test_nothing_moves_while_loading_declined_and_paid(
    shop: PayShop, browser: Browser, width: int, height: int, wallets: tuple[str, ...], language: str
) -> None:
    shop.stripe.switches.wallets = wallets
    context = await browser.new_context(viewport={"width": width, "height": height})
    await context.add_init_script(WATCH_SHIFTS)
    page, payment = await context.new_page(), await shop.sell(language=language)
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect_in_place(page)
    await pay(page, WRONG_CVC)
    await expect_status(page, "failed")
    await expect_in_place(page)
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect_in_place(page)
    await context.close()


async def test_nothing_moves_while_the_bank_is_waited_for(shop: PayShop, context: BrowserContext) -> None:
    await context.add_init_script(WATCH_SHIFTS)
    page, payment = await context.new_page(), await shop.sell()
    await page.goto(shop.page_of(payment, "/done?payment_intent=pi_1&redirect_status=succeeded"))
    await expect(page.locator("#status")).to_contain_text("no answer from the bank yet")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect_in_place(page)
    shop.stripe.switches.delivery = Delivery.NONE
    await pay(page, GOOD)
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")
    await expect_in_place(page)
    succeeded = next(one for one in shop.stripe.events if one["type"] == "payment_intent.succeeded")
    await shop.stripe.deliver(succeeded["id"])
    await expect_status(page, "paid")
    await expect_in_place(page)


async def test_nothing_moves_when_the_form_does_not_come(shop: PayShop, context: BrowserContext) -> None:
    await context.add_init_script(WATCH_SHIFTS)
    page, payment = await context.new_page(), await shop.sell()
    script = re.compile(r".*/stripe\.js$")

    async def abort(route: Route) -> None:
        await route.abort()

    await page.route(script, abort)
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    await expect_in_place(page)
    await page.unroute(script, abort)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect_in_place(page)


async def test_a_line_that_the_browser_calls_dead_is_tried_all_the_same(shop: PayShop, context: BrowserContext) -> None:
    """Behind a VPN ``navigator.onLine`` is often false."""
    await context.add_init_script("Object.defineProperty(navigator, 'onLine', { get: () => false })")
    page, payment = await context.new_page(), await shop.sell()
    await page.goto(shop.page_of(payment))
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await fill_card(page, GOOD)
    await page.locator("button[type=submit]").click()
    await expect_status(page, "paid")


# How many lines the text of an element takes.
LINES = (
    "one => { const range = document.createRange(); range.selectNodeContents(one);"
    " return range.getClientRects().length; }"
)

# How many its first word takes.
FIRST_WORD_LINES = (
    "one => { const range = document.createRange(), text = one.firstChild;"
    " range.setStart(text, 0); range.setEnd(text, text.data.indexOf(' '));"
    " return range.getClientRects().length; }"
)

# And how many the amount on a button takes.
AMOUNT_LINES = (
    "one => { const range = document.createRange(), text = one.firstChild;"
    " range.setStart(text, text.data.search(/\\d/)); range.setEnd(text, text.length);"
    " return range.getClientRects().length; }"
)

TWICE = (
    "() => { const all = [...document.querySelectorAll('body, body *')],"
    " sizes = all.map((one) => parseFloat(getComputedStyle(one).fontSize));"
    " all.forEach((one, n) => { one.style.fontSize = 2 * sizes[n] + 'px'; }); }"
)


@pytest.mark.parametrize(("amount", "currency"), [(1900, "eur"), (99_999_999, "idr")])
async def test_at_195_pixels_amount_and_button_are_whole(
    shop: PayShop, browser: Browser, amount: int, currency: str
) -> None:
    """A phone's width at twice the size."""
    context = await browser.new_context(viewport={"width": 195, "height": 422})
    page, payment = await context.new_page(), await shop.sell(language="ru", amount=amount, currency=currency)
    await page.goto(shop.page_of(payment))
    button = page.locator("button[type=submit]")
    await expect(button).to_be_enabled()
    for place in (button, page.locator(".amount")):
        assert await place.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert await place.evaluate("one => one.getBoundingClientRect().right <= innerWidth")
    assert await page.locator(".amount").evaluate(LINES) == 1
    assert await button.evaluate(LINES) <= 2, "a word, or the amount, is broken"
    assert await page.locator("h1").evaluate(FIRST_WORD_LINES) == 1
    await expect_no_findings(page)
    await context.close()


async def test_text_twice_as_large_breaks_no_word(shop: PayShop, browser: Browser) -> None:
    """Text alone, as Android's own size of letters does it in Telegram."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, bypass_csp=True)
    page, payment = await context.new_page(), await shop.sell(language="ru", amount=190000)
    await page.goto(shop.page_of(payment))
    button = page.locator("button[type=submit]")
    await expect(button).to_be_enabled()
    await page.evaluate(TWICE)
    for place in (button, page.locator("h1")):
        assert await place.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert await place.evaluate(FIRST_WORD_LINES) == 1
    assert await button.evaluate(AMOUNT_LINES) == 1
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


async def test_what_is_over_leads_back_to_the_chat(shop: PayShop, page: Page) -> None:
    """By what looks like a button, in the system's own colours too."""
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect(page.get_by_role("link", name="Open the chat")).to_have_attribute(
        "href", re.compile(r"https://t\.me/")
    )
    await page.emulate_media(forced_colors="active")
    await expect(page.get_by_role("link", name="Open the chat")).to_have_css("border-top-width", "1px")


@pytest.mark.parametrize("width", [195, 320])
async def test_no_figure_of_a_receipt_is_broken(shop: PayShop, browser: Browser, width: int) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 640})
    page, payment = await context.new_page(), await shop.sell(language="ru")
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "paid")
    for fact in ("Оплачено", "Квитанция"):
        assert await page.locator("dl div", has_text=fact).locator("dd").evaluate(LINES) == 1
    await expect_no_findings(page)
    await context.close()


@pytest.mark.parametrize("width", [195, 320, 390])
@pytest.mark.parametrize("money", [(123456789, "eur"), (2500000000, "idr")])
async def test_a_large_amount_is_whole(shop: PayShop, browser: Browser, width: int, money: tuple[int, str]) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 640})
    page, payment = await context.new_page(), await shop.sell(language="ru", amount=money[0], currency=money[1])
    await page.goto(shop.page_of(payment))
    assert await page.locator(".amount").evaluate(LINES) == 1
    if width >= 320:
        assert await page.locator("button[type=submit]").evaluate(AMOUNT_LINES) == 1
    for place in (page.locator("button[type=submit]"), page.locator(".amount")):
        assert await place.evaluate("one => one.scrollWidth <= one.clientWidth")
        assert await place.evaluate("one => one.getBoundingClientRect().right <= innerWidth")
    await expect_no_findings(page)
    await context.close()
