"""What the conversation is made of, handed in by the composition root."""

from dataclasses import dataclass

from bot.telegram.chat_tasks import Errands
from checkout.model.catalog import Catalog
from checkout.notifications.daily_summary import DailySummary
from checkout.notifications.manage_outbox import TendOutbox
from checkout.notifications.resend_receipt import ResendReceipt
from checkout.payments.decide_review import DecideReview
from checkout.payments.refund_payment import RefundPayment
from checkout.ports.providers import Renderer
from checkout.ports.runtime import Clock
from checkout.ports.storage import Storage
from checkout.purchase.find_offer import Offers
from checkout.purchase.manage_customers import Customers
from checkout.purchase.manage_invoices import MakeInvoice
from checkout.purchase.start_payment import StartPayment
from checkout.purchase.verify_email import VerifyEmail
from checkout.reporting.audit_trail import AuditTrail
from checkout.reporting.export_payments import ExportPayments
from checkout.reporting.look_up_payments import LookUpPayments
from checkout.reporting.payment_timeline import TellTheStory
from checkout.reporting.statistics import ReadFigures


@dataclass(frozen=True, slots=True)
class BotParts:
    verify_email: VerifyEmail
    start_payment: StartPayment
    customers: Customers
    look_up_payments: LookUpPayments
    tell_the_story: TellTheStory
    decide_review: DecideReview
    resend_receipt: ResendReceipt
    refund_payment: RefundPayment
    tend_outbox: TendOutbox
    audit_trail: AuditTrail
    read_figures: ReadFigures
    export_payments: ExportPayments
    errands: Errands
    offers: Offers
    make_invoice: MakeInvoice
    daily_summary: DailySummary
    catalog: Catalog
    renderer: Renderer
    admin_ids: tuple[int, ...]
    storage: Storage
    clock: Clock
