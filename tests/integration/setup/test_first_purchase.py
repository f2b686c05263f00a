"""Set-up, serve, a purchase: from an empty folder, by flags and as somebody types it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from sandbox.fake_telegram.chats import MIRA, Person
from tests.support.clock import MovedClock
from tests.support.processes.commands import end_server, environment_of, run_command, start_server
from tests.support.setup.new_shop import NewShop
from tests.support.setup.pseudo_terminal import on_a_terminal
from tests.support.setup.typed import ENGLISH, RUSSIAN, Words, answer_all
from tests.support.shop import Shop, free_port

BUYER = Person(777, "Buyer", language_code="en")


async def by_flags(new_shop: NewShop, port: int) -> None:
    flags = {**new_shop.flags, "--port": str(port)}
    arguments = tuple(part for pair in flags.items() for part in pair)
    code, said = await run_command(("setup", *arguments), {}, new_shop.folder)
    assert code == 0, said


async def typed(new_shop: NewShop, port: int, words: Words) -> None:
    flags = {**new_shop.services(), "--port": str(port)}
    arguments = tuple(part for pair in flags.items() for part in pair)
    environment = {**environment_of({}), "LANG": words.lang}
    async with on_a_terminal(("setup", *arguments), environment, new_shop.folder) as terminal:
        await answer_all(terminal, new_shop, words)
        assert await terminal.ended() == 0, terminal.screen


@asynccontextmanager
async def served(new_shop: NewShop, port: int) -> AsyncIterator[Shop]:
    """By nothing but what setup has written; the public address leads to the process, as a proxy would."""
    url = f"http://127.0.0.1:{port}"
    (endpoint,) = new_shop.sandbox.stripe.webhooks.endpoints.values()
    (hook,) = new_shop.sandbox.resend.webhooks.endpoints.values()
    endpoint.url, hook.endpoint = f"{url}/webhooks/stripe", f"{url}/webhooks/resend"
    process = await start_server({"PORT": str(port)}, new_shop.folder, new_shop.folder / "log")
    try:
        async with aiohttp.ClientSession() as http:
            yield Shop(new_shop.sandbox, url, http, MovedClock(None))
    finally:
        await end_server(process)


@pytest.mark.parametrize("way", [None, ENGLISH, RUSSIAN], ids=["by flags", "typed in english", "typed in russian"])
async def test_a_shop_that_was_just_set_up_sells(new_shop: NewShop, way: Words | None) -> None:
    port = free_port()
    await (by_flags(new_shop, port) if way is None else typed(new_shop, port, way))
    sku = "city-guide" if way is None else "product"
    async with served(new_shop, port) as shop:
        token = await shop.verified(BUYER, "buyer@example.com", sku)
        new_shop.sandbox.stripe.pay(await shop.intent(token))
        await shop.until_status(token, "paid")
        mail = await new_shop.sandbox.resend.wait_for_mail("buyer@example.com", "payment_paid")
        assert mail.sender.endswith("@sandbox.example>")
        await new_shop.sandbox.stripe.wait_delivered()
        assert {one.status for one in new_shop.sandbox.stripe.attempts} == {200}
        if way is not None:
            await new_shop.sandbox.telegram.wait_for(MIRA, lambda one: "Welcome to" in one.text)
            await new_shop.sandbox.telegram.wait_for(MIRA, lambda one: "buyer@example.com" in one.text)
