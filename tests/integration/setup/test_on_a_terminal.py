"""The set-up as somebody types it, in both languages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from checkout.catalog.load_catalog import load_catalog
from sandbox.fake_telegram.chats import MIRA
from sandbox.fake_telegram.updates import Webhook
from tests.support.processes.commands import environment_of
from tests.support.project import PUBLIC_URL
from tests.support.setup.new_shop import NewShop
from tests.support.setup.pseudo_terminal import PseudoTerminal, on_a_terminal
from tests.support.setup.typed import ENGLISH, RUSSIAN, Words, answer_all


@asynccontextmanager
async def typing(new_shop: NewShop, words: Words = ENGLISH, **more: str) -> AsyncIterator[PseudoTerminal]:
    flags = tuple(part for pair in new_shop.services().items() for part in pair)
    environment = {**environment_of({}), "LANG": words.lang, "TERM": "xterm", **more}
    async with on_a_terminal(("setup", *flags), environment, new_shop.folder) as terminal:
        yield terminal


@pytest.mark.parametrize("words", [ENGLISH, RUSSIAN], ids=["english", "russian"])
async def test_from_an_empty_folder_to_a_shop(new_shop: NewShop, words: Words) -> None:
    async with typing(new_shop, words) as terminal:
        await answer_all(terminal, new_shop, words)
        await terminal.until(words.done)
        assert await terminal.ended() == 0
    env = new_shop.env()
    assert env["ADMIN_IDS"] == str(MIRA.id)
    assert env["PUBLIC_URL"] == PUBLIC_URL
    assert env["MAIL_FROM"] == "Sandbox Shop <shop@sandbox.example>"
    assert load_catalog(new_shop.folder / "catalog.toml").shop.name == "Ночные книги"
    sandbox = new_shop.sandbox
    for secret in (sandbox.telegram.token, sandbox.stripe.secret_key, sandbox.resend.api_key):
        assert secret not in terminal.screen
    assert sandbox.stripe.publishable_key in terminal.screen
    assert len(sandbox.telegram.queue.pending) == 1


async def test_a_wrong_answer_is_asked_again_and_ctrl_c_loses_none(new_shop: NewShop) -> None:
    sandbox = new_shop.sandbox
    async with typing(new_shop) as terminal:
        await terminal.until("Bot token: ")
        terminal.type("1234567:" + "x" * 35)
        await terminal.until("Telegram does not know this BOT_TOKEN")
        await terminal.until("Bot token: ")
        terminal.type(f'"{sandbox.telegram.token}"')  # pasted along, and seen by nobody
        await terminal.until("Enter alone goes on without)")
        terminal.type("no number")
        await terminal.until("Your Telegram user id: ")
        terminal.type("4711")
        await terminal.until("Secret key (sk_… or rk_…): ")
        terminal.type(sandbox.stripe.publishable_key)
        await terminal.until("This is the publishable key")
        await terminal.until("Secret key (sk_… or rk_…): ")
        terminal.press_control("c")
        assert await terminal.ended() == 130
    assert "Traceback" not in terminal.screen
    assert new_shop.env()["BOT_TOKEN"] == sandbox.telegram.token
    assert new_shop.env()["ADMIN_IDS"] == "4711"


async def test_what_was_answered_once_is_offered_and_a_file_only_taken_when_it_is_named(new_shop: NewShop) -> None:
    (new_shop.folder / "guide.pdf").write_bytes(b"%PDF-")
    await new_shop.set_up({**new_shop.without("--product-price"), "--product-file": "guide.pdf"})
    async with typing(new_shop) as terminal:
        for offered in ("[Night Books]", "[Night Books OÜ, Tallinn]", "[@nightbooks]", "[", "[City guide]", "[EUR]"):
            await terminal.until(offered)
            await terminal.until(": ")
            terminal.type("")
        await terminal.until("Its price, like 19.00: ")
        terminal.type("19.00")
        await terminal.until("The file that buyers get (Enter: none): ")
        terminal.type("")
        assert await terminal.ended() == 0
    (product,) = load_catalog(new_shop.folder / "catalog.toml").products.values()
    assert product.files == ()


async def test_ctrl_d_ends_the_questions_and_says_what_remains(new_shop: NewShop) -> None:
    async with typing(new_shop) as terminal:
        await terminal.until("Bot token: ")
        terminal.press_control("d")
        await terminal.until("What remains:")
        assert await terminal.ended() == 1
    assert "BOT_TOKEN is missing: --bot-token" in terminal.screen


@pytest.mark.parametrize(("answer", "is_left"), [("n", True), ("", True), ("y", False)])
async def test_a_strangers_webhook_goes_only_after_a_yes(new_shop: NewShop, answer: str, is_left: bool) -> None:
    new_shop.sandbox.telegram.queue.webhook = Webhook("https://elsewhere.example/hook", "", 40)
    async with typing(new_shop) as terminal:
        await terminal.until("Bot token: ")
        terminal.type(new_shop.sandbox.telegram.token)
        await terminal.until("another address now: https://elsewhere.example/hook")
        await terminal.until("Remove it? [y/N]: ")
        terminal.type(answer)
        await terminal.until("You, the admin")
    assert (new_shop.sandbox.telegram.queue.webhook is not None) is is_left


@dataclass
class Colours:
    environment: dict[str, str]
    are_there: bool


@pytest.mark.parametrize(
    "colours",
    [Colours({}, True), Colours({"NO_COLOR": "1"}, False), Colours({"TERM": "dumb"}, False),
     Colours({"NO_COLOR": ""}, True)],
)  # fmt: skip
async def test_colours_where_they_are_wanted(new_shop: NewShop, colours: Colours) -> None:
    async with typing(new_shop, ENGLISH, **colours.environment) as terminal:
        await terminal.until("Bot token: ")
    assert bool(re.search(r"\x1b\[", terminal.raw)) is colours.are_there
