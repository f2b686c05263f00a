"""What a message of the outbox says: a small class for each kind, which holds what the payment's row does not tell.

Amounts are in minor units of the payment's currency, times in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from checkout.model.mail_status import MailDeath
from checkout.model.message_kind import Kind
from checkout.model.shop_notice import ShopNotice


@dataclass(frozen=True, slots=True)
class PayMessage:
    """The message with the pay button is brought up to date; it shows what is true when it is sent.

    ``left`` is a chat message that is not this payment's any more: that one goes, and nothing else is done.
    """

    kind: ClassVar[Kind] = Kind.PAY_MESSAGE
    left: int | None = None  # no kind of its own: what was released before brings the payment's up to date instead


@dataclass(frozen=True, slots=True)
class PaymentPaid:
    """The receipt. ``again`` is None for the first, then how many mails there were before it.

    ``request`` is the admin's order that it follows, or which late delivery it is; empty when its customer asked.
    """

    kind: ClassVar[Kind] = Kind.PAYMENT_PAID
    again: int | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """The product's file ``number``, counted from 0, which follows a ``receipt`` in the chat."""

    kind: ClassVar[Kind] = Kind.PAYMENT_FILE
    number: int
    receipt: PaymentPaid = PaymentPaid()


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """``code`` is Stripe's code of the decline, ``attempt_key`` that of the attempt it ended."""

    kind: ClassVar[Kind] = Kind.PAYMENT_FAILED
    code: str
    attempt_key: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRefunded:
    """One refund of ``amount``; its ``state`` is ``on_its_way``, ``given_back`` or ``failed``.

    ``amount_refunded`` is the total given back up to it; 0 where it was a second payment that is given back.
    ``corrects`` what was said of it before the customer was known to have paid twice. In rows from before refunds
    were told one by one, ``refund_id`` is empty and there is the total alone.
    """

    kind: ClassVar[Kind] = Kind.PAYMENT_REFUNDED
    amount_refunded: int
    refunds_failed: int = 0
    refund_id: str = ""
    amount: int = 0
    state: str = "given_back"
    corrects: bool = False


# What is told by chat and by mail: each channel makes up for the other.
ToldOnBoth = PaymentPaid | PaymentFailed | PaymentRefunded


@dataclass(frozen=True, slots=True)
class MailUndelivered:
    """The chat makes up for a mail. ``lost`` is what it said; ``address`` is masked."""

    kind: ClassVar[Kind] = Kind.MAIL_UNDELIVERED
    lost: ToldOnBoth
    address: str
    death: MailDeath


@dataclass(frozen=True, slots=True)
class Review:
    """``reason`` names a mismatch. The alert ``edits`` (0: not looked up yet) told so, and says now what came of it."""

    kind: ClassVar[Kind] = Kind.ADMIN_REVIEW
    reason: str
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class PaidTwice:
    kind: ClassVar[Kind] = Kind.ADMIN_PAID_TWICE
    intent_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dispute:
    """``reason`` and ``status`` are Stripe's words, ``due_by`` the deadline for evidence.

    ``amount`` is of ``currency``, the dispute's own. Both are empty in rows from before one that turns was told again.
    """

    kind: ClassVar[Kind] = Kind.ADMIN_DISPUTE
    amount: int
    reason: str = ""
    due_by: datetime | None = None
    currency: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class FraudWarning:
    kind: ClassVar[Kind] = Kind.ADMIN_FRAUD_WARNING
    fraud_type: str = ""  # Stripe's word


@dataclass(frozen=True, slots=True)
class Unreachable:
    """Neither channel has brought what ``missed`` names, or nobody knows; ``reason`` is the last one's. ``edits`` as
    Review."""

    kind: ClassVar[Kind] = Kind.ADMIN_UNREACHABLE
    missed: Kind
    reason: str
    may_have_arrived: bool = False
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class RefundFailed:
    kind: ClassVar[Kind] = Kind.ADMIN_REFUND_FAILED
    amount: int
    reason: str = ""  # Stripe's words, where Stripe has refused it


@dataclass(frozen=True, slots=True)
class RefundDone:
    kind: ClassVar[Kind] = Kind.ADMIN_REFUND_DONE
    amount: int


@dataclass(frozen=True, slots=True)
class FirstPayment:
    kind: ClassVar[Kind] = Kind.ADMIN_FIRST_PAYMENT


@dataclass(frozen=True, slots=True)
class InvoicePaid:
    kind: ClassVar[Kind] = Kind.ADMIN_INVOICE_PAID


@dataclass(frozen=True, slots=True)
class Sold:
    kind: ClassVar[Kind] = Kind.ADMIN_SOLD


@dataclass(frozen=True, slots=True)
class ToDo:
    """What was bought a person has to hand over; why, the catalogue tells when this is sent. ``edits`` as Review."""

    kind: ClassVar[Kind] = Kind.ADMIN_TO_DO
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class CodeUndelivered:
    """The mail with a code did not arrive. ``code`` begins the hash of that code: nothing is said once it is gone."""

    kind: ClassVar[Kind] = Kind.CODE_UNDELIVERED
    code: str
    mail_status: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class StripeNote:
    """Stripe is to remember what the payment's row says, where it ``is_address`` that of its customer alone; it was
    told so ``fees_asked`` times before, for its fee."""

    kind: ClassVar[Kind] = Kind.STRIPE_NOTE
    fees_asked: int = 0
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class StripeRefund:
    """Stripe is to give back all of ``intent_id``, as a review has decided; ``again`` requests for it have failed."""

    kind: ClassVar[Kind] = Kind.STRIPE_REFUND
    intent_id: str
    again: int = 0


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind that this release does not know, or cannot read: it is never sent, and a person gets to see it."""

    kind: str


ToCustomer = PayMessage | PaymentFile | MailUndelivered | CodeUndelivered | ToldOnBoth
SaleAlert = FirstPayment | InvoicePaid | Sold | ToDo
PaymentAlert = Review | PaidTwice | Dispute | FraudWarning | Unreachable | RefundFailed | RefundDone | SaleAlert
ToStripe = StripeNote | StripeRefund
Content = ToCustomer | PaymentAlert | ShopNotice | ToStripe
StoredContent = Content | Unknown


def is_for_admins(content: StoredContent) -> bool:
    return content.kind.startswith("admin_")
