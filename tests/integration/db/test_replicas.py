"""Several whole applications at one PostgreSQL, behind a load balancer, with Telegram in webhook mode."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from app.commands.serve import serve_until
from app.settings import load_settings
from db.engine.connection import Database
from db.engine.database_url import parse_database_url
from db.storage import open_database
from sandbox.base.fake_server import FaultMode
from sandbox.fake_stripe.store import Delivery
from sandbox.fake_telegram.chats import ANNA, BEN, ChatMessage, Person
from tests.chaos.balancer import Balancer
from tests.support.databases import ask, fresh_postgres_database
from tests.support.processes.commands import end_server, is_ready, shop_without_server, start_server
from tests.support.processes.forked import Forked
from tests.support.project import CATALOG
from tests.support.shop import Shop, code_in, free_port, until

NUMBERS = itertools.count(1)
WEBHOOKS = {"TELEGRAM_UPDATES": "webhook", "TELEGRAM_WEBHOOK_SECRET": "telegram-secret"}


@dataclass
class Replicas:
    """``shop`` speaks to all of them through the balancer; ``database`` looks at what they share."""

    shop: Shop
    database: Database


@asynccontextmanager
async def serving(shop: Shop, port: int, own_port: int, url: str) -> AsyncIterator[None]:
    """One replica in this process."""
    values = {**shop.sandbox.settings(port), "PORT": str(own_port), "DATABASE_URL": url, **WEBHOOKS}
    settings, stop = load_settings(values, shop.sandbox.folder), asyncio.Event()
    task = asyncio.create_task(serve_until(stop, settings, CATALOG, shop.clock))
    try:
        yield
    finally:
        stop.set()
        assert await task == 0


@asynccontextmanager
async def before_the_replicas(port: int, own_ports: list[int]) -> AsyncIterator[Shop]:
    """The stand-ins, and the balancer that everybody knows as the shop."""
    balancer = Balancer(own_ports)
    async with shop_without_server(port) as shop:
        await balancer.start(port)
        try:
            yield shop
        finally:
            await balancer.close()


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[Replicas]:
    url = await fresh_postgres_database(postgres_url, f"replicas_{next(NUMBERS)}")
    port, own_ports = free_port(), [free_port() for _ in range(3)]
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(before_the_replicas(port, own_ports))
        for own_port in own_ports:  # all at once: their migrations meet
            await stack.enter_async_context(serving(shop, port, own_port, url))
        for own_port in own_ports:
            await until(partial(is_ready, shop.http, own_port), "every replica to be ready", 60)
        await until(lambda: is_set_up(shop, 3), "Telegram to know the webhook")
        database = await open_database(parse_database_url(url))
        stack.push_async_callback(database.close)
        yield Replicas(shop, database)


async def is_set_up(shop: Shop, times: int) -> bool:
    commands = [call for call in shop.telegram.calls if call.path.endswith("/setMyCommands")]
    return shop.telegram.queue.webhook is not None and len(commands) >= times


async def waiting(database: Database) -> int:
    return len(await ask(database, "SELECT 1 FROM waiting_updates"))


def answers(shop: Shop, person: Person, after: int) -> list[ChatMessage]:
    return [one for one in shop.telegram.chat(person) if one.by_bot and one.message_id > after]


async def test_a_conversation_spread_over_all_replicas_keeps_its_order_and_state(replicas: Replicas) -> None:
    shop = replicas.shop
    await shop.ask(BEN, "/start guide")
    await until(lambda: waits(replicas.database, 0), "the first update to be done with")
    shop.telegram.faults.set(FaultMode.HANG, path_contains="sendMessage")
    before = shop.telegram.say(BEN, "/language").message_id
    await until(lambda: waits(replicas.database, 1), "the next one to be under way")
    lines = ["/help", "/email", "ben@example.org", "/orders", "/start poster"]
    for number, line in enumerate(lines, start=2):
        shop.telegram.say(BEN, line)
        await until(partial(waits, replicas.database, number), "the update to wait")
    shop.telegram.faults.set(FaultMode.OK)

    async def all_answered() -> bool:
        return await waiting(replicas.database) == 0 and len(answers(shop, BEN, before)) >= 5

    await until(all_answered, "every update to be answered", 60)
    told = [one.text.lower() for one in answers(shop, BEN, before)]
    # The question for an address and what becomes of it are one message.
    parts = ("language", "/orders", "ben@example.org", "no payments", "poster")
    assert len(told) == len(parts), told
    for text, part in zip(told, parts, strict=True):
        assert part in text
    assert len(shop.resend.mails_to("ben@example.org", "verification_code")) == 1


async def waits(database: Database, number: int) -> bool:
    return await waiting(database) == number


async def buy(shop: Shop, person: Person, email: str) -> str:
    token = await shop.verified(person, email)
    intent_id = await shop.intent(token)
    shop.stripe.pay(intent_id)
    return token


async def test_every_customer_is_told_once_whatever_replica_hears_of_it(replicas: Replicas) -> None:
    shop = replicas.shop
    shop.stripe.switches.delivery = Delivery.TWICE
    people = [Person(2000 + number, f"Customer {number}", "", f"c{number}", "en") for number in range(6)]
    emails = [f"c{number}@example.org" for number in range(6)]
    tokens = await asyncio.gather(*(buy(shop, *one) for one in zip(people, emails, strict=True)))
    for person, email, token in zip(people, emails, tokens, strict=True):
        await shop.until_status(token, "paid")
        await shop.resend.wait_for_mail(email, "payment_paid")
        await shop.telegram.wait_for(person, lambda one: bool(one.document and "guide" in one.document.filename))
    await shop.stripe.wait_delivered()
    for event in list(shop.stripe.events):
        await shop.stripe.deliver(event["id"])
    await until(lambda: outbox_is_empty(replicas.database), "the outbox to be empty")
    for person, email in zip(people, emails, strict=True):
        assert len(shop.resend.mails_to(email, "payment_paid")) == 1
        named = Counter(one.document.filename[:7] for one in shop.telegram.chat(person) if one.document)
        assert named == {"receipt": 1, "guide.p": 1}
    numbers = await ask(replicas.database, "SELECT receipt_number FROM payments ORDER BY receipt_number")
    assert [row[0] for row in numbers] == [1, 2, 3, 4, 5, 6]


async def outbox_is_empty(database: Database) -> bool:
    return not await ask(database, "SELECT 1 FROM outbox WHERE state = 'waiting'")


async def test_an_impatient_customer_gets_one_code_and_one_link(replicas: Replicas) -> None:
    shop = replicas.shop
    offer = await shop.ask(ANNA, "/start guide")
    for _ in range(3):
        shop.telegram.press(ANNA, offer.message_id, "buy:guide")
    await shop.telegram.wait_for(ANNA, lambda one: one.message_id > offer.message_id)
    for _ in range(4):
        shop.telegram.say(ANNA, "anna@example.org")
    mail = await shop.resend.wait_for_mail("anna@example.org", "verification_code")
    for _ in range(4):
        shop.telegram.say(ANNA, code_in(mail))
    await shop.telegram.wait_for(ANNA, lambda one: any("/pay/" in url for url in one.urls))
    await until(lambda: waits(replicas.database, 0), "every update to be handled")
    assert len(shop.resend.mails_to("anna@example.org", "verification_code")) == 1
    assert len(await ask(replicas.database, "SELECT 1 FROM payments")) == 1


async def test_what_a_killed_process_had_in_hand_is_done_by_the_other(postgres_url: str, tmp_path: Path) -> None:
    url = await fresh_postgres_database(postgres_url, f"replicas_{next(NUMBERS)}")
    port, own_ports, log = free_port(), [free_port(), free_port()], tmp_path / "log"
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(before_the_replicas(port, own_ports))
        dying = await started(stack, shop, own_ports[0], url, log)
        await until(lambda: is_set_up(shop, 1), "Telegram to know the webhook")
        database = await open_database(parse_database_url(url))
        stack.push_async_callback(database.close)
        intent_id = await shop.intent(await shop.verified(BEN, "ben@example.org"))
        await shop.ask(ANNA, "/start guide")
        await until(lambda: waits(database, 0), "every update to be done with")
        for service, path in ((shop.telegram, "send"), (shop.resend, "emails")):
            service.faults.set(FaultMode.HANG, path_contains=path)
        shop.stripe.pay(intent_id)
        for number, line in enumerate(("/email", "anna@example.org"), start=1):
            shop.telegram.say(ANNA, line)
            await until(partial(waits, database, number), "the update to be taken in")
        await until(lambda: leases(database), "mail and chat to be under way")
        # What is kept after the other has looked is taken over minutes later.
        await until(lambda: all_kept(database, 2), "the updates to be kept, and Telegram to know")
        await started(stack, shop, own_ports[1], url, log)
        dying.kill()
        await dying.wait()
        await a_minute_passes(database)
        for service in (shop.telegram, shop.resend):
            service.faults.set(FaultMode.OK)
        await shop.resend.wait_for_mail("anna@example.org", "verification_code")
        await until(lambda: waits(database, 0), "every update to be handled")
        await until(lambda: outbox_is_empty(database), "the outbox to be empty")
        assert len(shop.resend.mails_to("anna@example.org", "verification_code")) == 1
        assert len(shop.resend.mails_to("ben@example.org", "payment_paid")) == 1
        assert len([one for one in shop.telegram.chat(BEN) if one.document]) == 2
    assert "Traceback" not in log.read_text()


async def started(stack: AsyncExitStack, shop: Shop, own_port: int, url: str, log: Path) -> Forked:
    """A replica as a process of its own, once it is ready."""
    settings = {**shop.sandbox.settings(int(shop.url.rsplit(":", 1)[1])), "PORT": str(own_port), "DATABASE_URL": url}
    process = await start_server({**settings, **WEBHOOKS}, shop.sandbox.folder, log)
    stack.push_async_callback(end_server, process)
    return process


async def all_kept(database: Database, number: int) -> bool:
    return len(await ask(database, "SELECT 1 FROM kept_updates")) == number


async def leases(database: Database) -> bool:
    held = await ask(database, "SELECT DISTINCT channel FROM outbox WHERE lease_until IS NOT NULL")
    return len(held) == 2


async def a_minute_passes(database: Database) -> None:
    """What the dead process holds is taken back, and its leases run out."""
    long_ago = "'2026-01-01T00:00:00.000000Z'"
    await ask(database, "UPDATE outbox SET lease_until = NULL, lease_owner = NULL WHERE state = 'waiting'")
    await ask(database, f"UPDATE waiting_updates SET lease_until = {long_ago}")
