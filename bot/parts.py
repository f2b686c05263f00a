"""What the conversation is made of, handed in by the composition root."""

from dataclasses import dataclass

from checkout.catalog import Catalog
from checkout.ports import Clock, Renderer, Storage
from checkout.usecases.customers import Customers
from checkout.usecases.look_up_payments import LookUpPayments
from checkout.usecases.start_payment import StartPayment
from checkout.usecases.verify_email import VerifyEmail


@dataclass(frozen=True, slots=True)
class BotParts:
    verify_email: VerifyEmail
    start_payment: StartPayment
    customers: Customers
    look_up_payments: LookUpPayments
    catalog: Catalog
    renderer: Renderer
    admin_ids: tuple[int, ...]
    storage: Storage
    clock: Clock
