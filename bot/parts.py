"""What the conversation is made of, handed in by the composition root."""

from dataclasses import dataclass

from bot.errands import Errands
from checkout.catalog import Catalog
from checkout.ports import Clock, Renderer, Storage
from checkout.usecases.audit import AuditTrail
from checkout.usecases.customers import Customers
from checkout.usecases.daily_summary import DailySummary
from checkout.usecases.decide_review import DecideReview
from checkout.usecases.export_payments import ExportPayments
from checkout.usecases.look_up_payments import LookUpPayments
from checkout.usecases.make_invoice import MakeInvoice
from checkout.usecases.offers import Offers
from checkout.usecases.read_figures import ReadFigures
from checkout.usecases.refund_payment import RefundPayment
from checkout.usecases.resend_receipt import ResendReceipt
from checkout.usecases.start_payment import StartPayment
from checkout.usecases.tell_the_story import TellTheStory
from checkout.usecases.tend_outbox import TendOutbox
from checkout.usecases.verify_email import VerifyEmail


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
