"""Everything is built here: settings in, a running application out."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web

from app.runtime.metrics import Metrics
from app.runtime.periodic_tasks import PeriodicTasks
from app.runtime.readiness import Readiness
from app.settings import Settings
from bot.dependencies import BotDependencies
from bot.dispatcher import build_dispatcher
from bot.telegram.chat_tasks import ChatTasks
from bot.telegram.client import build_bot
from bot.telegram.customer_queue import CustomerQueue, InMemoryCustomerQueue
from bot.telegram.sender import TelegramChatSender
from bot.telegram.updates import ALLOWED_UPDATES, UpdateIntake
from checkout import limits
from checkout.model.catalog import Catalog
from checkout.model.daily_totals import days_in
from checkout.model.outbox import Channel
from checkout.model.verification import Hasher
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.manage_outbox import ManageOutbox
from checkout.notifications.outage_alerts import OutageAlerts
from checkout.notifications.outbox_worker import OutboxWorker
from checkout.notifications.record_mail_status import RecordMailStatus
from checkout.notifications.resend_receipt import ResendReceipt
from checkout.notifications.send_message import ChatDelivery, MailDelivery
from checkout.payments.cancel_intents import CancelIntents
from checkout.payments.decide_review import DecideReview
from checkout.payments.plan_events import Rules
from checkout.payments.reconcile import Reconcile
from checkout.payments.refund_payment import RefundPayment
from checkout.payments.startup_gate import StartupGate
from checkout.ports.runtime import Clock, RateLimit
from checkout.purchase.expire_links import ExpireLinks
from checkout.purchase.find_offer import FindOffer
from checkout.purchase.manage_customers import Customers
from checkout.purchase.manage_invoices import ManageInvoices
from checkout.purchase.open_pay_page import OpenPayPage
from checkout.purchase.start_payment import StartPayment
from checkout.purchase.verify_email import VerifyEmail
from checkout.reporting.audit_trail import AuditTrail
from checkout.reporting.export_payments import ExportPayments
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.reporting.payment_timeline import PaymentTimeline
from checkout.reporting.statistics import ReadStatistics
from checkout.resilience.backpressure import Backpressure
from checkout.resilience.circuit_breaker import CircuitBreaker
from checkout.resilience.outage import Health, Outage
from checkout.resilience.rate_limit import RateLimitedMailSender, RateLimiter
from db.engine.connection import Database
from db.maintenance.health import outbox_backlog
from db.recording.group_writer import GroupWriter
from db.replicas.customer_queue import DatabaseCustomerQueue
from db.replicas.rate_limit import SharedRateLimiter
from db.storage import DatabaseStorage, open_database
from messages.renderer import MessageRenderer
from providers.email_addresses import EmailAddresses
from providers.resend_account import EVENTS
from providers.resend_events import ResendWebhook
from providers.resend_mail import ResendMailSender
from providers.stripe_events import HANDLED_TYPES, StripeWebhook
from providers.stripe_gateway import StripeGateway
from providers.stripe_history import StripeHistory
from web.application import WebDependencies, build_web_app

log = logging.getLogger(__name__)


class Application:
    """The parts that live as long as the process. Build it inside a running loop, with ``built``."""

    def __init__(
        self, settings: Settings, catalog: Catalog, database: Database, session: aiohttp.ClientSession, clock: Clock
    ) -> None:
        self.settings, self.catalog, self.database = settings, catalog, database
        self.clock = clock
        self.storage = DatabaseStorage(database)
        self.metrics = self._metrics()
        self.hasher = Hasher(settings.secret_key)
        self.renderer = MessageRenderer(catalog, settings.public_url)
        self.telegram_outage, self.resend_outage = Outage("Telegram", clock), Outage("Resend", clock)
        self.stripe_outage = Outage("Stripe", clock)
        self.stripe_breaker = CircuitBreaker(self.stripe_outage)
        self.bot = build_bot(
            settings.bot_token,
            settings.telegram_api_url,
            CircuitBreaker(self.telegram_outage),
            self._rate_limiter("bot", limits.bot_calls_per_second()),
            self.metrics,
        )
        self.bot_username = ""
        self.gateway = StripeGateway(
            settings.stripe_secret_key,
            session,
            settings.stripe_api_base,
            breaker=self.stripe_breaker,
            meter=self.metrics,
        )
        self.mail_sender = ResendMailSender(
            settings.resend_api_key,
            settings.mail_from,
            session,
            settings.resend_api_base,
            breaker=CircuitBreaker(self.resend_outage),
            meter=self.metrics,
        )
        self.mail_rate_limiter = self._rate_limiter("mail", settings.mails_per_second)
        self.rate_limited_mail_sender = RateLimitedMailSender(self.mail_sender, self.mail_rate_limiter)
        self.backpressure = Backpressure()
        self.outbox_workers = (self._mail_worker(), self._chat_worker())
        self.writer = GroupWriter(database, self.clock, self._rules(), self.wake, self.backpressure, self.metrics)
        self.startup_gate = StartupGate(self.writer, self.clock)
        self.daily_summary = DailySummary(self.storage, clock, self.wake, catalog.shop.timezone, settings.admin_ids)
        self.periodic_tasks = self._periodic_tasks(session)
        self.chat_tasks = ChatTasks()
        dispatcher = build_dispatcher(self._bot_parts())
        self.intake = UpdateIntake(self.bot, dispatcher, self.storage, self.clock, self._customer_queue())

    def wake(self) -> None:
        """There may be something new in the outbox."""
        for outbox_worker in self.outbox_workers:
            outbox_worker.wake()

    def web_app(self) -> web.Application:
        return build_web_app(self._web_parts())

    def _metrics(self) -> Metrics:
        types = {"stripe": HANDLED_TYPES, "resend": EVENTS, "telegram": ALLOWED_UPDATES}
        metrics = Metrics(types)

        async def look_at_outbox() -> None:
            metrics.show_backlog(await outbox_backlog(self.database, self.clock.now()))

        metrics.on_scrape(look_at_outbox)
        return metrics

    def _mail_worker(self) -> OutboxWorker:
        delivery = MailDelivery(self.storage, self.renderer, self.mail_sender, self.gateway)
        return OutboxWorker(
            Channel.MAIL,
            self.storage,
            self.clock,
            delivery,
            self.mail_rate_limiter,
            Health("Resend", self.resend_outage),
            self.backpressure,
            self.settings.admin_ids,
            self.metrics,
        )

    def _chat_worker(self) -> OutboxWorker:
        rate_limiter = self._rate_limiter(
            "chat", limits.chat_messages_per_second(), limits.chat_message_pause().total_seconds()
        )
        delivery = ChatDelivery(
            self.storage, self.renderer, TelegramChatSender(self.bot), self.gateway, self._files_of, rate_limiter
        )
        return OutboxWorker(
            Channel.CHAT,
            self.storage,
            self.clock,
            delivery,
            rate_limiter,
            Health("Telegram", self.telegram_outage),
            self.backpressure,
            self.settings.admin_ids,
            self.metrics,
        )

    def _customer_queue(self) -> CustomerQueue:
        """Replicas share the customers only where Telegram hands updates to all of them: one alone may poll."""
        shared = self.settings.database.file is None and self.settings.telegram_updates == "webhook"
        return DatabaseCustomerQueue(self.database) if shared else InMemoryCustomerQueue()

    def _rate_limiter(self, service: str, per_second: float, pause: float = 0.0) -> RateLimit:
        """A SQLite file has one process; on PostgreSQL all replicas keep one pace together."""
        if self.settings.database.file is not None:
            return RateLimiter(per_second, pause)
        return SharedRateLimiter(self.database, service, per_second, pause)

    def _rules(self) -> Rules:
        return Rules(
            shop_id=self.catalog.shop.shop_id,
            admin_ids=self.settings.admin_ids,
            pay_link_lifetime=self.settings.pay_link_ttl,
            pay_token=self.hasher.pay_token,
            day_of=days_in(self.catalog.shop.timezone),
        )

    def _periodic_tasks(self, session: aiohttp.ClientSession) -> PeriodicTasks:
        settings = self.settings
        history = StripeHistory(
            settings.stripe_secret_key, session, settings.stripe_api_base, self.metrics, self.stripe_breaker
        )
        reconcile = Reconcile(
            self.storage,
            self.clock,
            history,
            self.writer,
            self.wake,
            shop_id=self.catalog.shop.shop_id,
            admin_ids=settings.admin_ids,
            startup_gate=self.startup_gate,
        )
        expire_links = ExpireLinks(self.storage, self.clock, self.wake)
        cancel_intents = CancelIntents(self.storage, self.clock, self.gateway, history, self.writer)
        outages = (self.telegram_outage, self.stripe_outage, self.resend_outage)
        services = OutageAlerts(self.storage, self.clock, self.wake, outages, "Telegram", settings.admin_ids)
        return PeriodicTasks(
            self.storage,
            self.clock,
            self.startup_gate,
            reconcile,
            expire_links,
            cancel_intents,
            self.daily_summary,
            services,
        )

    def _files_of(self, sku: str) -> int:
        product = self.catalog.find(sku)
        return len(product.files) if product else 0

    def _bot_parts(self) -> BotDependencies:
        settings = self.settings
        return BotDependencies(
            verify_email=VerifyEmail(
                self.storage,
                self.clock,
                EmailAddresses(),
                self.hasher,
                self.renderer,
                self.rate_limited_mail_sender,
                self.metrics,
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
            payment_timeline=PaymentTimeline(self.storage),
            resend_receipt=ResendReceipt(self.storage, self.clock, EmailAddresses(), self.wake),
            refund_payment=RefundPayment(self.storage, self.clock, self.gateway, shop_id=self.catalog.shop.shop_id),
            manage_outbox=ManageOutbox(self.storage, self.clock, self.wake),
            audit_trail=AuditTrail(self.storage, self.clock),
            read_statistics=ReadStatistics(self.storage, self.clock, self.catalog.shop.timezone),
            export_payments=ExportPayments(self.storage),
            chat_tasks=self.chat_tasks,
            find_offer=FindOffer(self.catalog, self.storage, self.clock),
            manage_invoices=ManageInvoices(self.storage, self.clock, self.hasher, self.wake),
            daily_summary=self.daily_summary,
            decide_review=DecideReview(
                self.storage, self.clock, self.gateway, self.writer, shop_id=self.catalog.shop.shop_id
            ),
            catalog=self.catalog,
            renderer=self.renderer,
            admin_ids=settings.admin_ids,
            storage=self.storage,
            clock=self.clock,
        )

    def _web_parts(self) -> WebDependencies:
        settings = self.settings
        resend_webhook = ResendWebhook(settings.resend_webhook_secret) if settings.resend_webhook_secret else None
        return WebDependencies(
            pages=OpenPayPage(self.storage, self.clock, self.gateway, shop_id=self.catalog.shop.shop_id),
            catalog=self.catalog,
            public_url=settings.public_url,
            publishable_key=settings.stripe_publishable_key,
            stripe_js_url=settings.stripe_js_url,
            stripe_api_url=settings.stripe_api_url,
            bot_username=lambda: self.bot_username,
            stripe_webhook=StripeWebhook(settings.stripe_webhook_secrets, self.clock),
            recorder=self.startup_gate,
            ready=Readiness(self.database, self.clock),
            clock=self.clock,
            resend_webhook=resend_webhook,
            mail_events=RecordMailStatus(self.storage, self.clock, self.wake, settings.admin_ids),
            telegram_updates=self.intake.handle if settings.telegram_updates == "webhook" else None,
            telegram_secret=settings.telegram_webhook_secret,
            metrics=self.metrics.scrape,
            metrics_token=settings.metrics_token,
            meter=self.metrics,
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
        stack.push_async_callback(application.chat_tasks.stop)
        yield application
