"""What Stripe has told the page and the database has not heard of yet: nobody reads that nothing was charged."""

import math
import re
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from sandbox.fake_stripe.store import Delivery
from tests.support.browser import DECLINED, GOOD, expect_status, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")
UNTRUE = re.compile("Nothing was charged|Try another card|new link|could not be")


async def deliver(shop: PayShop, kind: str) -> None:
    await shop.stripe.deliver(next(one["id"] for one in shop.stripe.events if one["type"] == kind))


async def expect_waiting(page: Page) -> None:
    await expect(page.locator("#status")).to_contain_text(re.compile("Waiting for the bank|longer than usual"))
    await expect(page.get_by_text(UNTRUE)).to_have_count(0)
    await expect(page.locator("button[type=submit]")).to_be_disabled()


async def test_a_decline_that_is_heard_of_after_the_next_card_was_taken_is_not_told(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, DECLINED)
    await expect(page.get_by_role("alert")).to_contain_text("not enough money")
    await pay(page, GOOD)
    await expect_waiting(page)
    await deliver(shop, "payment_intent.payment_failed")
    await expect_status(page, "failed")
    await expect_waiting(page)
    await deliver(shop, "payment_intent.succeeded")
    await expect_status(page, "paid")
    await expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()


async def test_who_goes_away_and_back_while_it_is_waited_for_reads_so_still(shop: PayShop, page: Page) -> None:
    """By the back button: the browser had kept the page as it was."""
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_waiting(page)
    await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert "Waiting for the bank" in (await page.locator("#status").text_content() or "")


@pytest.mark.parametrize("end", ["", "/done?payment_intent=pi_1&redirect_status=succeeded"])
async def test_a_page_of_a_decline_learns_from_stripe_that_another_card_was_taken(
    shop: PayShop, page: Page, end: str
) -> None:
    payment = await shop.sell()
    async with aiohttp.ClientSession() as session, session.post(f"{shop.page_of(payment)}/intent") as opened:
        intent_id = (await opened.json())["client_secret"].partition("_secret_")[0]
    shop.stripe.pay(intent_id, DECLINED)
    await shop.stripe.wait_delivered()
    shop.stripe.switches.delivery = Delivery.NONE
    shop.stripe.pay(intent_id, GOOD)
    await page.goto(shop.page_of(payment, end))
    await expect_waiting(page)
    await deliver(shop, "payment_intent.succeeded")
    await expect_status(page, "paid")


@pytest.mark.parametrize("gone", ["link", "file"])
async def test_what_ends_the_link_meanwhile_does_not_end_what_was_paid(
    shop: PayShop, page: Page, tmp_path: Path, gone: str
) -> None:
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_waiting(page)
    if gone == "link":
        shop.clock.forward(hours=25)
    else:
        (tmp_path / "City guide.pdf").unlink()
    async with page.expect_response(f"{shop.page_of(payment)}?lang=en"):
        pass
    await expect_waiting(page)
    if gone == "link":
        shop.clock.forward(hours=-25)  # what Stripe signs, it signs with the real time
    await deliver(shop, "payment_intent.succeeded")
    await expect_status(page, "paid")
    await expect(page.locator("#status")).to_be_empty()


async def test_a_debit_that_is_refused_at_once_brings_the_form_back(shop: PayShop, page: Page) -> None:
    """Told as on its way by Stripe, and refused before the page heard of the processing."""
    payment = await shop.sell()
    shop.stripe.switches.processing_seconds = math.inf
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_waiting(page)
    shop.stripe.release_processing(next(iter(shop.stripe.payment_intents)), succeed=False)
    await deliver(shop, "payment_intent.payment_failed")
    await expect_status(page, "failed")
    await expect(page.get_by_role("alert")).to_contain_text("Not paid")
    await expect(page.locator("button[type=submit]")).to_be_enabled()


async def test_a_debit_that_was_canceled_is_told_beside_the_new_form(shop: PayShop, page: Page) -> None:
    """Its words stood until the form's own new intent had come."""
    payment = await shop.sell()
    shop.stripe.switches.processing_seconds = math.inf
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "processing")
    shop.stripe.cancel(next(iter(shop.stripe.payment_intents)))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await expect_status(page, "pending")
    await expect(page.get_by_role("status")).to_have_text(
        "That attempt was canceled. Nothing was charged, and you can pay again."
    )


async def test_paid_is_not_said_to_be_waited_for_where_stripes_answer_comes_last(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate("""() => {
        const { confirmPayment } = Object.getPrototypeOf(Stripe("pk_test_1"));
        Object.getPrototypeOf(Stripe("pk_test_1")).confirmPayment = async function (options) {
            const result = await confirmPayment.call(this, options);
            await new Promise((resolve) => { window.answer = resolve; });
            return result;
        };
    }""")
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await page.evaluate("window.answer()")
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))")
    await expect(page.locator("#status")).to_be_empty()


@pytest.mark.parametrize("end", ["", "/done", "/done?payment_intent=pi_1&redirect_status=pending"])
async def test_a_debit_that_takes_days_is_not_asked_for_again(shop: PayShop, page: Page, end: str) -> None:
    """Loaded again, or back from the bank: Stripe draws its form still; only the webhook is late."""
    payment = await shop.sell()
    async with aiohttp.ClientSession() as session, session.post(f"{shop.page_of(payment)}/intent") as opened:
        intent_id = (await opened.json())["client_secret"].partition("_secret_")[0]
    shop.stripe.switches.processing_seconds = math.inf
    shop.stripe.switches.delivery = Delivery.NONE
    shop.stripe.pay(intent_id, GOOD)
    await page.goto(shop.page_of(payment, end))
    await expect(page.locator("form")).to_have_class("ready")
    await expect_waiting(page)
    shop.stripe.release_processing(intent_id, succeed=False)
    await deliver(shop, "payment_intent.payment_failed")
    await expect(page.get_by_role("alert")).to_contain_text("Not paid")
    await expect(page.locator("button[type=submit]")).to_be_enabled()
