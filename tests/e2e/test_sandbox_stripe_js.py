"""The Stripe.js stand-in in a real Chromium, on a page with the strict policy of a shop, from another origin."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, FrameLocator, Page, expect

from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.api import StripeStandIn
from tests.support.browser import FRAME, SLOW

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGE = """<!doctype html><html lang="en"><head><title>Shop</title><meta charset="utf-8">
<script src="{stripe}/endive/stripe.js"></script><script src="/shop.js" defer></script></head>
<body><main><div id="element"></div><button id="pay">Pay</button><p id="said"></p><p id="heard"></p></main>
</body></html>"""
SHOP = """
const settings = await (await fetch("/settings")).json();
const stripe = Stripe(settings.key);
const elements = stripe.elements({
  clientSecret: settings.secret, locale: settings.locale, appearance: { theme: settings.theme },
});
const element = elements.create("payment");
const heard = document.getElementById("heard");
for (const event of ["loaderstart", "ready", "change", "loaderror"]) {
  element.on(event, (detail) => {
    const told = event === "change" ? (detail.complete ? "complete" : "incomplete") : event;
    heard.textContent += ` ${told}`;
  });
}
element.mount("#element");
const say = (what) => { document.getElementById("said").textContent = JSON.stringify(what); };
document.getElementById("pay").addEventListener("click", async () => {
  say(await stripe.confirmPayment({
    elements, confirmParams: { return_url: `${location.origin}/done` }, redirect: settings.redirect,
  }));
});
window.misuse = async () => {
  const wrong = [
    () => element.mount("#element"), () => elements.create("payment"), () => elements.create("card"),
    () => element.on("nothing", () => {}), () => Stripe(""), () => Stripe("sk_test_1"), () => Stripe("pk_live_1"),
    () => stripe.elements({ clientSecret: "nonsense" }), () => stripe.elements().create("payment"),
    () => stripe.confirmPayment({ elements }), () => stripe.confirmPayment({}),
    () => stripe.retrievePaymentIntent("nonsense"),
  ];
  const names = [];
  for (const act of wrong) {
    try { await act(); names.push("nothing"); } catch (error) { names.push(error.name); }
  }
  return names;
};
window.look = () => stripe.retrievePaymentIntent(settings.secret);
window.again = () => { element.unmount(); element.mount("#element"); };
window.submit = () => elements.submit();
"""


@dataclass
class Shop:
    """A tiny shop with a strict policy, on an origin of its own."""

    service: StripeStandIn
    intent_id: str
    locale: str = "en"
    theme: str = "stripe"
    redirect: str = "if_required"
    url: str = ""

    async def page(self, request: web.Request) -> web.Response:
        origin = self.service.url
        policy = (
            f"default-src 'none'; script-src 'self' {origin}; frame-src {origin}; style-src 'self';"
            f" connect-src 'self' {origin}"
        )
        return web.Response(
            text=PAGE.format(stripe=origin).replace("defer", 'type="module"'),
            content_type="text/html",
            headers={"Content-Security-Policy": policy},
        )

    async def script(self, request: web.Request) -> web.Response:
        return web.Response(text=SHOP, content_type="text/javascript")

    async def settings(self, request: web.Request) -> web.Response:
        secret = self.service.payment_intents[self.intent_id]["client_secret"]
        return web.json_response({
            "key": self.service.publishable_key, "secret": secret, "locale": self.locale, "theme": self.theme,
            "redirect": self.redirect,
        })  # fmt: skip

    async def done(self, request: web.Request) -> web.Response:
        return web.Response(
            text=f"<!doctype html><p id=said>{request.query['redirect_status']}</p>", content_type="text/html"
        )

    @property
    def status(self) -> str:
        return str(self.service.payment_intents[self.intent_id]["status"])


@pytest_asyncio.fixture(loop_scope="session")
async def shop() -> AsyncIterator[Shop]:
    service = StripeStandIn(settle_seconds=0.01)
    await service.start()
    intent = service.create_payment_intent({"amount": 1900, "currency": "eur", "description": "City <guide>"})
    made = Shop(service, intent["id"])
    app = web.Application()
    app.router.add_get("/", made.page)
    app.router.add_get("/shop.js", made.script)
    app.router.add_get("/settings", made.settings)
    app.router.add_get("/done", made.done)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()
    await service.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(locale="en-US")
    opened = await context.new_page()
    opened.set_default_timeout(SLOW)
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    # a decline is a 402, which the browser writes down too
    assert [text for text in complaints if "Failed to load resource" not in text] == []


async def _open(page: Page, shop: Shop) -> FrameLocator:
    await page.goto(shop.url)
    await expect(page.locator("#heard")).to_contain_text("ready")
    return page.frame_locator(FRAME)


async def _type(card: FrameLocator, number: str, expiry: str = "1234", cvc: str = "123") -> None:
    await card.locator('[name="number"]').press_sequentially(number)
    await card.locator('[name="expiry"]').press_sequentially(expiry)
    await card.locator('[name="cvc"]').press_sequentially(cvc)


async def _said(page: Page) -> Any:
    await expect(page.locator("#said")).not_to_be_empty()
    return json.loads(await page.locator("#said").inner_text())


async def test_a_good_card_pays_without_leaving_the_page(page: Page, shop: Shop) -> None:
    card = await _open(page, shop)
    await _type(card, "4242424242424242")
    await expect(card.locator('[name="number"]')).to_have_value("4242 4242 4242 4242")
    await expect(card.locator('[name="expiry"]')).to_have_value("12 / 34")
    await expect(page.locator("#heard")).to_contain_text("incomplete complete")
    await page.click("#pay")
    said = await _said(page)
    assert (said["paymentIntent"]["id"], said["paymentIntent"]["status"]) == (shop.intent_id, "succeeded")
    assert "metadata" not in said["paymentIntent"]
    assert shop.status == "succeeded"
    charge = next(iter(shop.service.charges.values()))
    assert charge["billing_details"]["address"]["country"] == "US"


async def test_a_decline_is_told_and_another_card_may_follow(page: Page, shop: Shop) -> None:
    card = await _open(page, shop)
    await _type(card, "4000000000009995")
    await page.click("#pay")
    error = (await _said(page))["error"]
    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error",
        "card_declined",
        "insufficient_funds",
    )
    assert error["message"] == "Your card has insufficient funds."
    assert error["payment_intent"]["status"] == "requires_payment_method"
    await card.locator('[name="number"]').fill("5555555555554444")
    await page.click("#pay")
    await expect(page.locator("#said")).to_contain_text("succeeded")


async def test_an_incomplete_card_is_told_in_the_customers_language(page: Page, shop: Shop) -> None:
    shop.locale = "ru"
    card = await _open(page, shop)
    await expect(card.get_by_label("Номер карты")).to_be_visible()
    await _type(card, "4242")
    await page.click("#pay")
    error = (await _said(page))["error"]
    assert (error["type"], error["code"]) == ("validation_error", "incomplete_number")
    assert error["message"] == "Номер карты введён не полностью."
    await expect(card.get_by_text(error["message"])).to_be_visible()
    assert (await page.evaluate("submit()"))["error"]["code"] == "incomplete_number"
    assert shop.service.charges == {}


async def test_a_decline_is_told_in_russian(page: Page, shop: Shop) -> None:
    shop.locale = "ru"
    card = await _open(page, shop)
    await card.get_by_text("Песочница").click()
    await card.get_by_role("button", name="Отказ").click()
    await page.click("#pay")
    assert (await _said(page))["error"]["message"] == "Ваша карта отклонена."


@pytest.mark.parametrize(("button", "word"), [("#complete", "succeeded"), ("#fail", "unable to authenticate")])
async def test_3d_secure_in_a_window_over_the_page(page: Page, shop: Shop, button: str, word: str) -> None:
    card = await _open(page, shop)
    await _type(card, "4000000000003220")
    await page.click("#pay")
    challenge = page.frame_locator('iframe[title="3D Secure challenge frame"]')
    await expect(challenge.get_by_text("City <guide>")).to_be_visible()
    await challenge.locator(button).click()
    await expect(page.locator("#said")).to_contain_text(word)
    await expect(page.locator('iframe[title="3D Secure challenge frame"]')).to_have_count(0)
    assert shop.status == ("succeeded" if word == "succeeded" else "requires_payment_method")


async def test_a_card_declined_after_3d_secure_is_a_decline(page: Page, shop: Shop) -> None:
    card = await _open(page, shop)
    await _type(card, "4000008400001629")
    await page.click("#pay")
    await page.frame_locator('iframe[title="3D Secure challenge frame"]').locator("#complete").click()
    error = (await _said(page))["error"]
    assert (error["type"], error["decline_code"]) == ("card_error", "generic_decline")


@pytest.mark.parametrize(("button", "word"), [("#complete", "succeeded"), ("#fail", "failed")])
async def test_3d_secure_on_the_banks_page(page: Page, shop: Shop, button: str, word: str) -> None:
    card = await _open(page, shop)
    await _type(card, "4000002500003155")
    await page.click("#pay")
    await page.wait_for_url(f"{shop.service.url}/bank/3ds/**")
    await expect(page.get_by_text("19.00 eur")).to_be_visible()
    await page.click(button)
    await page.wait_for_url(f"{shop.url}/done?**")
    assert f"payment_intent={shop.intent_id}" in page.url
    assert "payment_intent_client_secret=" in page.url
    await expect(page.locator("#said")).to_have_text(word)


async def test_without_if_required_the_page_is_left_at_success(page: Page, shop: Shop) -> None:
    shop.redirect = "always"
    card = await _open(page, shop)
    await _type(card, "4242424242424242")
    await page.click("#pay")
    await page.wait_for_url(f"{shop.url}/done?**")
    await expect(page.locator("#said")).to_have_text("succeeded")


async def test_an_unreachable_service_is_told(page: Page, shop: Shop) -> None:
    shop.service.faults.set(FaultMode.RESET, path_contains="/confirm")
    card = await _open(page, shop)
    await _type(card, "4242424242424242")
    await page.click("#pay")
    assert (await _said(page))["error"]["type"] == "api_connection_error"


async def test_a_paid_intent_cannot_be_loaded_again(page: Page, shop: Shop) -> None:
    shop.service.pay(shop.intent_id)
    await page.goto(shop.url)
    await expect(page.locator("#heard")).to_contain_text("loaderror")


async def test_misuse_throws_as_the_real_script_does(page: Page, shop: Shop) -> None:
    await _open(page, shop)
    assert set(await page.evaluate("misuse()")) == {"IntegrationError"}
    await page.evaluate("again()")
    await expect(page.locator("#heard")).to_contain_text("ready loaderstart ready")
    looked = await page.evaluate("look()")
    assert looked["paymentIntent"]["id"] == shop.intent_id


async def test_the_form_follows_the_theme_and_the_width_of_a_phone(page: Page, shop: Shop) -> None:
    shop.theme = "night"
    await page.set_viewport_size({"width": 320, "height": 640})
    card = await _open(page, shop)
    await expect(card.locator("html")).to_have_attribute("data-theme", "night")
    inner = await card.locator("html").evaluate("html => html.scrollWidth - html.clientWidth")
    assert inner <= 0
    await expect(card.locator('[name="number"]')).to_have_attribute("inputmode", "numeric")
