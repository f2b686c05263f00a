"""What Stripe's script may answer beside yes and no: nothing is claimed that is not known."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from sandbox.fake_stripe.store import Delivery
from tests.support.browser import DECLINED, GOOD, expect_status, fill_card, pay
from tests.support.pay_shop import PayShop

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")
UNCLEAR = "The payment could not be confirmed. Check the connection and try again: nothing is charged twice."

# Answers to the confirmation as ``answering`` says, which is given what really came of it where ``reaches``.
ANSWER = """([reaches, answering]) => {
    const kind = Object.getPrototypeOf(Stripe("pk_test_1"));
    window.real ??= kind.confirmPayment;
    kind.confirmPayment = async function (options) {
        if (reaches) await window.real.call(this, options);
        if (answering === "throw") throw new TypeError("Failed to fetch");
        return { error: { message: "For developers.", ...answering } };
    };
}"""
RESTORE = "Object.getPrototypeOf(Stripe('pk_test_1')).confirmPayment = window.real; 0"
ODD = [
    "throw",
    {"type": "api_connection_error"},
    {"type": "api_error"},
    {"type": "rate_limit_error", "code": "rate_limit"},
    {"type": "idempotency_error"},
    {"type": "invalid_request_error", "code": "lock_timeout"},
    {"type": "authentication_error"},
]
TERMINAL = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}


@pytest.mark.parametrize("answer", ODD, ids=str)
async def test_without_an_answer_the_form_stays_and_the_next_try_pays(
    shop: PayShop, page: Page, answer: str | dict[str, str]
) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(ANSWER, [False, answer])
    await pay(page, GOOD)
    await expect(page.get_by_role("alert")).to_have_text(UNCLEAR)
    await expect(page.get_by_role("alert")).to_be_focused()
    await page.evaluate(RESTORE)
    await page.locator("button[type=submit]").click()
    await expect_status(page, "paid")


@pytest.mark.parametrize("answer", [ODD[0], ODD[1], TERMINAL], ids=str)
async def test_what_came_through_though_its_answer_did_not_is_waited_for(
    shop: PayShop, page: Page, answer: str | dict[str, str]
) -> None:
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(ANSWER, [True, answer])
    await pay(page, GOOD)
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")
    await expect(page.locator("#alert")).to_be_empty()
    await expect(page.locator("button[type=submit]")).to_be_disabled()


@pytest.mark.parametrize("back", ["line", "page"])
async def test_stripe_is_asked_what_came_of_it_once_it_can_be(shop: PayShop, page: Page, back: str) -> None:
    """Between the confirmation and its answer nothing came through any more, and the browser noticed nothing; or the
    page was left, and the browser kept it."""
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(ANSWER, [True, "throw"])
    dead = re.compile(r"/v1/payment_intents/\w+\?|/status")

    async def lose(route: Route) -> None:
        await route.abort()

    await page.route(dead, lose)
    await pay(page, GOOD)
    await expect(page.get_by_role("alert")).to_have_text(UNCLEAR)
    if back == "page":
        await page.unroute(dead, lose)
        await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    else:
        await expect(page.locator("#status")).to_contain_text("The connection has dropped")
        await page.unroute(dead, lose)
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")
    await expect(page.locator("#alert")).to_be_empty()
    await expect(page.locator("button[type=submit]")).to_be_disabled()


@pytest.mark.parametrize("reaches", [True, False])
async def test_a_wallet_is_told_of_a_failure_only_where_there_is_one(shop: PayShop, page: Page, reaches: bool) -> None:
    shop.stripe.switches.wallets = ("googlePay",)
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await page.evaluate(ANSWER, [reaches, "throw"])
    wallets = page.frame_locator('iframe[title="Secure express checkout frame"]')
    await wallets.get_by_role("button", name="Google Pay").click()
    if reaches:
        await expect_status(page, "paid")
    else:
        await expect(page.get_by_role("alert")).to_have_text(UNCLEAR)
        await expect(wallets.locator("body")).to_have_attribute("data-failed", "fail")


async def test_a_form_that_stripe_will_not_draw_any_more_is_not_said_to_have_failed(shop: PayShop, page: Page) -> None:
    """Its error need not bring the intent along."""
    payment = await shop.sell()
    shop.stripe.switches.delivery = Delivery.NONE
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")

    async def bare(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace(", payment_intent: intent }", " }"))

    await page.route(re.compile(r".*/elements-inner\.js"), bare)
    await page.reload()
    await expect(page.locator("#status")).to_contain_text("Waiting for the bank")
    await expect(page.locator("#alert")).to_be_empty()


async def test_a_shop_with_another_key_by_now_takes_money_on_an_open_page(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    keys: list[str] = []

    async def first_another(route: Route) -> None:
        opened = await (answer := await route.fetch()).json()
        keys.append(opened["publishable_key"])
        key = "pk_test_of_before" if len(keys) == 1 else keys[0]
        await route.fulfill(response=answer, json={**opened, "publishable_key": key})

    await page.route("**/intent", first_another)
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("alert")).to_contain_text("could not be started")
    await page.get_by_role("button", name="Try again").click()
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_a_slow_line_is_waited_for_longer_each_time(shop: PayShop, page: Page) -> None:
    """Eight seconds for each answer are no reason to tell nobody that they have paid."""
    payment = await shop.sell()
    await page.clock.install()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    held: list[Route] = []
    await page.route("**/status", lambda route: held.append(route))
    shop.stripe.pay(next(iter(shop.stripe.payment_intents)), GOOD)
    await shop.stripe.wait_delivered()
    while len(held) < 2:
        await page.clock.run_for(1000)
    await page.clock.run_for(8000)
    await held[1].continue_()
    await expect_status(page, "paid")


async def test_the_reason_is_the_last_cards_where_its_decline_comes_late(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, DECLINED)
    await expect_status(page, "failed")
    await expect(page.get_by_role("alert")).to_contain_text("not enough money")
    await asyncio.sleep(1)  # Stripe tells times to the second: of two declines in one nobody knows which was the last
    shop.stripe.pay(next(iter(shop.stripe.payment_intents)), "4000000000009987")
    await expect(page.get_by_role("alert")).not_to_contain_text("not enough money")
    await expect(page.get_by_role("alert")).to_contain_text("Not paid")
    await fill_card(page, GOOD)
