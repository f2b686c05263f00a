"""Stripe's script takes the payment and never answers: the page asks by itself how it stands, and claims nothing."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from sandbox.fake_stripe.store import Delivery
from tests.e2e.test_pay_page_behind import UNTRUE, deliver, expect_waiting
from tests.support.browser import DECLINED, GOOD, expect_status, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")
# What is asked for every twenty seconds is asked for at once.
SOON = """const every = setInterval;
    window.setInterval = (does, pause) => every(does, pause === 20000 ? 300 : pause);"""
SILENT = """reaches => {
    const kind = Object.getPrototypeOf(Stripe("pk_test_1"));
    window.real ??= kind.confirmPayment;
    kind.confirmPayment = async function (options) {
        if (reaches) await window.real.call(this, options);
        return new Promise(() => {});
    };
}"""
HELD_FORM = """() => {
    const kind = Object.getPrototypeOf(Stripe("pk_test_1").elements({ clientSecret: "pi_1_secret_1" }));
    const submit = kind.submit;
    kind.submit = () => new Promise((resolve) => { window.goesOn = () => resolve({}); });
    window.freed = () => { kind.submit = submit; };
}"""
SPEAKS = "window.freed?.(), (Object.getPrototypeOf(Stripe('pk_test_1')).confirmPayment = window.real), 0"
SAYS = """intent => {
    const kind = Object.getPrototypeOf(Stripe("pk_test_1"));
    window.asked ??= kind.retrievePaymentIntent;
    const answer = async () => ({ paymentIntent: intent || undefined });
    kind.retrievePaymentIntent = intent === "real" ? window.asked : answer;
}"""


async def silent(shop: PayShop, page: Page, number: str, *, reaches: bool, held: bool = False) -> None:
    await page.add_init_script(SOON)
    await page.goto(shop.page_of(await shop.sell()))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(SILENT, reaches)
    if held:
        await page.evaluate(HELD_FORM)
    await pay(page, number)


@pytest.mark.parametrize("where", ["confirmation", "form"])
async def test_what_has_not_come_may_be_sent_once_more(shop: PayShop, page: Page, where: str) -> None:
    await silent(shop, page, GOOD, reaches=False, held=where == "form")
    await expect(page.get_by_role("status")).to_have_text(
        "There is no answer from the bank yet. If you have not finished paying, you can go on."
    )
    await expect(page.get_by_text(UNTRUE)).to_have_count(0)
    await page.evaluate(SPEAKS)
    await page.locator("button[type=submit]").click()
    await expect_status(page, "paid")


@pytest.mark.parametrize("is_late", [False, True])
async def test_what_came_through_is_waited_for(shop: PayShop, page: Page, is_late: bool) -> None:
    shop.stripe.switches.delivery = Delivery.NONE
    await silent(shop, page, GOOD, reaches=True, held=is_late)
    if is_late:
        await expect(page.locator("button[type=submit]")).to_be_enabled()
        await page.evaluate("goesOn()")
    await expect_waiting(page)
    await deliver(shop, "payment_intent.succeeded")
    await expect_status(page, "paid")


async def test_what_was_declined_is_told(shop: PayShop, page: Page) -> None:
    await silent(shop, page, DECLINED, reaches=True)
    await expect(page.get_by_role("alert")).to_contain_text("not enough money")
    await expect(page.locator("button[type=submit]")).to_be_enabled()


@pytest.mark.parametrize(
    "intent",
    [
        {"status": "requires_action"},
        {"status": "requires_action", "next_action": {"type": "pix_display_qr_code"}},
        None,
    ],
)
async def test_as_long_as_it_may_be_at_the_bank_nothing_else_is_sent(
    shop: PayShop, page: Page, intent: dict[str, Any] | None
) -> None:
    await page.add_init_script(SOON)
    await page.goto(shop.page_of(await shop.sell()))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(SAYS, intent)
    await page.evaluate(SILENT, True)
    await pay(page, DECLINED)
    await expect(page.get_by_role("status")).to_contain_text("If your bank asks you to confirm the payment, do so")
    await page.evaluate("dispatchEvent(new Event('offline'))")  # looked at once
    await expect_status(page, "failed")
    await expect(page.locator("button[type=submit]")).to_be_disabled()
    await expect(page.get_by_text(UNTRUE)).to_have_count(0)
    await page.evaluate(SAYS, "real")
    await expect(page.get_by_role("alert")).to_contain_text("not enough money")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
