"""The pay page in a real Chromium: everything real behind it, but Stripe."""

from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.async_api import BrowserContext, Page, expect

from checkout.model.payment import Payment
from tests.support.browser import (
    DECLINED,
    GOOD,
    MODAL,
    REDIRECT,
    expect_status,
    fill_card,
    pay,
)
from tests.support.customers import ANNA
from tests.support.pay_shop import PayShop
from tests.support.payments import delivered_for, processing, under_review

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_good_card_pays_and_the_receipt_takes_the_forms_place(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("button", name="Pay €19.00", exact=True)).to_be_enabled()
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect(page.get_by_role("heading", name="Paid. Thank you!")).to_be_visible()
    await expect(page.locator("form")).to_have_count(0)
    assert (await shop.payment(payment.pay_token)).status == "paid"


async def test_a_declined_card_is_told_in_words_and_another_one_pays(shop: PayShop, page: Page) -> None:
    payment = await shop.sell(language="ru")
    await page.goto(shop.page_of(payment))
    await expect(page.get_by_role("button", name="Оплатить 19,00 €", exact=True)).to_be_enabled()
    await pay(page, DECLINED)
    await expect(page.get_by_role("alert")).to_have_text(
        "Оплата не прошла: на карте не хватает денег. Ничего не списано. Попробуйте другую карту."
    )
    await expect_status(page, "failed")
    await pay(page, GOOD)
    await expect_status(page, "paid")
    await expect(page.get_by_role("alert")).to_be_empty()


async def test_the_bank_sends_back_to_done_and_the_query_leaves_the_address_bar(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, REDIRECT)
    await page.locator("#complete").click()
    await expect(page).to_have_url(shop.page_of(payment, "/done"))
    await expect_status(page, "paid")


async def test_a_refusal_at_the_banks_page_comes_back_to_the_form(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, REDIRECT)
    await page.locator("#fail").click()
    await expect(page).to_have_url(shop.page_of(payment, "/done"))
    await expect_status(page, "failed")
    await expect(page.get_by_role("alert")).to_contain_text("not confirmed with your bank")
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_a_challenge_that_fails_is_told_and_the_form_stays(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, MODAL)
    await page.frame_locator('iframe[title="3D Secure challenge frame"]').locator("#fail").click()
    await expect(page.get_by_role("alert")).to_contain_text("not confirmed with your bank")
    await expect(page.locator("button[type=submit]")).to_be_enabled()


