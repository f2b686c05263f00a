"""The page's link as a picture for the phone's camera: only where something is to be paid."""

import pytest
import segno

from checkout.model.payment import PAYABLE, Status
from tests.integration.web.test_pages import DONE, PAY, Client, html
from tests.support.payments import a_payment
from tests.support.web_fakes import TOKEN, Fakes

STATUSES = sorted(set(Status))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("path", [PAY, DONE])
async def test_the_code_is_there_where_the_form_is(client: Client, fakes: Fakes, status: Status, path: str) -> None:
    fakes.pages.put(a_payment(status=status))
    page = await html(client, path, 410 if status is Status.EXPIRED else 200)
    assert ('class="phone"' in page) == ("<form" in page) == (status in PAYABLE)


@pytest.mark.parametrize("path", [PAY, DONE, f"{PAY}?lang=ru", f"{DONE}?payment_intent_client_secret=pi_1_secret_x"])
async def test_it_is_the_pay_link_and_nothing_else(client: Client, fakes: Fakes, path: str) -> None:
    fakes.pages.put(a_payment())
    code = segno.make_qr(f"https://pay.example.com/pay/{TOKEN}", error="L", boost_error=False)
    drawn = code.svg_inline(omitsize=True, svgclass=None, lineclass=None)
    assert f'<div aria-hidden="true">{drawn}</div>' in await html(client, path)
