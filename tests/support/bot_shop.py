"""A shop's bot for tests: the real dispatcher and use cases on a real SQLite file, before the Telegram stand-in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.dependencies import BotDependencies
from bot.dispatcher import build_dispatcher
from bot.telegram.chat_tasks import ChatTasks
from bot.telegram.client import build_bot
from bot.telegram.customer_queue import InMemoryCustomerQueue
from bot.telegram.sender import TelegramChatSender
from bot.telegram.updates import UpdateIntake
from checkout.errors import ServiceUnavailable
from checkout.model.catalog import Catalog
from checkout.model.events import ProviderEvent
from checkout.model.intent_facts import IntentFacts
from checkout.model.outbox import Channel
from checkout.model.payment import Fulfilment
from checkout.model.verification import Hasher
from checkout.notifications.chat_delivery import ChatDelivery
from checkout.notifications.compose import Composer
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.handover import HandOver, handover_of
from checkout.notifications.manage_outbox import ManageOutbox
from checkout.notifications.resend_receipt import ResendReceipt
from checkout.notifications.sale_alerts import SaleAlerts
from checkout.notifications.send_purchase import SendPurchase
from checkout.payments.decide_review import DecideReview
from checkout.payments.refund_payment import RefundPayment
from checkout.purchase.close_shop import CloseShop
from checkout.purchase.find_offer import FindOffer
from checkout.purchase.manage_customers import ManageCustomers
from checkout.purchase.manage_invoices import ManageInvoices
from checkout.purchase.start_payment import StartPayment
from checkout.purchase.verify_email import VerifyEmail
from checkout.reporting.audit_trail import AuditTrail
from checkout.reporting.export_payments import ExportPayments
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.reporting.open_points import CountOpenPoints
from checkout.reporting.payment_timeline import PaymentTimeline
from checkout.reporting.statistics import ReadStatistics
from db.engine.connection import Database
from db.engine.database_url import parse_database_url
from db.storage import DatabaseStorage, open_database
from messages.renderer import MessageRenderer
from providers.email_addresses import normalised_email
from sandbox.fake_telegram.api import TOKEN, TelegramStandIn
from sandbox.fake_telegram.chats import ChatMessage, Person
from tests.support.clock import MovedClock
from tests.support.databases import new_sqlite_database
from tests.support.fakes import FakeGateway, RememberingMails, RememberingRefunds
from tests.support.notifications import outbox_worker
from tests.support.payments import VISA
from tests.support.project import CATALOG, PUBLIC_URL

SECRET = "a secret key of more than thirty-two characters"


class NoEvents:
    """Conversations record no events: what does goes through the whole shop in tests/integration."""

    async def record(self, event: ProviderEvent) -> bool:
        raise ServiceUnavailable("nothing is recorded here")


class BotShop:
    """``say`` and the others hand one update in and return what the bot said because of it."""

    def __init__(self, folder: Path, catalog: Catalog = CATALOG, admin_ids: tuple[int, ...] = ()) -> None:
        self.admin_ids = admin_ids
        self.stripe = RememberingRefunds()
        self.file = folder / "checkout.db"
        self.catalog = catalog
        self.telegram = TelegramStandIn()
        self.clock = MovedClock()
        self.chat_tasks = ChatTasks()
        self.mails = RememberingMails()
        self.secret_key = SECRET
        self.bot_username = "night_market_bot"

    async def open(self) -> None:
        await new_sqlite_database(self.file)
        await self.telegram.start()
        await self._build()

    async def restart(self) -> None:
        """As after the end of the process: everything is built anew over the same file."""
        await self._shut()
        await self._build()

    async def close(self) -> None:
        await self._shut()
        await self.telegram.stop()

    async def _build(self) -> None:
        self.database: Database = await open_database(parse_database_url(f"sqlite:///{self.file}"))
        self.storage = DatabaseStorage(self.database)
        self.bot = build_bot(TOKEN, self.telegram.url)
        self.dependencies = self._dependencies()
        self.dispatcher = build_dispatcher(self.dependencies)
        self.intake = UpdateIntake(self.bot, self.dispatcher, self.storage, self.clock, InMemoryCustomerQueue())

    async def _shut(self) -> None:
        await self.intake.drain(1)
        await self.chat_tasks.stop()
        await self.bot.session.close()
        await self.database.close()

    def _dependencies(self) -> BotDependencies:
        hasher = Hasher(self.secret_key)
        renderer = MessageRenderer(self.catalog, PUBLIC_URL, bot_username=lambda: self.bot_username)
        storage, clock = self.storage, self.clock
        return BotDependencies(
            verify_email=VerifyEmail(storage, clock, normalised_email, hasher, renderer, self.mails),
            start_payment=StartPayment(
                storage, clock, hasher, lambda: None, link_lifetime=timedelta(hours=24), livemode=False
            ),
            customers=ManageCustomers(storage, clock),
            look_up_payments=LookUpPayments(storage),
            payment_timeline=PaymentTimeline(storage),
            resend_receipt=ResendReceipt(
                storage, clock, normalised_email, lambda: None, partial(handover_of, self.catalog)
            ),
            send_purchase=SendPurchase(storage, clock, lambda: None, self.catalog),
            hand_over=HandOver(storage, clock, lambda: None, self.catalog, self.admin_ids),
            refund_payment=RefundPayment(storage, clock, self.stripe, shop_id=self.catalog.shop.shop_id),
            manage_outbox=ManageOutbox(storage, clock, lambda: None, partial(handover_of, self.catalog)),
            open_points=CountOpenPoints(storage, clock),
            audit_trail=AuditTrail(storage, clock),
            read_statistics=ReadStatistics(storage, clock, self.catalog.shop.timezone, livemode=False),
            export_payments=ExportPayments(storage),
            chat_tasks=self.chat_tasks,
            find_offer=FindOffer(self.catalog, storage, clock),
            close_shop=CloseShop(storage, clock),
            manage_invoices=ManageInvoices(storage, clock, hasher, lambda: None),
            daily_summary=DailySummary(storage, clock, lambda: None, self.catalog.shop.timezone, self.admin_ids),
            sale_alerts=SaleAlerts(storage, clock),
            decide_review=DecideReview(storage, clock, NoEvents(), shop_id=self.catalog.shop.shop_id),
            catalog=self.catalog,
            renderer=renderer,
            admin_ids=self.admin_ids,
            storage=storage,
            clock=clock,
        )

    async def tell(self) -> None:
        """Sends what waits for chats, as the shop's outbox worker does."""
        renderer, sender, goods = self.dependencies.renderer, TelegramChatSender(self.bot), self.dependencies.hand_over
        delivery = ChatDelivery(self.storage, renderer, sender, FakeGateway(), goods, lambda sku: 0, self.admin_ids)
        worker = outbox_worker(self.storage, self.clock, delivery, Channel.CHAT)
        while await worker.deliver_due():
            pass

    async def takes_payment(self, person: Person) -> None:
        """Of their newest link, as the webhook records it; and tells it in the chat."""
        async with self.storage.begin() as tx:
            (payment,) = await tx.payments.of_customer(person.id, 1)
            now = self.clock.now()
            payment = payment.with_fresh_intent("pi_1", 1, now)
            facts = payment.facts.with_intent("pi_1", IntentFacts(succeeded_at=now, card=VISA))
            paid = replace(payment.with_facts(facts, now, 1), fulfilment=Fulfilment.DELIVERED)
            await tx.payments.update(paid)
            await tx.outbox.add([one for one in Composer((), now).paid(paid) if one.channel is Channel.CHAT])
        await self.tell()

    async def say(self, person: Person, text: str) -> list[ChatMessage]:
        return await self.does(person, lambda: self.telegram.say(person, text))

    async def press(self, person: Person, message: ChatMessage, data: str) -> list[ChatMessage]:
        return await self.does(person, lambda: self.telegram.press(person, message.message_id, data))

    async def does(self, person: Person, action: Callable[[], Any]) -> list[ChatMessage]:
        """Hands the update in that the action makes; returns the bot's messages that are new or edited."""
        before = {one.message_id: one.text for one in self.telegram.chat(person)}
        action()
        # Not as a webhook asks it: that waits for a second only, and the rest of the answers would come later.
        await self.intake.accept(self.telegram.updates[-1])
        said = [one for one in self.telegram.chat(person) if one.by_bot]
        return [one for one in said if before.get(one.message_id) != one.text]

    async def hint(self, person: Person, message: ChatMessage, data: str) -> str:
        """Presses a button; what Telegram shows in a window over the chat."""
        await self.press(person, message, data)
        answer = list(self.telegram.callback_answers.values())[-1]
        assert answer is not None, "the pressed button was left waiting"
        return str(answer["text"])

    async def verify(self, person: Person, email: str, sku: str = "guide") -> ChatMessage:
        """Buys with a new address; the pay message."""
        shown = await self.say(person, f"/start {sku}")
        await self.press(person, shown[-1], f"buy:{sku}")
        await self.say(person, email)
        return (await self.say(person, self.mails.last_code(email)))[-1]
