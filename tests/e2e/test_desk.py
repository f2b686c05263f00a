"""The desk in a real Chromium, with a small bot in the application's place."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiogram.types import BotCommand
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from sandbox.base.fake_server import FaultMode
from sandbox.desk.server import Desk
from sandbox.environment import Sandbox, Story
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, MIRA
from tests.support.small_shop import PAY_URL, SmallShop

# the desk's own words: not what people, the bot and the services write
ENGLISH_LEFT = """() => [...document.querySelectorAll("h1, h2, h3, legend, summary, option, label")]
  .concat([...document.querySelectorAll(".tabs button, .actions button, .quiet")])
  .flatMap((node) => [...node.childNodes]).filter((node) => node.nodeType === Node.TEXT_NODE)
  .map((node) => node.data.trim()).filter((text) => /[a-z]{4}/i.test(text) && !/[а-я]/i.test(text))"""
KEPT_IN_ENGLISH = ("Telegram", "Stripe", "Resend", "Your code", "Guide")
pytestmark = pytest.mark.asyncio(loop_scope="session")


BANNER_LINES = """() => {
  const parts = [...document.querySelectorAll(".banner > p, .banner button")];
  const tops = parts.map((node) => node.getBoundingClientRect());
  return tops.every((box) => box.top < tops[0].bottom && box.bottom > tops[0].top) ? 1 : 2;
}"""
# what lies outside the window and is not meant to scroll
TOO_WIDE = """() => [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility())
  .filter((node) => node.getBoundingClientRect().right > innerWidth + 1 || node.getBoundingClientRect().left < -1)
  .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`)"""


class RunningAlready:
    """An application that runs and is not to be killed."""

    def state(self) -> dict[str, Any]:
        return {"url": PAY_URL, "phase": "running", "exit_code": None, "last_lines": []}

    async def restart(self) -> None:
        raise AssertionError("nobody asked for it")


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        yield sandbox


@pytest_asyncio.fixture(loop_scope="session")
async def desk(sandbox: Sandbox) -> AsyncIterator[Desk]:
    desk = Desk(sandbox)
    await desk.start()
    yield desk
    await desk.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(sandbox: Sandbox) -> AsyncIterator[SmallShop]:
    shop = SmallShop(sandbox)
    await shop.bot.set_my_commands([BotCommand(command="start", description="What there is")])
    polling = asyncio.create_task(shop.dispatcher.start_polling(shop.bot, handle_signals=False, polling_timeout=1))
    yield shop
    with contextlib.suppress(RuntimeError):  # a test may have ended it
        await shop.dispatcher.stop_polling()
    await polling


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, desk: Desk) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(desk.url)
    yield page
    await context.close()
    assert errors == []


async def _buy(page: Page) -> None:
    await page.get_by_role("button", name="Start", exact=True).click()
    async with asyncio.TaskGroup() as watching:  # the word of an answered button is gone after some seconds
        watching.create_task(page.get_by_text("A good choice").wait_for())
        await page.get_by_role("button", name="Guide", exact=True).click()
    await expect(page.get_by_text("Your e-mail?")).to_be_visible()
    await page.get_by_label("Message", exact=True).fill("anna@mail.example")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_role("link", name="guide.txt")).to_be_visible()


async def test_a_purchase_can_be_followed_from_start_to_mail(page: Page, shop: SmallShop) -> None:
    await expect(page.get_by_text("No real money, no real messages")).to_be_visible()
    await _buy(page)
    await expect(page.get_by_text("edited")).to_be_visible()
    await expect(page.get_by_role("link", name="Pay €19.00")).to_have_attribute("href", PAY_URL)
    await expect(page.get_by_role("link", name="Open pay page")).to_have_attribute("href", PAY_URL)

    mail = page.frame_locator("iframe")
    await expect(mail.get_by_role("heading", name="123456")).to_be_visible()
    assert "taken over" not in await page.title()
    await page.get_by_role("button", name="Text", exact=True).click()
    await expect(page.get_by_text("Code 123456")).to_be_visible()

    for name, content in (("guide.txt", b"the guide"), ("receipt.txt", b"the receipt")):
        href = await page.get_by_role("link", name=name).get_attribute("href")
        assert href is not None
        response = await page.request.get(page.url.rstrip("/") + href)
        assert await response.body() == content
    await expect(page.get_by_label("What happened, newest first")).to_contain_text("mail to anna@mail.example")


async def test_people_are_switched_and_have_chats_of_their_own(page: Page, shop: SmallShop, sandbox: Sandbox) -> None:
    await page.get_by_role("button", name="Анна").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_text("Night Market")).to_be_visible()
    assert [len(sandbox.telegram.chat(person)) for person in (BEN, ANNA)] == [0, 2]
    await page.get_by_text("Menu", exact=True).click()
    await page.get_by_role("button", name="/start What there is").click()
    await sandbox.telegram.wait_for(ANNA, lambda message: message.message_id > 13)
    await page.get_by_role("button", name="Ben").click()
    await expect(page.get_by_text("Nobody has said anything yet")).to_be_visible()


async def test_only_the_mails_and_links_of_the_chosen_person_are_shown(page: Page, shop: SmallShop) -> None:
    mails, pay = page.get_by_label("Mails, newest first"), page.get_by_role("link", name="Open pay page")
    await _buy(page)
    await expect(mails.get_by_role("button")).to_have_count(1)
    for name in ("Анна", "Mira"):
        await page.get_by_role("button", name=name).click()
        await expect(mails.get_by_role("button")).to_have_count(0)
        await expect(pay).to_have_count(0)
    await page.get_by_role("button", name="Ben").click()
    await expect(mails.get_by_role("button")).to_have_count(1)
    await expect(pay).to_have_count(1)
    await expect(page.get_by_role("heading", name="Your code")).to_be_visible()
    await expect(page.get_by_text("Mastercard")).to_be_hidden()


@pytest.mark.parametrize(("locale", "name"), [("ru-RU", "Анна"), ("en-GB", "Ben"), ("et-EE", "Ben")])
async def test_the_person_speaks_the_browsers_language_and_nothing_is_wider_than_a_phone(
    browser: Browser, desk: Desk, sandbox: Sandbox, locale: str, name: str
) -> None:
    sandbox.application = RunningAlready()
    context = await browser.new_context(locale=locale, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    await page.goto(desk.url)
    await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-pressed", "true")
    for width in (390, 320):
        await page.set_viewport_size({"width": width, "height": 844})
        assert await page.evaluate(BANNER_LINES) == 1
        for tab in await page.locator(".tabs button").all():
            await tab.click()
            assert await page.evaluate(TOO_WIDE) == []
    await context.close()


async def test_the_tour_follows_what_happens_and_stays_left(page: Page, shop: SmallShop, sandbox: Sandbox) -> None:
    tour = page.get_by_label("The tour")
    await expect(tour).to_contain_text("Step 1 / 4")
    sandbox.telegram.say(BEN, "hello")
    await expect(tour).to_contain_text("Step 2 / 4")
    sandbox.telegram.say(BEN, "ben@mail.example")
    await expect(tour).to_contain_text("Step 4 / 4")
    sandbox.telegram.press_start(MIRA)
    await expect(tour).to_contain_text("That was the whole shop")
    await tour.get_by_role("button", name="Close").click()
    await page.reload()
    await expect(page.get_by_role("button", name="Ben en")).to_be_visible()
    await expect(tour).to_be_hidden()


async def test_the_switches_reach_the_services(page: Page, sandbox: Sandbox) -> None:
    await page.get_by_label("A payment").select_option("decline")
    await page.get_by_label("Reason").select_option("lost_card")
    await page.get_by_label("They come").select_option("twice")
    await page.get_by_label("Resend: five requests a second").check()
    await page.get_by_label("Stripe", exact=True).select_option("refuse")
    await expect(page.get_by_label("What happened, newest first")).to_contain_text("is now: refuse")
    assert sandbox.stripe.switches.decline == "lost_card"
    assert sandbox.stripe.switches.delivery is Delivery.TWICE
    assert sandbox.resend.requests_per_second == 5
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(sandbox.stripe.url)
    await page.get_by_label("Stripe", exact=True).select_option("ok")
    await expect(page.locator("label.off")).to_have_count(0)
    assert sandbox.stripe.faults.mode is FaultMode.OK


async def test_a_payment_is_refunded_in_parts_and_disputed(page: Page, shop: SmallShop, sandbox: Sandbox) -> None:
    await _buy(page)
    page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept("4,50")))
    await page.get_by_role("button", name="Refund a part").click()
    await expect(page.get_by_text("€4.50 given back")).to_be_visible()
    await page.get_by_role("button", name="Dispute", exact=True).click()
    await page.get_by_role("button", name="Dispute is won").click()
    await expect(page.get_by_text("dispute won")).to_be_visible()
    await page.get_by_role("button", name="Send again: payment_intent.succeeded").click()
    assert [refund["amount"] for refund in sandbox.stripe.refunds.values()] == [450]


async def test_other_things_than_text_are_sent_and_the_bot_is_blocked(page: Page, sandbox: Sandbox) -> None:
    await page.get_by_role("button", name="Start", exact=True).click()
    for name in ("Sticker", "Location", "Photo", "Document"):
        await page.get_by_label("Send something else").click()
        await page.get_by_role("button", name=name, exact=True).click()
    await expect(page.get_by_text("notes.txt")).to_be_visible()
    await page.get_by_label("Send something else").click()
    await page.get_by_role("button", name="Block the bot").click()
    await expect(page.get_by_text("You have blocked the bot")).to_be_visible()
    assert sandbox.telegram.chats.by_id[BEN.id].blocked


@pytest.mark.parametrize(("scheme", "language"), [("light", "ru"), ("dark", "en")])
async def test_it_fits_a_phone_and_axe_finds_nothing(
    page: Page, shop: SmallShop, sandbox: Sandbox, scheme: Any, language: str
) -> None:
    await _buy(page)
    if language == "ru":
        await page.get_by_role("button", name="Русский").click()
    await expect(page.locator("#tour")).to_be_visible()
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = [await Axe().run(page)]
    await page.set_viewport_size({"width": 390, "height": 844})
    for tab in await page.locator(".tabs button").all():
        await tab.click()
        found.append(await Axe().run(page))
    await page.locator(".tabs [data-tab=pay]").click()
    for outcome in (None, "paid", "refunded", "stuck"):
        sandbox.story = Story("buy", BEN.id, 0, ["hello", "link"], outcome)
        sandbox.touch()
        await expect(page.locator(f"#story .{outcome or 'quiet'}")).to_be_visible()
        found.append(await Axe().run(page))
    assert [result.generate_report() for result in found if result.violations_count] == []


async def test_it_speaks_russian_when_asked(page: Page, shop: SmallShop) -> None:
    await page.get_by_role("button", name="Русский").click()
    await expect(page.get_by_text("Деньги ненастоящие, и сообщения тоже")).to_be_visible()
    await page.get_by_role("button", name="Старт", exact=True).click()
    await page.get_by_role("button", name="Guide", exact=True).click()
    await page.get_by_label("Сообщение", exact=True).fill("anna@mail.example")
    await page.get_by_role("button", name="Отправить", exact=True).click()
    await expect(page.get_by_role("link", name="Открыть оплату")).to_be_visible()
    english = await page.evaluate(ENGLISH_LEFT)
    assert [text for text in english if not text.startswith(KEPT_IN_ENGLISH)] == []
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_text("No real money")).to_be_visible()


async def test_a_foreign_page_or_name_cannot_use_the_desk(desk: Desk, sandbox: Sandbox) -> None:
    say = {"person": ANNA.id, "text": "hello"}
    tries: list[tuple[dict[str, str], dict[str, Any], int]] = [
        ({"Host": "desk.attacker.example"}, {"json": say}, 403),
        ({"Origin": "http://attacker.example"}, {"json": say}, 403),
        ({"Origin": "null"}, {"json": say}, 403),
        ({}, {"data": '{"person":1001,"text":"x"}'}, 415),
        ({}, {"json": []}, 400),
        ({}, {"json": {"person": 5, "text": "x"}}, 400),
        ({"Origin": f"http://localhost:{desk.port}"}, {"json": say}, 200),
    ]
    async with aiohttp.ClientSession() as session:
        for headers, body, status in tries:
            async with session.post(f"{desk.url}/desk/api/say", headers=headers, **body) as response:
                assert (response.status, headers) == (status, headers)
        async with session.get(f"{desk.url}/desk/api/state", headers={"Host": "attacker.example"}) as response:
            assert response.status == 403
    assert [message.text for message in sandbox.telegram.chat(ANNA)] == ["hello"]


async def test_wrong_orders_are_told_why_and_change_nothing(desk: Desk, sandbox: Sandbox) -> None:
    orders: list[tuple[str, dict[str, Any], str]] = [
        ("say", {"person": ANNA.id, "text": " "}, "text must be a text"),
        ("press", {"person": ANNA.id, "message_id": 1, "callback_data": "x"}, "sees no message 1"),
        ("start", {"person": ANNA.id, "payload": "a b"}, "start payload"),
        ("cards", {"cards": "decline", "decline_code": "sunshine"}, "decline_code must be one of"),
        ("cards", {"cards": "processing", "seconds": [1]}, "float()"),
        ("service", {"service": "bank", "mode": "ok"}, "service must be one of"),
        ("refund", {"payment_intent": "pi_none"}, "No such payment_intent"),
        ("resend-event", {"event_id": "evt_none"}, "No such event"),
        ("repeat-update", {}, "no update yet"),
        ("restart", {}, "not started by this sandbox"),
    ]
    async with aiohttp.ClientSession() as session:
        for name, body, reason in orders:
            async with session.post(f"{desk.url}/desk/api/{name}", json=body) as response:
                answer = await response.json()
                assert response.status == 400, (name, answer)
                assert reason in answer["error"]["message"], name
        async with session.get(f"{desk.url}/desk/api") as response:
            assert set(await response.json()) >= {name for name, _, _ in orders}
