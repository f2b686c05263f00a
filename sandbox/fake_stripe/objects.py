"""Stripe's objects as the API returns them, every field present; amounts in minor units, times in seconds UTC."""

import secrets
import string
import time
from typing import Any

from sandbox.fake_stripe.cards import CardDetails, Decline

Wire = dict[str, Any]

API_VERSION = "2026-10-28.endive"
ACCOUNT_ID = "acct_1SandboxCheckout"
_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str, length: int = 24) -> str:
    """An id like Stripe's: ``pi_3Q…``."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(length))}"


def now() -> int:
    """Whole seconds, as everywhere at Stripe."""
    return int(time.time())


def _nothing(names: str) -> Wire:
    return dict.fromkeys(names.split())


def _made(prefix: str, kind: str) -> Wire:
    return {"id": new_id(prefix), "object": kind, "created": now(), "livemode": False}


def _address() -> Wire:
    return _nothing("city country line1 line2 postal_code state")


def payment_intent(params: Wire) -> Wire:
    """A new intent, waiting for a payment method."""
    made = _made("pi", "payment_intent")
    automatic = params.get("automatic_payment_methods") or {"enabled": True}
    fields = """allowed_payment_method_types application application_fee_amount canceled_at cancellation_reason customer
        customer_account description excluded_payment_method_types last_payment_error latest_charge next_action
        on_behalf_of payment_method processing receipt_email review setup_future_usage shipping source
        statement_descriptor statement_descriptor_suffix transfer_data transfer_group"""
    given = {name: params[name] for name in fields.split() if name in params}
    return {
        **_nothing(fields),
        **given,
        **made,
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", **automatic},
        "capture_method": "automatic_async",
        "client_secret": f"{made['id']}_secret_{new_id('', 25)[1:]}",
        "confirmation_method": "automatic",
        "currency": params["currency"],
        "managed_payments": {"enabled": False},
        "metadata": dict(params.get("metadata") or {}),
        "payment_method_configuration_details": {"id": "pmc_1SandboxDefault", "parent": None},
        "payment_method_options": {
            "card": {"installments": None, "mandate_options": None, "network": None}
            | {"request_three_d_secure": "automatic"}
        },
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }


def payment_method(details: CardDetails, billing: Wire | None) -> Wire:
    """A card that was typed in."""
    card = details.card
    billing = billing or {}
    return {
        **_made("pm", "payment_method"),
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": {**_address(), **(billing.get("address") or {})},
            **{name: billing.get(name) for name in ("email", "name", "phone", "tax_id")},
        },
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": card.country,
            "display_brand": card.brand,
            "exp_month": details.exp_month,
            "exp_year": details.exp_year,
            "fingerprint": _fingerprint(card.number),
            "funding": card.funding,
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "customer": None,
        "customer_account": None,
        "metadata": {},
        "type": "card",
    }


def _fingerprint(number: str) -> str:
    return "".join(_ALPHABET[(int(number[: n + 1]) * 7919) % len(_ALPHABET)] for n in range(12)) + "Sbx1"


def _card_of_charge(method: Wire, amount: int, authenticated: bool) -> Wire:
    card = method["card"]
    copied = {name: card[name] for name in "brand checks country exp_month exp_year fingerprint funding".split()}
    unavailable = {"status": "unavailable"}
    secure = {
        **_nothing("electronic_commerce_indicator exemption_indicator result_reason"),
        "authentication_flow": "challenge",
        "result": "authenticated",
        "transaction_id": secrets.token_hex(16),
        "version": "2.2.0",
    }
    return {
        **copied,
        "last4": card["last4"],
        "amount_authorized": amount,
        "authorization_code": "123456",
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": unavailable,
        "installments": None,
        "mandate": None,
        "multicapture": unavailable,
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "".join(secrets.choice(string.digits) for _ in range(15)),
        "overcapture": {"maximum_amount_capturable": amount, **unavailable},
        "regulated_status": card["regulated_status"],
        "three_d_secure": secure if authenticated else None,
        "transaction_link_id": None,
        "wallet": None,
    }


def _how_it_was_paid(method: Wire, amount: int, authenticated: bool) -> Wire:
    kind = method["type"]
    return {"type": kind, kind: _card_of_charge(method, amount, authenticated) if kind == "card" else {}}


def _outcome(decline_code: str | None, decline: Decline | None) -> Wire:
    if decline is None:
        told = {"network_status": "approved_by_network", "reason": None, "type": "authorized"}
        return {**told, **_no_advice(), "seller_message": "Payment complete.", **_risk(12)}
    if decline.blocked:
        told = {"network_status": "not_sent_to_network", "reason": "highest_risk_level", "type": "blocked"}
        return {**told, **_no_advice(), "seller_message": "Stripe blocked this payment.", **_risk(96)}
    return {
        "advice_code": decline.advice,
        "network_advice_code": None,
        "network_decline_code": decline.network_code,
        "network_status": "declined_by_network",
        "reason": decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
        **_risk(24),
    }


def _no_advice() -> Wire:
    return _nothing("advice_code network_advice_code network_decline_code")


def _risk(score: int) -> Wire:
    return {"risk_level": "highest" if score > 75 else "normal", "risk_score": score}


def charge(
    intent: Wire,
    method: Wire,
    *,
    authenticated: bool = False,
    decline_code: str | None = None,
    decline: Decline | None = None,
) -> Wire:
    """The attempt to take the money; with a decline a failed one."""
    made = _made("ch", "charge")
    paid = decline is None
    copied = {name: intent[name] for name in "amount currency customer description receipt_email shipping".split()}
    nulls = """application application_fee application_fee_amount failure_balance_transaction on_behalf_of
        receipt_number review source source_transfer statement_descriptor statement_descriptor_suffix
        transfer_data transfer_group"""
    return {
        **_nothing(nulls),
        **copied,
        **made,
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "balance_transaction": new_id("txn") if paid else None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "captured": paid,
        "disputed": False,
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
        "fraud_details": {},
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(decline_code, decline),
        "paid": paid,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _how_it_was_paid(method, intent["amount"], authenticated),
        "receipt_url": f"https://pay.stripe.com/receipts/sandbox/{made['id']}" if paid else None,
        "refunded": False,
        "status": "succeeded" if paid else "failed",
    }
