"""Everything is built here: settings in, a running application out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from app.readiness import Readiness
from app.settings import Settings
from bot.connect import build_bot
from bot.dispatcher import build_dispatcher
from bot.parts import BotParts
from bot.sender import TelegramChatSender
from bot.updates import UpdateIntake
from checkout import limits
from checkout.catalog import Catalog
from checkout.errors import CheckoutError
from checkout.outbox import Channel
from checkout.pacing import Flood, Health, Pace
from checkout.ports import Clock
from checkout.usecases.customers import Customers
from checkout.usecases.deliver_outbox import Courier
from checkout.usecases.expire_links import ExpireLinks
from checkout.usecases.look_up_payments import LookUpPayments
from checkout.usecases.open_pay_page import OpenPayPage
from checkout.usecases.record_events import Rules
from checkout.usecases.send_message import ChatDelivery, MailDelivery
from checkout.usecases.start_payment import StartPayment
from checkout.usecases.verify_email import VerifyEmail
from checkout.verification import Hasher
from db.connection import Database
from db.group_writer import GroupWriter
from db.mail_events import MailFates
from db.storage import DatabaseStorage, open_database
from messages.renderer import MessageRenderer
from providers.addresses import EmailAddresses
from providers.resend_events import ResendWebhook
from providers.resend_mail import ResendMailSender
from providers.stripe_events import StripeWebhook
from providers.stripe_gateway import StripeGateway
from web.application import WebParts, build_web_app

log = logging.getLogger(__name__)
EXPIRY_PAUSE = 30.0


class Application:
    """The parts that live as long as the process. Build it inside a running loop, with ``built``."""

    def __init__(
        self, settings: Settings, catalog: Catalog, database: Database, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self.settings, self.catalog, self.database = settings, catalog, database
        self.clock = clock
        self.storage = DatabaseStorage(database)
        self.hasher = Hasher(settings.secret_key)
        self.renderer = MessageRenderer(catalog, settings.public_url)
        self.bot = build_bot(settings.bot_token, settings.telegram_api_url)
        self.bot_username = ""
        self.gateway = StripeGateway(settings.stripe_secret_key, session, settings.stripe_api_base)
        self.mail_sender = ResendMailSender(
            settings.resend_api_key, settings.mail_from, session, settings.resend_api_base
        )
        self.flood = Flood()
        self.couriers = (self._mail_courier(), self._chat_courier())
        self.writer = GroupWriter(database, self.clock, self._rules(), self.wake, self.flood)
        self.expire_links = ExpireLinks(self.storage, self.clock, self.wake)
        dispatcher = build_dispatcher(self._bot_parts())
        self.intake = UpdateIntake(self.bot, dispatcher, self.storage, self.clock)

    def wake(self) -> None:
        """There may be something new in the outbox."""
        for courier in self.couriers:
            courier.wake()

    def web_app(self) -> web.Application:
        return build_web_app(self._web_parts())

    def _mail_courier(self) -> Courier:
        delivery = MailDelivery(self.storage, self.renderer, self.mail_sender, self.gateway)
        return Courier(
            Channel.MAIL,
            self.storage,
            self.clock,
            delivery,
            Pace(limits.mails_per_second()),
            Health("Resend"),
            self.flood,
            self.settings.admin_ids,
        )

    def _chat_courier(self) -> Courier:
        pace = Pace(limits.chat_messages_per_second(), limits.chat_message_pause().total_seconds())
        delivery = ChatDelivery(self.storage, self.renderer, TelegramChatSender(self.bot), self.gateway, self._files_of)
        return Courier(
            Channel.CHAT,
            self.storage,
            self.clock,
            delivery,
            pace,
            Health("Telegram"),
            self.flood,
            self.settings.admin_ids,
        )

    def _rules(self) -> Rules:
        return Rules(
            shop_id=self.catalog.shop.shop_id,
            admin_ids=self.settings.admin_ids,
            pay_link_lifetime=self.settings.pay_link_ttl,
            pay_token=self.hasher.pay_token,
        )

    def _files_of(self, sku: str) -> int:
        product = self.catalog.find(sku)
        return len(product.files) if product else 0

    def _bot_parts(self) -> BotParts:
        settings = self.settings
        return BotParts(
            verify_email=VerifyEmail(
                self.storage, self.clock, EmailAddresses(), self.hasher, self.renderer, self.mail_sender
            ),
            start_payment=StartPayment(
                self.storage,
                self.clock,
                self.hasher,
                self.wake,
                link_lifetime=settings.pay_link_ttl,
                livemode=settings.livemode,
            ),
            customers=Customers(self.storage, self.clock),
            look_up_payments=LookUpPayments(self.storage),
            catalog=self.catalog,
            renderer=self.renderer,
            admin_ids=settings.admin_ids,
            storage=self.storage,
            clock=self.clock,
        )

    def _web_parts(self) -> WebParts:
        settings = self.settings
        resend_webhook = ResendWebhook(settings.resend_webhook_secret) if settings.resend_webhook_secret else None
        return WebParts(
            pages=OpenPayPage(self.storage, self.clock, self.gateway, shop_id=self.catalog.shop.shop_id),
            catalog=self.catalog,
            public_url=settings.public_url,
            publishable_key=settings.stripe_publishable_key,
            stripe_js_url=settings.stripe_js_url,
            stripe_api_url=settings.stripe_api_url,
            bot_username=lambda: self.bot_username,
            stripe_webhook=StripeWebhook(settings.stripe_webhook_secrets, self.clock),
            recorder=self.writer,
            ready=Readiness(self.database, self.clock),
            clock=self.clock,
            resend_webhook=resend_webhook,
            mail_events=MailFates(self.database),
            telegram_updates=self.intake.handle if settings.telegram_updates == "webhook" else None,
            telegram_secret=settings.telegram_webhook_secret,
            metrics_token=settings.metrics_token,
        )


@asynccontextmanager
async def built(settings: Settings, catalog: Catalog, clock: Clock) -> AsyncIterator[Application]:
    """An application whose database is open and whose connections are closed at the end."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        database = await open_database(settings.database)
        stack.push_async_callback(database.close)
        application = Application(settings, catalog, database, session, clock)
        stack.push_async_callback(application.bot.session.close)
        yield application


@dataclass
class Background:
    """Tasks that end with the process; one that dies unexpectedly is told of and ends the process."""

    failed: asyncio.Event
    tasks: list[asyncio.Task[None]]

    @classmethod
    def new(cls) -> "Background":
        return cls(asyncio.Event(), [])

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self.tasks.append(task)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            # One of ours says in its own words what to mend; anything else needs its traceback.
            ours = isinstance(error, CheckoutError)
            log.error("%s has ended: %s", task.get_name(), error, exc_info=None if ours else error)
            self.failed.set()

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def expire_forever(application: Application) -> None:
    """Closes links past their time, now and every half a minute."""
    while True:
        try:
            await application.expire_links.run_once()
        except Exception:
            log.exception("links past their time could not be closed")
        await asyncio.sleep(EXPIRY_PAUSE)
