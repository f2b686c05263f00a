"""The pay page with everything real behind it but Stripe: database, recorder, gateway, webhooks."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import get_unused_port_socket
from PIL import Image

from checkout.model.catalog import Catalog
from checkout.model.payment import Payment
from checkout.notifications.handover import handover_of
from checkout.payments.rules import Rules
from checkout.purchase.open_pay_page import OpenPayPage
from checkout.resilience.backpressure import Backpressure
from db.engine.connection import Database
from db.recording.group_writer import GroupWriter
from db.storage import DatabaseStorage, open_database
from providers.stripe_events import StripeWebhook
from providers.stripe_gateway import StripeGateway
from sandbox.fake_stripe.api import StripeStandIn
from tests.support.clock import MovedClock
from tests.support.databases import new_sqlite_database
from tests.support.payments import a_payment, keep
from tests.support.web_fakes import Fakes, a_catalog
from web.application import build_web_app, listen

WEBHOOK_SECRET = "whsec_tests"


class PayShop:
    """A shop with one product, whose pages a browser can open."""

    def __init__(self, stripe: StripeStandIn, database: Database, session: aiohttp.ClientSession) -> None:
        self.stripe, self.clock = stripe, MovedClock(None)
        self.storage = DatabaseStorage(database)
        rules = Rules(
            shop_id=a_catalog().shop.shop_id,
            admin_ids=(),
            pay_link_lifetime=timedelta(hours=24),
            pay_token=lambda payment_id: payment_id,
            livemode=False,
            handover_of=partial(handover_of, a_catalog()),
        )
        self.writer = GroupWriter(database, self.clock, rules, lambda *_: None, Backpressure())
        self._gateway = StripeGateway(stripe.secret_key, session, stripe.url)
        self.url = ""

    async def start(self, stack: AsyncExitStack, catalog: Catalog) -> None:
        socket = get_unused_port_socket("127.0.0.1")
        self.url = f"http://127.0.0.1:{socket.getsockname()[1]}"
        pages = OpenPayPage(self.storage, self.clock, self._gateway, catalog)
        dependencies = Fakes().dependencies(
            pages=pages,
            catalog=catalog,
            public_url=self.url,
            publishable_key=self.stripe.publishable_key,
            stripe_js_url=f"{self.stripe.url}/endive/stripe.js",
            stripe_api_url=self.stripe.url,
            stripe_webhook=StripeWebhook([WEBHOOK_SECRET], self.clock).by_headers,
            recorder=self.writer,
            clock=self.clock,
        )
        runner = web.AppRunner(build_web_app(dependencies), shutdown_timeout=0.5)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await listen(runner, sock=socket)
        self.stripe.add_endpoint(f"{self.url}/webhooks/stripe", WEBHOOK_SECRET)

    async def sell(self, **changes: Any) -> Payment:
        """A payment to be paid now."""
        now, token = self.clock.now(), secrets.token_urlsafe(12)
        fresh = a_payment(at=now, payment_id=f"pay_{secrets.token_hex(6)}", pay_token=token, payment_intent_id=None)
        payment = replace(fresh, **changes)
        await keep(self.storage, payment)
        return payment

    async def payment(self, token: str) -> Payment:
        async with self.storage.read() as tx:
            found = await tx.payments.by_token(token)
        assert found is not None
        return found

    def page_of(self, payment: Payment, end: str = "") -> str:
        return f"{self.url}/pay/{payment.pay_token}{end}"


@asynccontextmanager
async def open_shop(folder: Path) -> AsyncIterator[PayShop]:
    async with AsyncExitStack() as stack:
        stripe = StripeStandIn(settle_seconds=0.2)
        await stripe.start()
        stack.push_async_callback(stripe.stop)
        database = await open_database(await new_sqlite_database(folder / "shop.db"))
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        shop = PayShop(stripe, database, session)
        writing = asyncio.create_task(shop.writer.run())
        stack.push_async_callback(_ended, shop.writer, writing)
        await shop.start(stack, furnished(a_catalog(), folder))
        yield shop


def furnished(catalog: Catalog, folder: Path) -> Catalog:
    """The shop's logo, the guide's picture and its file."""
    Image.new("RGB", (1200, 900), "teal").save(folder / "guide.jpg")
    Image.new("RGBA", (300, 120), "orange").save(folder / "logo.png")
    (folder / "City guide.pdf").write_bytes(b"%PDF-1.7 " * 200)
    guide = replace(catalog.products["guide"], image=folder / "guide.jpg", files=(folder / "City guide.pdf",))
    return Catalog(replace(catalog.shop, logo=folder / "logo.png"), {**catalog.products, "guide": guide})


async def _ended(writer: GroupWriter, writing: "asyncio.Task[None]") -> None:
    writer.stop()
    await writing
