"""What the conversation is made of, handed in by the composition root."""

from dataclasses import dataclass

from bot.telegram.chat_tasks import ChatTasks
from checkout.model.catalog import Catalog
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.handover import HandOver
from checkout.notifications.manage_outbox import ManageOutbox
from checkout.notifications.resend_receipt import ResendReceipt
from checkout.notifications.sale_alerts import SaleAlerts
from checkout.notifications.send_purchase import SendPurchase
from checkout.payments.decide_review import DecideReview
from checkout.payments.refund_payment import RefundPayment
from checkout.ports.providers import Renderer
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
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


@dataclass(frozen=True, slots=True)
class BotDependencies:
    verify_email: VerifyEmail
    start_payment: StartPayment
    customers: ManageCustomers
    look_up_payments: LookUpPayments
    payment_timeline: PaymentTimeline
    decide_review: DecideReview
    resend_receipt: ResendReceipt
    send_purchase: SendPurchase
    hand_over: HandOver
    refund_payment: RefundPayment
    manage_outbox: ManageOutbox
    open_points: CountOpenPoints
    audit_trail: AuditTrail
    read_statistics: ReadStatistics
    export_payments: ExportPayments
    chat_tasks: ChatTasks
    find_offer: FindOffer
    close_shop: CloseShop
    manage_invoices: ManageInvoices
    daily_summary: DailySummary
    sale_alerts: SaleAlerts
    catalog: Catalog
    renderer: Renderer
    admin_ids: tuple[int, ...]
    storage: Storage
    clock: Clock
