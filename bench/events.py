"""Signed events of the size that Stripe sends, each of another payment."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import stripe

from checkout.purchase.payment_ids import new_payment_id

SECRET = "whsec_signs_for_the_benchmark_alone"
SHOP_ID = "night-market"


def signed_request(number: int, run: str, port: int, payment_id: str = "", *, is_made: bool = False) -> bytes:
    """A whole HTTP request with a `payment_intent.succeeded` of about 3.5 KB, of a new payment where none is named.

    Where it ``is_made``, and no more, with the `payment_intent.created` of before.
    """
    event = _event(number, run, payment_id or new_payment_id(datetime.now(UTC)))
    body = json.dumps(_made(event) if is_made else event)
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET)
    head = (
        f"POST /webhooks/stripe HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: {header}\r\nContent-Length: {len(body.encode())}\r\n\r\n"
    )
    return head.encode() + body.encode()


def _made(event: dict[str, Any]) -> dict[str, Any]:
    intent = event["data"]["object"] | {
        "amount_received": 0, "latest_charge": None, "payment_method": None, "status": "requires_payment_method",
    }  # fmt: skip
    return {**event, "id": f"{event['id']}_made", "type": "payment_intent.created", "data": {"object": intent}}


def _event(number: int, run: str, payment_id: str) -> dict[str, Any]:
    name = f"{run}{number:08d}"
    created = int(time.time())
    intent: dict[str, Any] = {
        "id": f"pi_{name}",
        "object": "payment_intent",
        "amount": 1900,
        "amount_received": 1900,
        "currency": "eur",
        "customer": None,
        "created": created,
        "description": "City guide",
        "last_payment_error": None,
        "latest_charge": f"ch_{name}",
        "livemode": False,
        "payment_method": f"pm_{name}",
        "status": "succeeded",
        "metadata": {
            "email": f"customer{number}@example.com",
            "payment_id": payment_id,
            "sku": "guide",
            "telegram_user_id": str(10_000 + number),
            "shop": SHOP_ID,
        },
        "payment_method_options": {
            "card": {"installments": None, "network": None, "request_three_d_secure": "automatic"},
            "link": {"persistent_token": None, "padding": "x" * 2100},
        },
    }
    return {
        "id": f"evt_{name}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "data": {"object": intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "payment_intent.succeeded",
    }
