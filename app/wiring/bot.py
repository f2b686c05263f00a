"""The conversation: the use cases that it offers, and how updates reach it."""

from functools import partial

from app.wiring.outbox import hand_over
from app.wiring.recording import Recording
from app.wiring.services import Services
from bot.dependencies import BotDependencies
from bot.dispatcher import build_dispatcher
from bot.telegram.chat_tasks import ChatTasks
from bot.telegram.customer_queue import CustomerQueue, InMemoryCustomerQueue
from bot.telegram.updates import UpdateIntake
from checkout.notifications.handover import handover_of
from checkout.notifications.manage_outbox import ManageOutbox
from checkout.notifications.resend_receipt import ResendReceipt
from checkout.notifications.sale_alerts import SaleAlerts
from checkout.notifications.send_purchase import SendPurchase
from checkout.payments.decide_review import DecideReview
from checkout.payments.refund_payment import RefundPayment
from checkout.ports.runtime import Wake
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
from db.replicas.customer_queue import DatabaseCustomerQueue
from providers.email_addresses import normalised_email


def build_intake(services: Services, wake: Wake, recording: Recording, chat_tasks: ChatTasks) -> UpdateIntake:
    dispatcher = build_dispatcher(_dependencies(services, wake, recording, chat_tasks))
    return UpdateIntake(services.bot, dispatcher, services.storage, services.clock, _customer_queue(services))


def _customer_queue(services: Services) -> CustomerQueue:
    """Replicas share the customers only where Telegram hands updates to all of them: one alone may poll."""
    settings = services.settings
    shared = settings.database.file is None and settings.telegram_updates == "webhook"
    return DatabaseCustomerQueue(services.database) if shared else InMemoryCustomerQueue()


def _dependencies(services: Services, wake: Wake, recording: Recording, chat_tasks: ChatTasks) -> BotDependencies:
    storage, clock, settings = services.storage, services.clock, services.settings
    shop, hasher, gateway = services.catalog.shop, services.hasher, services.gateway
    mails, meter = services.rate_limited_mail_sender, services.metrics
    return BotDependencies(
        catalog=services.catalog,
        renderer=services.renderer,
        admin_ids=settings.admin_ids,
        storage=storage,
        clock=clock,
        chat_tasks=chat_tasks,
        verify_email=VerifyEmail(
            storage, clock, normalised_email, hasher, services.renderer, mails, meter, settings.admin_ids
        ),
        start_payment=StartPayment(
            storage, clock, hasher, wake, link_lifetime=settings.pay_link_ttl, livemode=settings.livemode
        ),
        customers=ManageCustomers(storage, clock),
        find_offer=FindOffer(services.catalog, storage, clock),
        close_shop=CloseShop(storage, clock),
        manage_invoices=ManageInvoices(storage, clock, hasher, wake),
        look_up_payments=LookUpPayments(storage),
        payment_timeline=PaymentTimeline(storage),
        read_statistics=ReadStatistics(storage, clock, shop.timezone, livemode=settings.livemode),
        export_payments=ExportPayments(storage),
        audit_trail=AuditTrail(storage, clock),
        daily_summary=recording.daily_summary,
        sale_alerts=SaleAlerts(storage, clock),
        manage_outbox=ManageOutbox(storage, clock, wake, partial(handover_of, services.catalog), services.ask_now),
        open_points=CountOpenPoints(storage, clock),
        resend_receipt=ResendReceipt(storage, clock, normalised_email, wake, partial(handover_of, services.catalog)),
        send_purchase=SendPurchase(storage, clock, wake, services.catalog),
        hand_over=hand_over(services, wake),
        refund_payment=RefundPayment(storage, clock, gateway, shop_id=shop.shop_id),
        decide_review=DecideReview(storage, clock, recording.writer, shop_id=shop.shop_id),
    )
