"""What a message says as JSON text, and back. What older releases have written is read here too, and nowhere else."""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from checkout.model.mail_status import MailDeath
from checkout.model.message_content import (
    CodeUndelivered,
    Content,
    Dispute,
    FirstPayment,
    FraudWarning,
    InvoicePaid,
    MailUndelivered,
    PaidTwice,
    PaymentFailed,
    PaymentFile,
    PaymentPaid,
    PaymentRefunded,
    PayMessage,
    RefundDone,
    RefundFailed,
    Review,
    Sold,
    StoredContent,
    StripeNote,
    StripeRefund,
    ToDo,
    ToldOnBoth,
    Unknown,
    Unreachable,
)
from checkout.model.message_kind import Kind
from checkout.model.shop_notice import (
    NoWebhooks,
    PaymentsRefused,
    PaymentsTaken,
    ServiceBack,
    ServiceDown,
    Summary,
    TroubleFound,
    TroubleOver,
    WebhooksBack,
)
from checkout.model.summary_schedule import CurrencyTotals

Stored = Mapping[str, Any]


@lru_cache(maxsize=64)  # most messages of a group say the same
def dump_content(content: Content) -> str:
    """Without the kind, which is a column, and without what is as its default."""
    data = _plain_fields(content)
    return json.dumps(data) if data else "{}"


def _plain_fields(content: Any) -> dict[str, Any]:
    found = ((field, getattr(content, field.name)) for field in fields(content))
    return {field.name: _plain(value) for field, value in found if value != field.default}


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case PaymentPaid() | PaymentFailed() | PaymentRefunded():
            return {"kind": value.kind, **_plain_fields(value)}
        case MailDeath() | CurrencyTotals():
            return _plain_fields(value)
        case tuple():
            return [_plain(one) for one in value]
    return value