async def test_a_double_click_confirms_once(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    shop.stripe.switches.answer_seconds = 0.3
    await page.goto(shop.page_of(payment))
    button = page.locator("button[type=submit]")
    await expect(button).to_be_enabled()
    await fill_card(page, GOOD)
    await button.dblclick()
    await expect(button).to_be_disabled()
    await expect(page.get_by_role("status")).to_contain_text("Confirming the payment")
    await expect_status(page, "paid")
    assert [call.path.endswith("/confirm") for call in shop.stripe.calls].count(True) == 1
    assert len(shop.stripe.charges) == 1


async def test_an_incomplete_card_is_told_and_nothing_is_sent(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    button = page.locator("button[type=submit]")
    await expect(button).to_be_enabled()
    await button.click()
    await expect(page.get_by_role("alert")).not_to_be_empty()
    await expect(button).to_be_enabled()
    assert not any(call.path.endswith("/confirm") for call in shop.stripe.calls)
    await expect(page.locator("main")).to_have_attribute("data-status", "pending")


async def test_a_page_closed_and_opened_again_takes_the_same_intent(shop: PayShop, context: BrowserContext) -> None:
    payment = await shop.sell()
    first = await context.new_page()
    await first.goto(shop.page_of(payment))
    await expect(first.locator("button[type=submit]")).to_be_enabled()
    await first.close()
    second = await context.new_page()
    await second.goto(shop.page_of(payment))
    await pay(second, GOOD)
    await expect_status(second, "paid")
    assert len(shop.stripe.payment_intents) == 1


async def test_a_page_open_in_a_second_tab_ends_at_paid_too(shop: PayShop, context: BrowserContext) -> None:
    payment = await shop.sell()
    first, second = await context.new_page(), await context.new_page()
    for tab in (first, second):
        await tab.goto(shop.page_of(payment))
        await expect(tab.locator("button[type=submit]")).to_be_enabled()
    await pay(first, GOOD)
    await expect_status(first, "paid")
    await expect_status(second, "paid")
    await expect(second.locator("form")).to_have_count(0)


async def test_a_payment_that_takes_days_says_so_and_a_refusal_brings_the_form_back(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    shop.stripe.switches.processing_seconds = float("inf")
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "processing")
    await expect(page.locator("form")).to_have_count(0)
    await expect(page.get_by_text("several days")).to_be_visible()
    intent_id = next(iter(shop.stripe.payment_intents))
    shop.stripe.switches.processing_seconds = None
    shop.stripe.release_processing(intent_id, succeed=False)
    await expect_status(page, "failed")
    await pay(page, GOOD)
    await expect_status(page, "paid")


async def test_an_intent_that_was_canceled_is_replaced_by_a_fresh_one(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    shop.stripe.cancel(next(iter(shop.stripe.payment_intents)))
    await expect(page.get_by_role("status")).to_contain_text("Here is a new form")
    await pay(page, GOOD)
    await expect_status(page, "paid")
    assert len(shop.stripe.payment_intents) == 2


async def test_an_open_page_learns_that_its_link_has_expired(shop: PayShop, page: Page) -> None:
    now = shop.clock.now()
    payment = await shop.sell(expires_at=now + timedelta(seconds=3))
    await page.goto(shop.page_of(payment))
    await expect_status(page, "expired")
    await expect(page.get_by_role("heading", name="This payment link has expired")).to_be_visible()
    await expect(page.locator("form")).to_have_count(0)


async def test_an_open_page_reads_as_it_would_loaded_anew(shop: PayShop, page: Page, context: BrowserContext) -> None:
    """In the language that it was opened in."""
    payment, another = await shop.sell(), await context.new_page()
    read = "[document.title, document.querySelector('main').innerText.replaceAll(/\\s+/g, ' ')].join('|')"
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    opened = await shop.payment(payment.pay_token)

    async def expect_alike(changed: Payment) -> None:
        version = (await shop.payment(payment.pay_token)).version
        async with shop.storage.begin() as tx:
            await tx.payments.update(replace(changed, version=version))
        await page.evaluate("dispatchEvent(new Event('offline'))")  # looked at once
        await expect_status(page, str(changed.status_at(shop.clock.now())))
        await another.goto(f"{shop.page_of(payment)}?lang=en")
        await expect(another.locator("main")).to_be_visible()
        assert await page.evaluate(read) == await another.evaluate(read)

    async with shop.storage.begin() as tx:
        await tx.customers.save(replace(ANNA, language="ru"), shop.clock.now())
        await tx.payments.change_email(payment.payment_id, "ben@example.org", shop.clock.now())
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await expect(page.get_by_text("b…n@example.org")).to_be_visible()
    await expect_alike(processing(opened))
    await expect_alike(replace(opened, expires_at=opened.created_at))
    await expect_alike(under_review(opened))
    await expect_alike(delivered_for(opened, 1500, "eur"))


async def test_money_given_back_shows_on_a_receipt_that_is_open(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "paid")
    shop.stripe.refund(next(iter(shop.stripe.payment_intents)), 500)
    await expect_status(page, "partially_refunded")
    await expect(page.get_by_text("€5.00")).to_be_visible()


async def test_no_request_leaves_for_anybody_but_the_shop_and_stripe(shop: PayShop, page: Page) -> None:
    payment = await shop.sell()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add("/".join(request.url.split("/")[:3])))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    await page.goto(shop.page_of(payment))
    await pay(page, GOOD)
    await expect_status(page, "paid")
    assert {host for host in hosts if host.startswith("http")} == {shop.url, shop.stripe.url}
    assert refused == []
