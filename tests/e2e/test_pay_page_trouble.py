"""The pay page while something is down, blocked, late or offline."""

import asyncio
import re

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.errors import refused_for_good
from sandbox.fake_stripe.store import Delivery
from tests.support.browser import GOOD, expect_status, fill_card, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("is_heard", [True, False])
async def test_without_stripe_js_there_are_words_and_a_way_to_try_again(
    shop: PayShop, page: Page, is_heard: bool
) -> None:
    """A blocker is quicker than our own script's way, and is told of all the same, also where the browser tells that
    before our script can hear it, as Firefox does: the time that it would take without never comes here."""
    payment, is_blocked = await shop.sell(), asyncio.Event()
    if not is_heard:
        await page.add_init_script("addEventListener('error', (event) => event.stopImmediatePropagation(), true)")
    blocked = re.compile(r".*/stripe\.js$")

    async def abort(route: Route) -> None:
        await route.abort()
        is_blocked.set()

    async def after_that(route: Route) -> None:
        await is_blocked.wait()
        await route.continue_()

    await page.route(blocked, abort)
    await page.route("**/static/pay.js*", after_that)
    await page.clock.set_fixed_time(shop.clock.now())
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    await expect(page.locator("button[type=submit]")).to_be_disabled()
    await page.unroute(blocked, abort)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.get_by_role("alert")).to_be_empty()
    await expect(page.get_by_role("button", name="Try again")).to_be_hidden()


async def test_while_stripe_is_down_the_page_says_so_and_then_goes_on_by_itself(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    shop.stripe.faults.set(FaultMode.SERVER_ERROR)
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("alert")).to_contain_text("does not answer")
    await expect(page.get_by_role("button", name="Try again")).to_be_visible()
    shop.stripe.faults.set(FaultMode.OK)
    await expect(page.locator("button[type=submit]")).to_be_enabled()


async def test_a_proxys_answer_in_the_shops_place_is_not_the_last_word(shop: PayShop, page: Page) -> None:
    """While the shop restarts, say, or of a network that lets nothing through before somebody has signed in."""
    payment, again = await shop.sell(), page.get_by_role("button", name="Try again")
    answers = iter([(502, "<h1>Bad Gateway</h1>"), (404, "404 page not found"), (410, '{"error": 1}'), (200, "{}")])

    async def in_its_place(route: Route) -> None:
        status, body = next(answers, (502, ""))
        await route.fulfill(status=status, body=body)

    await page.route("**/intent", in_its_place)
    await page.goto(shop.page_of(payment))
    for _ in range(4):
        await expect(page.get_by_role("alert")).to_contain_text("could not be started")
        await again.click()
    await expect(again).to_be_visible()
    await page.route("**/status", in_its_place)
    async with page.expect_response(lambda answer: answer.url.endswith("/status") and answer.status == 502):
        await page.evaluate("dispatchEvent(new Event('offline'))")  # looked at once
    await page.unroute("**/intent", in_its_place)
    await page.unroute("**/status", in_its_place)
    await expect(page.locator("button[type=submit]")).to_be_enabled()


async def test_what_stripe_refuses_for_good_is_told_with_whom_to_write_to_and_not_asked_again(
    shop: PayShop, page: Page
) -> None:
    payment = await shop.sell()
    shop.stripe.switches.refusal = refused_for_good()["expired key"]
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("alert")).to_contain_text("write to @nightmarket_help")
    await expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    await page.evaluate("dispatchEvent(new Event('online'))")
    shop.stripe.switches.refusal = None
    await page.reload()
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    asked = [call.status for call in shop.stripe.calls if call.path == "/v1/payment_intents"]
    assert asked == [401, 200]


async def test_offline_is_said_and_nothing_is_lost(shop: PayShop, context: BrowserContext, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await fill_card(page, GOOD)
    await context.set_offline(True)
    await expect(page.get_by_role("status")).to_contain_text("You are offline")
    await page.locator("button[type=submit]").click()
    await expect(page.get_by_role("alert")).to_contain_text("You are offline")
    await expect(page.get_by_role("status")).to_be_hidden()
    await context.set_offline(False)
    await expect(page.locator("#status")).to_be_empty()
    await expect(page.get_by_role("alert")).to_have_text(re.compile("^The payment could not be confirmed"))
    await page.locator("button[type=submit]").click()
    await expect_status(page, "paid")


@pytest.mark.parametrize("missing", ["**/intent", "**/stripe.js"])
async def test_a_form_that_does_not_come_without_a_line_is_nobodys_fault(
    shop: PayShop, context: BrowserContext, page: Page, missing: str
) -> None:
    payment = await shop.sell()

    async def lose_the_line(route: Route) -> None:
        await page.wait_for_function("() => typeof PayRequests === 'object'")  # our own script has come
        await context.set_offline(True)
        await route.abort()

    await page.route(missing, lose_the_line)
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("alert")).to_contain_text("You are offline")
    await page.unroute(missing, lose_the_line)
    await context.set_offline(False)
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_who_has_paid_is_not_told_of_the_line(shop: PayShop, context: BrowserContext, page: Page) -> None:
    """The page goes on looking, for a refund may come; nothing of it waits for the customer."""
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await context.set_offline(True)
    for _ in range(3):
        await page.wait_for_event("requestfailed")
        assert await page.locator("#status").text_content() == ""


