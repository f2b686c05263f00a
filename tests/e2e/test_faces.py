"""Every face of the pay page: nothing that axe minds, no scrolling sideways, and a picture of each to be looked at.

``SCREENSHOTS=folder python -m pytest tests/e2e/test_faces.py`` writes the pictures there.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from checkout.model.payment import Payment, Status
from tests.support.browser import DECLINED, expect_no_findings, expect_status, pay
from tests.support.pay_shop import PayShop
from tests.support.payments import a_paid_payment, processing, with_voucher

# The browser lives in the module's loop.
pytestmark = pytest.mark.asyncio(loop_scope="session")
WRITE_PICTURES = "SCREENSHOTS"  # the folder for them

WITHOUT_A_CARD: dict[str, Callable[[Payment], Payment]] = {
    "processing": processing,
    "voucher": with_voucher,
    "review": lambda new: replace(new, status=Status.REVIEW),
    "expired": lambda new: replace(new, expires_at=new.created_at),
    "paid": lambda new: paid(new),
    "partially_refunded": lambda new: replace(paid(new), status=Status.PARTIALLY_REFUNDED, amount_refunded=500),
    "refunded": lambda new: replace(paid(new), status=Status.REFUNDED, amount_refunded=new.amount),
}


def paid(new: Payment) -> Payment:
    like = a_paid_payment(at=new.created_at)
    return replace(new, status=Status.PAID, paid_at=like.paid_at, facts=like.facts, fulfilment=like.fulfilment)


async def looked_at(page: Page, face: str) -> None:
    await expect_no_findings(page)
    if folder := os.environ.get(WRITE_PICTURES):
        await page.screenshot(path=Path(folder) / f"{face}.png", full_page=True)


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 390), ("en", "dark", 320), ("ru", "light", 320), ("ru", "dark", 390)],
)
async def test_every_face_fits_and_has_no_findings(
    shop: PayShop, browser: Browser, language: str, scheme: str, width: int
) -> None:
    context = await browser.new_context(viewport={"width": width, "height": 844}, locale=language)
    page, of = await context.new_page(), f"{language}-{width}-{scheme}"
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for customer, (face, brought) in enumerate(WITHOUT_A_CARD.items(), start=1):
        payment = brought(await shop.sell(language=language, telegram_user_id=customer))
        async with shop.storage.begin() as tx:
            await tx.payments.update(payment)
        await page.goto(shop.page_of(payment))
        await looked_at(page, f"{face}-{of}")
    shop.stripe.switches.wallets = ("applePay", "googlePay")
    payment = await shop.sell(language=language)
    await page.goto(shop.page_of(payment))
    await expect(page.locator("button[type=submit]")).to_be_enabled()
    await looked_at(page, f"wallets-{of}")
    await pay(page, DECLINED)
    await expect_status(page, "failed")
    await looked_at(page, f"declined-{of}")
    await page.goto(f"{shop.url}/pay/unknown")
    await looked_at(page, f"unknown-{of}")
    assert errors == []
    await context.close()