def load_content(kind: str, text: str) -> StoredContent:
    """Raises nothing: one row that cannot be read must not hold up the others."""
    try:
        return _READ[Kind(kind)](json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Unknown(kind)


def _paid(data: Stored) -> PaymentPaid:
    again = data.get("again")
    if isinstance(again, str):  # as it stood in the key: again-2, or again-u77 by an admin's order
        order = again.removeprefix("again-")
        by_admin = not order.isdecimal()
        return PaymentPaid(1 if by_admin else int(order), order if by_admin else "") if order else PaymentPaid()
    return PaymentPaid(again, data.get("request", ""))


def _file(data: Stored) -> PaymentFile:
    number = data["number"] if "number" in data else data["file"]
    return PaymentFile(int(number), _paid(data.get("receipt", {})))


def _failed(data: Stored) -> PaymentFailed:
    return PaymentFailed(data["code"], data.get("attempt_key", ""))


def _refunded(data: Stored) -> PaymentRefunded:
    return PaymentRefunded(
        int(data["amount_refunded"]),
        int(data.get("refunds_failed", 0)),
        data.get("refund_id", ""),
        data.get("amount", 0),
        data.get("state", "given_back"),
        data.get("corrects", False),
    )


def _undelivered(data: Stored) -> MailUndelivered:
    # Its own words and those of the lost mail stood side by side once.
    lost, death = data.get("lost", data), data.get("death", data)
    status = death["mail_status"] if "mail_status" in death else death["fate"]
    return MailUndelivered(
        _TOLD_ON_BOTH[lost["kind"]](lost),
        data["address"],
        MailDeath(status, death.get("cause", ""), death.get("reason", "")),
    )


def _paid_twice(data: Stored) -> PaidTwice:
    return PaidTwice(tuple(data["intent_ids"] if "intent_ids" in data else data["intents"].split()))


def _dispute(data: Stored) -> Dispute:
    due_by = _time_or_none(data.get("due_by"))
    turn = data.get("currency", ""), data.get("status", "")
    return Dispute(int(data["amount"]), data.get("reason", ""), due_by, *turn)


def _unreachable(data: Stored) -> Unreachable:
    missed = Kind(data["missed"] if "missed" in data else data["kind"])
    return Unreachable(missed, data["reason"], data.get("may_have_arrived", False), data.get("edits"))


def _service_down(data: Stored) -> ServiceDown:
    return ServiceDown(data["service"], _time(data["since"]))


def _service_back(data: Stored) -> ServiceBack:
    return ServiceBack(data["service"], _time(data["since"]), _time(data["until"]))


def _payments_refused(data: Stored) -> PaymentsRefused:
    money = int(data.get("amount", 0)), data.get("currency", "")
    return PaymentsRefused(data["area"], data["code"], data["words"], *money)


def _payments_taken(data: Stored) -> PaymentsTaken:
    return PaymentsTaken(data["code"], _time(data["since"]))


def _summary(data: Stored) -> Summary:
    counts = {name: int(data.get(name, 0)) for name in ("declines", "reviews", "disputes", "unsent", "to_do")}
    return Summary(_time(data["at"]), _totals(data.get("today", [])), _totals(data.get("yesterday", [])), **counts)


def _totals(stored: Any) -> tuple[CurrencyTotals, ...]:
    """Rows in JSON of their own, once."""
    if isinstance(stored, str):
        return tuple(CurrencyTotals(*row) for row in json.loads(stored))
    return tuple(CurrencyTotals(**one) for one in stored)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _time_or_none(text: str | None) -> datetime | None:
    return _time(text) if text else None


_TOLD_ON_BOTH: Mapping[str, Callable[[Stored], ToldOnBoth]] = {
    Kind.PAYMENT_PAID: _paid,
    Kind.PAYMENT_FAILED: _failed,
    Kind.PAYMENT_REFUNDED: _refunded,
}
_READ: Mapping[Kind, Callable[[Stored], Content]] = {
    Kind.PAY_MESSAGE: lambda data: PayMessage(data.get("left")),
    Kind.PAYMENT_PAID: _paid,
    Kind.PAYMENT_FILE: _file,
    Kind.PAYMENT_FAILED: _failed,
    Kind.PAYMENT_REFUNDED: _refunded,
    Kind.MAIL_UNDELIVERED: _undelivered,
    Kind.CODE_UNDELIVERED: lambda data: CodeUndelivered(data["code"], data["mail_status"], data.get("cause", "")),
    Kind.ADMIN_REVIEW: lambda data: Review(data["reason"], data.get("edits")),
    Kind.ADMIN_PAID_TWICE: _paid_twice,
    Kind.ADMIN_DISPUTE: _dispute,
    Kind.ADMIN_FRAUD_WARNING: lambda data: FraudWarning(data.get("fraud_type", "")),
    Kind.ADMIN_UNREACHABLE: _unreachable,
    Kind.ADMIN_REFUND_FAILED: lambda data: RefundFailed(int(data["amount"]), data.get("reason", "")),
    Kind.ADMIN_REFUND_DONE: lambda data: RefundDone(int(data["amount"])),
    Kind.ADMIN_FIRST_PAYMENT: lambda data: FirstPayment(),
    Kind.ADMIN_INVOICE_PAID: lambda data: InvoicePaid(),
    Kind.ADMIN_SOLD: lambda data: Sold(),
    Kind.ADMIN_TO_DO: lambda data: ToDo(data.get("edits")),
    Kind.ADMIN_NO_WEBHOOKS: lambda data: NoWebhooks(_time_or_none(data.get("last"))),
    Kind.ADMIN_WEBHOOKS_BACK: lambda data: WebhooksBack(_time(data["since"])),
    Kind.ADMIN_SERVICE_DOWN: _service_down,
    Kind.ADMIN_SERVICE_BACK: _service_back,
    Kind.ADMIN_PAYMENTS_REFUSED: _payments_refused,
    Kind.ADMIN_PAYMENTS_TAKEN: _payments_taken,
    Kind.ADMIN_TROUBLE_FOUND: lambda data: TroubleFound(data["trouble"]),
    Kind.ADMIN_TROUBLE_OVER: lambda data: TroubleOver(data["trouble"]),
    Kind.ADMIN_SUMMARY: _summary,
    Kind.STRIPE_NOTE: lambda data: StripeNote(data.get("fees_asked", 0), data.get("is_address", False)),
    Kind.STRIPE_REFUND: lambda data: StripeRefund(data["intent_id"], data.get("again", 0)),
}