async def test_a_browser_that_wrongly_says_offline_pays(shop: PayShop, page: Page) -> None:
    await page.add_init_script("Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false })")
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect(page.get_by_text("You are offline")).to_be_hidden()


async def test_until_the_webhook_has_come_nothing_is_called_paid(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect(page.get_by_role("status")).to_contain_text("Waiting for the bank")
    await expect(page.locator("#payment-element")).to_have_attribute("inert", "")
    await expect(page.locator("button[type=submit]")).to_be_disabled()
    await expect(page.locator("main")).to_have_attribute("data-status", "pending")
    succeeded = next(one for one in shop.stripe.events if one["type"] == "payment_intent.succeeded")
    await shop.stripe.deliver(succeeded["id"])
    await expect_status(page, "paid")


@pytest.mark.parametrize("end", ["", "/done?payment_intent=pi_1&redirect_status=succeeded"])
async def test_what_stripe_calls_paid_is_waited_for_and_its_form_is_not_said_to_be_blocked(
    shop: PayShop, page: Page, end: str
) -> None:
    """Opened anew, or come back from the bank, while the webhook is late: Stripe shows no form any more."""
    payment = await shop.sell()
    async with aiohttp.ClientSession() as session, session.post(f"{shop.page_of(payment)}/intent") as opened:
        shop.stripe.switches.delivery = Delivery.NONE
        shop.stripe.pay((await opened.json())["client_secret"].partition("_secret_")[0], GOOD)
    await page.clock.install()
    await page.goto(shop.page_of(payment, end))
    for seconds in (5, 15, 40):
        await expect(page.get_by_role("status")).to_contain_text(re.compile("Waiting for the bank|longer than usual"))
        await page.clock.run_for(1000 * seconds)
        await expect(page.locator("#alert")).to_be_empty()
    await expect(page.get_by_role("status")).to_contain_text("longer than usual")
    await expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    await expect(page.locator("button[type=submit]")).to_be_disabled()


async def test_back_from_the_bank_without_an_answer_the_form_is_offered_after_a_while(
    shop: PayShop, page: Page
) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment, "/done?payment_intent=pi_1&redirect_status=succeeded"))
    await expect(page).to_have_url(shop.page_of(payment, "/done"))
    await expect(page.get_by_role("status")).to_contain_text("Waiting for the bank")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.get_by_role("status")).to_contain_text("There is no answer from the bank yet")
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_a_script_that_hangs_is_told_and_used_when_it_comes_after_all(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    held: list[Route] = []
    await page.route(re.compile(r".*/stripe\.js$"), lambda route: held.append(route))
    await page.goto(shop.page_of(payment), wait_until="commit")
    await expect(page.get_by_role("status")).to_contain_text("Loading")
    await expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    await held[0].continue_()
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_a_frame_that_is_slow_to_come_is_not_begun_anew_by_each_answer_that_was_lost(
    shop: PayShop, page: Page
) -> None:
    """Its line is slow, and never would it be there; the browser says when a line was cut."""
    payment, frames = await shop.sell(), list[Route]()

    async def lose(route: Route) -> None:
        await route.abort()

    await page.route("**/elements-inner.html*", lambda route: frames.append(route))
    await page.clock.install()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("iframe").first).to_be_attached()
    await page.clock.run_for(13_000)
    await expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    await page.route("**/status", lose)
    async with page.expect_event("requestfailed"):
        await page.clock.run_for(10_000)
    await page.unroute("**/status", lose)
    async with page.expect_response("**/status"):
        await page.clock.run_for(10_000)
    await frames[0].continue_()
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect(page.get_by_role("alert")).to_be_empty()
    assert len(frames) == 1


async def test_without_our_own_script_the_page_says_to_load_it_again(shop: PayShop, page: Page) -> None:
    """Under way for ever, blocked, or of a browser that is too old: nothing else on the page can tell."""
    payment = await shop.sell()
    told = page.get_by_text("did not load completely")
    end = "document.getAnimations().forEach((one) => one.finish())"
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(end)
    await expect(told).to_be_hidden()
    held: list[Route] = []
    await page.route("**/static/pay.js*", lambda route: held.append(route))
    await page.reload(wait_until="commit")
    await expect(told).to_be_attached()
    await expect(told).to_be_hidden()
    await page.evaluate(end)
    await expect(told).to_be_visible()


async def test_without_javascript_nothing_pretends_to_be_loading(shop: PayShop, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page, payment = await context.new_page(), await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("noscript p")).to_be_visible()
    await expect(page.locator("form")).to_be_hidden()
    await context.close()
