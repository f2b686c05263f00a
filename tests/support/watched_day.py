"""A day of a shop in a process of its own, with everything that can go wrong in it, and what was seen of it."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from sandbox.environment import Sandbox
from sandbox.fake_telegram.chats import ANNA, BEN, Person
from tests.support.clock import MovedClock
from tests.support.processes.commands import end_server, start_server
from tests.support.shop import Shop, code_in, free_port, until

METRICS_TOKEN = "numbers-for-the-watchman-only"
BENS, ANNAS = "Ben.Carter+shop@Example.org", "Anna.Sokolova@Example.org"
SECRETS = (
    "BOT_TOKEN",
    "STRIPE_SECRET_KEY",
    "STRIPE_PUBLISHABLE_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "RESEND_API_KEY",
    "RESEND_WEBHOOK_SECRET",
    "SECRET_KEY",
    "METRICS_TOKEN",
)
PROXIED = {"X-Forwarded-For": "198.51.100.1"}


@dataclass
class Day:
    """What was seen of the run; ``hidden`` must be nowhere in the log, ``codes`` in no message of it."""

    log: str = ""
    numbers: str = ""
    refused: list[int] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    bens: str = ""
    annas: str = ""

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]

    def timeline(self, payment_id: str) -> list[str]:
        return [line["message"] for line in self.lines if line.get("payment_id") == payment_id]

    def number(self, name: str, **labels: str) -> float:
        """The sum of the samples that have these labels; 0 where there is none."""
        return sum(
            sample.value
            for family in text_string_to_metric_families(self.numbers)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )


async def live(log: Path) -> Day:
    port, day = free_port(), Day()
    async with Sandbox() as sandbox, aiohttp.ClientSession() as http:
        sandbox.register_webhooks(port)
        settings = {
            **sandbox.settings(port),
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": "json",
            "METRICS_TOKEN": METRICS_TOKEN,
        }
        shop = Shop(sandbox, settings["PUBLIC_URL"], http, MovedClock(None))
        async with serving(settings, shop, log):
            await bens_purchase(shop, day)
            await annas_purchase(shop, day)
            await strangers_knock(shop, day)
            await shop.stripe.deliver(shop.stripe.events[0]["id"])
            day.numbers = await numbers(shop)
        day.hidden |= {settings[name] for name in SECRETS}
        day.hidden |= {intent["client_secret"] for intent in shop.stripe.payment_intents.values()}
        day.codes |= {code_in(mail) for mail in shop.resend.mails if mail.tags.get("kind") == "verification_code"}
    return day


@asynccontextmanager
async def serving(settings: dict[str, str], shop: Shop, log: Path) -> AsyncIterator[None]:
    process = await start_server(settings, shop.sandbox.folder, log)
    try:
        yield
        await end_server(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def bens_purchase(shop: Shop, day: Day) -> None:
    """With a wrong code, a limit, a decline, 3D Secure, an outage of each service and a refund."""
    offer = await shop.ask(BEN, "/start guide")
    await shop.press(BEN, offer, "buy:guide")
    shop.telegram.say(BEN, BENS)
    code = code_in(await shop.resend.wait_for_mail(BENS.lower(), "verification_code"))
    asked = await shop.telegram.wait_for(BEN, lambda one: "code:again" in one.callbacks)
    shop.telegram.press(BEN, asked.message_id, "code:again")
    await shop.ask(BEN, "000000" if code != "000000" else "111111")
    shop.telegram.say(BEN, code)
    token = await pay_token(shop, BEN)
    day.hidden |= {token, BENS, quote(BENS)}
    day.bens = (await shop.status(token))["payment_id"]
    await shop.stripe.take_down()
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        assert response.status == 503
    await shop.stripe.bring_back()
    intent_id = await until(lambda: intent_or_none(shop, token), "Stripe to be asked again")
    assert intent_id is not None
    shop.stripe.pay(intent_id, "4000000000009995")
    await shop.until_status(token, "failed")
    await shop.telegram.take_down()
    await shop.resend.take_down()
    shop.stripe.pay(intent_id, "4000000000003220")
    assert shop.stripe.authenticate(intent_id)
    secret = shop.stripe.payment_intents[intent_id]["client_secret"]
    async with shop.http.get(f"{shop.url}/pay/{token}/done?payment_intent_client_secret={secret}") as response:
        assert response.status == 200
    await shop.until_status(token, "paid")
    await until(lambda: has_failed(shop), "both channels to fail")
    await shop.telegram.bring_back()
    await shop.resend.bring_back()
    await shop.resend.wait_for_mail(BENS.lower(), "payment_paid", timeout=60)
    await shop.telegram.wait_for(BEN, lambda one: bool(one.document and one.document.filename == "guide.pdf"), 60)
    await until(lambda: nothing_waits(shop), "the purchase to be told", seconds=60)
    shop.stripe.refund(intent_id, 500)
    await shop.until_status(token, "partially_refunded")
    await shop.resend.wait_for_mail(BENS.lower(), "payment_refunded")
    await until(lambda: nothing_waits(shop), "everything to be told")


async def annas_purchase(shop: Shop, day: Day) -> None:
    """She blocks the bot before she pays: the mail alone tells her."""
    token = await shop.verified(ANNA, ANNAS)
    day.hidden |= {token, ANNAS, quote(ANNAS)}
    day.annas = (await shop.status(token))["payment_id"]
    intent_id = await shop.intent(token)
    shop.telegram.block(ANNA)
    shop.stripe.pay(intent_id)
    await shop.resend.wait_for_mail(ANNAS.lower(), "payment_paid")
    await until(lambda: nothing_waits(shop), "everything to be told or parked")


async def strangers_knock(shop: Shop, day: Day) -> None:
    """A mistyped signature, too many looks at a page, and requests for the numbers from outside."""
    body = json.dumps({"id": "evt_stranger", "type": "no.such_type", "data": {"object": {"email": BENS}}})
    async with shop.http.post(
        f"{shop.url}/webhooks/stripe", data=body, headers={"Stripe-Signature": "t=1,v1=0"}
    ) as one:
        assert one.status == 400
    async with shop.http.post(f"{shop.url}/webhooks/resend", data=body) as one:
        assert one.status == 400

    async def is_too_much() -> bool:
        return (await shop.http.get(f"{shop.url}/pay/nobody_knows_this_one")).status == 429

    await until(is_too_much, "a page to be looked at too often", seconds=60, pause=0)
    for headers in ({}, PROXIED, {**PROXIED, "Authorization": "Bearer wrong"}):
        async with shop.http.get(f"{shop.url}/metrics", headers=headers) as one:
            day.refused.append(one.status)


async def pay_token(shop: Shop, person: Person) -> str:
    message = await shop.telegram.wait_for(person, lambda one: any("/pay/" in url for url in one.urls))
    found = re.search(r"/pay/([\w-]+)", message.urls[0])
    assert found is not None
    return found.group(1)


async def intent_or_none(shop: Shop, token: str) -> str | None:
    async with shop.http.post(f"{shop.url}/pay/{token}/intent") as response:
        if response.status != 200:
            return None
        return str((await response.json())["client_secret"]).split("_secret_")[0]


async def numbers(shop: Shop) -> str:
    headers = {**PROXIED, "Authorization": f"Bearer {METRICS_TOKEN}"}
    async with shop.http.get(f"{shop.url}/metrics", headers=headers) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return await response.text()


async def has_failed(shop: Shop) -> bool:
    seen = Day(numbers=await numbers(shop))
    return all(seen.number("checkout_sends_total", channel=one, result="retry") for one in ("chat", "mail"))


async def nothing_waits(shop: Shop) -> bool:
    return Day(numbers=await numbers(shop)).number("checkout_outbox_messages", state="waiting") == 0
