"""The pages for people, as they come from the server."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from checkout.model.facts import RefundFact
from checkout.model.payment import SETTLED, Status
from tests.support.payments import a_paid_payment, a_payment, delivered_for, with_voucher
from tests.support.web_fakes import TOKEN, Fakes
from web.application import build_web_app

Client = TestClient[Any, Any]
PAY, DONE = f"/pay/{TOKEN}", f"/pay/{TOKEN}/done"
TAGS = re.compile(r"<[^>]*>")
IMAGES = re.compile(r'<img [^>]*src="([^"]+)" width="(\d+)" height="(\d+)" alt="">')


async def html(client: Client, path: str, status: int = 200, **headers: str) -> str:
    answer = await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status == status
    assert answer.content_type == "text/html"
    return await answer.text()


def words(page: str) -> str:
    return " ".join(TAGS.sub(" ", page).split())


async def test_the_page_shows_who_sells_what_for_how_much_and_to_whom(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    page = await html(client, PAY)
    for shown in ("Night Market", "City guide", "42 pages, PDF", "€19.00", "a…a@example.com", "Night Market OÜ"):
        assert shown in page
    assert '<main data-status="pending"' in page
    assert 'href="https://t.me/night_market_bot"' in page
    assert 'href="https://t.me/nightmarket_help"' in page
    assert "anna@example.com" not in page


async def test_the_form_has_one_submit_button_that_starts_disabled(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    page = await html(client, PAY)
    assert re.findall(r"<button type=\"submit\"[^>]*>[^<]*", page) == ['<button type="submit" disabled>Pay €19.00']


async def test_the_russian_page_is_russian_all_over(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(), "ru")
    page = await html(client, DONE)
    assert '<html lang="ru">' in page
    assert "Оплатить 19,00 €" in page
    assert "Путеводитель по городу" in page
    assert set(re.findall(r"[A-Za-z]{3,}", words(page))) <= {
        "Night",
        "Market",
        "PDF",
        "Stripe",
        "stripe",
        "JavaScript",
        "CVC",
        "Tallinn",
        "example",
        "com",
        "nightmarket_help",
        "nightmarket",
        "help",
        "English",
    }


async def test_a_script_is_told_everything_by_attributes_and_nothing_is_inline(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    page = await html(client, PAY)
    assert f'data-base="/pay/{TOKEN}"' in page
    assert '<script id="stripe-js" src="https://js.stripe.com/endive/stripe.js" defer></script>' in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.search(r"\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("status", sorted(SETTLED))
@pytest.mark.parametrize("path", [PAY, DONE])
async def test_a_settled_payment_shows_the_receipt_without_a_form(
    client: Client, fakes: Fakes, status: Status, path: str
) -> None:
    fakes.pages.put(a_paid_payment(status=status))
    page = await html(client, path)
    assert f'data-status="{status}"' in page
    assert "<form" not in page
    assert "stripe.js" not in words(page)
    assert "Visa •••• 4242" in page
    assert "22 November 2026" in page or "Nov 22, 2026" in page


async def test_a_dispute_is_not_mentioned(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_paid_payment(status=Status.DISPUTED))
    assert "disput" not in words(await html(client, PAY)).lower()


@pytest.mark.parametrize("status", [Status.PARTIALLY_REFUNDED, Status.DISPUTED])
async def test_the_amount_given_back_is_told(client: Client, fakes: Fakes, status: Status) -> None:
    fakes.pages.put(a_paid_payment(status=status, amount_refunded=500))
    shown = words(await html(client, PAY))
    assert "Refunded €5.00" in shown
    assert "A partial refund was issued" in shown


async def test_a_refund_that_is_told_as_on_its_way_stands_on_the_page(client: Client, fakes: Fakes) -> None:
    paid = a_paid_payment()
    fakes.pages.put(
        replace(paid, facts=replace(paid.facts, refunds={"re_1": RefundFact(1900, "pending", intent_id="pi_1")}))
    )
    shown = words(await html(client, PAY))
    assert "Refund on its way €19.00" in shown and "Paid. Thank you!" in shown


async def test_done_before_any_attempt_says_so_and_offers_the_form(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    page = await html(client, DONE)
    assert "No payment has been made yet" in page
    assert '<form id="pay-form"' in page


@pytest.mark.parametrize("path", [PAY, DONE])
async def test_a_voucher_that_waits_is_linked_to_with_its_last_moment(client: Client, fakes: Fakes, path: str) -> None:
    fakes.pages.put(with_voucher(a_payment(), "https://payments.stripe.com/v/1?a=b&c=d"))
    page = await html(client, path)
    assert '<main data-status="pending"' in page
    assert 'href="https://payments.stripe.com/v/1?a=b&amp;c=d" target="_blank" rel="noreferrer">Payment details' in page
    assert "Pay by 25 November 2026, 12:00 (UTC)" in page
    assert '<form id="pay-form"' in page
    fakes.clock.forward(hours=50)
    assert "Pay by tomorrow, 12:00 (UTC)" in await html(client, path)


async def test_done_believes_no_query(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    claimed = await html(client, f"{DONE}?payment_intent=pi_1&redirect_status=succeeded")
    assert claimed == await html(client, DONE)


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELED])
async def test_an_attempt_that_ended_badly_offers_the_form_again(client: Client, fakes: Fakes, status: Status) -> None:
    fakes.pages.put(a_payment(status=status))
    assert '<form id="pay-form"' in await html(client, DONE)


async def test_a_decline_is_told_in_the_customers_words(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(status=Status.FAILED, failure_code="insufficient_funds"), "ru")
    told = "Оплата не прошла: на карте не хватает денег. Ничего не списано. Попробуйте другую карту."
    assert f'<p id="alert" role="alert" tabindex="-1">{told}</p>' in await html(client, PAY)


@pytest.mark.parametrize("code", ["lost_card", "stolen_card", "something_new", None])
async def test_a_stolen_card_is_declined_like_any_other(client: Client, fakes: Fakes, code: str | None) -> None:
    fakes.pages.put(a_payment(status=Status.FAILED, failure_code=code))
    page = await html(client, PAY)
    assert re.search(r'<p id="alert"[^>]*>Not paid: your bank refused th', page)
    assert "stolen" not in page
    assert "lost" not in page


async def test_processing_may_take_days_and_chat_and_mail_will_tell(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(status=Status.PROCESSING))
    shown = words(await html(client, DONE))
    assert "several days" in shown
    assert "in the chat and by e-mail" in shown
    assert "Pay €19.00" not in shown


async def test_review_says_who_looks_into_it_and_how_to_reach_them(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(status=Status.REVIEW))
    page = await html(client, PAY)
    assert "The shop is looking into this payment" in page
    assert "Write to @nightmarket_help." in page
    assert "<form" not in page


async def test_what_came_in_instead_is_what_page_and_status_say(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(replace(delivered_for(a_payment(), 3000, "jpy"), amount_refunded=1000))
    shown = words(await html(client, PAY))
    assert "¥3,000" in shown
    assert "¥1,000" in shown
    assert "€" not in shown
    said = await (await client.get(f"{PAY}/status")).json()
    assert (said["amount"], said["amount_refunded"], said["currency"]) == (3000, 1000, "jpy")


@pytest.mark.parametrize("path", [PAY, DONE])
async def test_an_expired_link_is_gone_but_readable(client: Client, fakes: Fakes, path: str) -> None:
    fakes.pages.put(a_payment(status=Status.EXPIRED))
    page = await html(client, path, 410)
    assert '<main data-status="expired"' in page
    assert "This payment link has expired" in page
    assert "<form" not in page


@pytest.mark.parametrize(
    "token",
    ["unknown", "%ff%00", "a%2Fb", "..", "%2e%2e", "a" * 5000, "%F0%9F%98%80", "<script>", "{}", "%0d%0aX:1", " "],
)
async def test_whatever_is_no_token_is_not_found(client: Client, token: str) -> None:
    for end in ("", "/done"):
        assert "Back to the bot" in await html(client, f"/pay/{token}{end}", 404)


@pytest.mark.parametrize(
    ("accept_language", "heading"),
    [
        ("ru", "Не найдено"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "Не найдено"),
        ("de,ru;q=0.7,en;q=0.3", "Не найдено"),
        ("en-GB,en;q=0.9,ru;q=0.8", "Not found"),
        ("de", "Not found"),
        ("", "Not found"),
        ("ru;q=0", "Not found"),
        ("ru;q=much, en;q=0.1", "Not found"),
    ],
)  # fmt: skip
async def test_with_no_payment_to_tell_it_the_browser_tells_the_language(
    client: Client, accept_language: str, heading: str
) -> None:
    assert f"<h1>{heading}</h1>" in await html(client, "/pay/unknown", 404, Accept_Language=accept_language)


async def test_a_look_changes_nothing_and_head_looks_too(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment())
    for path in (PAY, DONE, f"{PAY}/status"):
        for method in ("GET", "HEAD"):
            assert (await client.request(method, path)).status == 200
    assert fakes.pages.opened == []


async def test_a_title_that_the_catalogue_no_longer_has_stays_as_it_was_sold(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(title="City guide, first edition"), "ru")
    page = await html(client, PAY)
    assert "City guide, first edition" in page
    assert "42 страницы" not in page


async def test_what_others_wrote_is_escaped(client: Client, fakes: Fakes) -> None:
    fakes.pages.put(a_payment(title='<script>alert("1")</script>', sku="gone", email='"<b>x</b>"@example.com'))
    page = await html(client, PAY)
    assert "<script>alert" not in page
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("support", "href"),
    [
        ("help@example.com", 'href="mailto:help@example.com"'),
        ("https://example.com/help", 'href="https://example.com/help"'),
        ("@help_desk", 'href="https://t.me/help_desk"'),
    ],
)
async def test_support_is_a_link_where_it_is_an_address(fakes: Fakes, support: str, href: str) -> None:
    dependencies = fakes.dependencies()
    catalog = replace(dependencies.catalog, shop=replace(dependencies.catalog.shop, support=support))
    async with TestClient(TestServer(build_web_app(replace(dependencies, catalog=catalog)))) as client:
        assert href in await html(client, "/pay/unknown", 404)


async def test_support_that_is_no_address_is_no_link(fakes: Fakes) -> None:
    dependencies = fakes.dependencies(bot_username=lambda: "")
    catalog = replace(dependencies.catalog, shop=replace(dependencies.catalog.shop, support="javascript:alert(1)"))
    async with TestClient(TestServer(build_web_app(replace(dependencies, catalog=catalog)))) as client:
        page = await html(client, "/pay/unknown", 404)
    assert "javascript:alert(1)" in page
    assert re.findall(r'<a href="([^"]*)"', page) == ["?lang=ru"]


async def test_shop_and_product_are_shown_by_their_pictures(fakes: Fakes, tmp_path: Path) -> None:
    Image.new("RGB", (400, 300), "teal").save(tmp_path / "guide.jpg")
    Image.new("RGBA", (60, 60)).save(tmp_path / "logo.png")
    catalog = fakes.dependencies().catalog
    guide = replace(catalog.products["guide"], image=tmp_path / "guide.jpg")
    shop = replace(catalog.shop, logo=tmp_path / "logo.png")
    dependencies = fakes.dependencies(catalog=replace(catalog, shop=shop, products={"guide": guide}))
    fakes.pages.put(a_payment())
    async with TestClient(TestServer(build_web_app(dependencies))) as client:
        logo, picture = IMAGES.findall(await html(client, PAY))
        assert (logo[1:], picture[1:]) == (("30", "30"), ("72", "54"))
        answer = await client.get(picture[0])
        assert (answer.status, answer.content_type) == (200, "image/webp")
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        for other in ("/pictures/0", "/pictures/..%2fguide.jpg", "/pictures/"):
            assert (await client.get(other)).status == 404
        fakes.pages.put(replace(a_payment(), title="Another guide"))
        page = await html(client, PAY)
        assert logo[0] in page
        assert picture[0] not in page
