"""Events of Stripe and Resend in which one value, or several, is not what it should be."""

import copy
import json
from collections.abc import Iterator
from typing import Any

METADATA = {
    "shop": "night-market",
    "payment_id": "pay_1",
    "email": "anna@example.com",
    "sku": "guide",
    "telegram_user_id": "42",
    "request": "n1",
    "admin_id": "9001",
}
CHARGE = {
    "id": "ch_1",
    "payment_intent": "pi_1",
    "status": "succeeded",
    "amount_refunded": 500,
    "metadata": METADATA,
    "payment_method_details": {"type": "card", "card": {"brand": "visa", "last4": "4242"}},
}
INTENT = {
    "id": "pi_1",
    "amount": 1900,
    "amount_received": 1900,
    "currency": "eur",
    "livemode": False,
    "description": "City guide",
    "metadata": METADATA,
    "latest_charge": CHARGE,
    "payment_method": "pm_1",
    "last_payment_error": {
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
        "charge": "ch_0",
        "payment_method": {"id": "pm_0"},
    },
}
REFUND = {"id": "re_1", "payment_intent": "pi_1", "amount": 500, "status": "succeeded", "metadata": METADATA}
DISPUTE = {
    "id": "dp_1",
    "payment_intent": "pi_1",
    "amount": 1900,
    "status": "needs_response",
    "reason": "fraudulent",
    "evidence_details": {"due_by": 1_790_000_000},
    "metadata": METADATA,
}
WARNING = {"id": "issfr_1", "payment_intent": "pi_1", "fraud_type": "misc"}
SUBJECTS: dict[str, dict[str, Any]] = {
    "payment_intent.succeeded": INTENT,
    "payment_intent.payment_failed": INTENT,
    "charge.refunded": CHARGE,
    "refund.updated": REFUND,
    "charge.dispute.created": DISPUTE,
    "radar.early_fraud_warning.created": WARNING,
}
MAIL = {
    "email_id": "mail_1",
    "to": ["anna@example.com"],
    "tags": {"kind": "payment_paid", "payment_id": "pay_1"},
    "bounce": {"message": "550 unknown", "type": "Permanent", "subType": "NoEmail"},
}
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, float("nan"), 10**13, 10**18, 2**63, 2**64, 10**300, 253_402_300_800,
    -62_135_596_801,
    "", " ", "0", "\0", "a\0b", "\ud800", "\udfff tail", "\u202e", "\U0010ffff", "long" * 2000, [], {}, [[]], [None],
    {"id": "\ud800"}, {"id": 7}, {"a\0b": "\0"},
)  # fmt: skip


def stripe_event(type_: str) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "type": type_,
        "created": 1_790_000_000,
        "livemode": False,
        "data": {"object": copy.deepcopy(SUBJECTS[type_])},
    }


def mail_event(type_: str = "email.bounced") -> dict[str, Any]:
    return {"type": type_, "data": copy.deepcopy(MAIL)}


def odd_bodies(event: dict[str, Any]) -> Iterator[bytes]:
    """The event with each of its values in turn replaced by each odd one, and once left out."""
    for path in paths(event):
        for value in ODD:
            yield with_value(event, path, value)
        yield without(event, path)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def with_value(event: dict[str, Any], path: tuple[Any, ...], value: Any) -> bytes:
    changed = copy.deepcopy(event)
    _holder(changed, path)[path[-1]] = value
    return json.dumps(changed).encode()


def without(event: dict[str, Any], path: tuple[Any, ...]) -> bytes:
    changed = copy.deepcopy(event)
    del _holder(changed, path)[path[-1]]
    return json.dumps(changed).encode()


def _holder(event: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        event = event[key]
    return event
