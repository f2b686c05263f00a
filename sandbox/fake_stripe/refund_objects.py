"""The objects that come after a payment, and those of the account: refund, dispute, warning, endpoint, domain."""

from typing import Any

from sandbox.fake_stripe.objects import ACCOUNT_ID, API_VERSION, Wire, new_id, now

_EVIDENCE = """access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
    cancellation_rebuttal customer_communication customer_email_address customer_name customer_purchase_ip
    customer_signature duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id
    product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date
    service_documentation shipping_address shipping_carrier shipping_date shipping_documentation
    shipping_tracking_number uncategorized_file uncategorized_text"""
_DAY = 86400
WALLETS = ("amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal")


def refund(charge: Wire, amount: int, params: Wire, status: str) -> Wire:
    """Money given back; `status` is succeeded, pending or failed."""
    reference = {"reference": None, "reference_status": "pending", "reference_type": "acquirer_reference_number"}
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": charge["id"],
        "created": now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "customer_account": None,
        "destination_details": {"card": {**reference, "type": "refund"}, "type": "card"},
        "metadata": dict(params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def dispute(charge: Wire, reason: str, status: str) -> Wire:
    """The customer's bank wants the money back."""
    card = charge["payment_method_details"]["card"]
    inquiry = status.startswith("warning_")
    due = (now() // _DAY + 8) * _DAY - 1
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE.split()), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": due,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": card["brand"],
                "case_type": "inquiry" if inquiry else "chargeback",
                "network": card["network"],
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }


def early_fraud_warning(charge: Wire) -> Wire:
    """The card network suspects fraud; no money has moved."""
    return {
        "id": new_id("issfr"),
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": charge["id"],
        "created": now(),
        "fraud_type": "made_with_stolen_card",
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }


def balance_transaction(transaction_id: str, charge: Wire) -> Wire:
    """What a charge brings: 1.5 % and 25 minor units go to Stripe."""
    fee = charge["amount"] * 15 // 1000 + 25
    detail: dict[str, Any] = {"amount": fee, "application": None, "currency": charge["currency"]}
    return {
        "id": transaction_id,
        "object": "balance_transaction",
        "amount": charge["amount"],
        "available_on": charge["created"] + 2 * _DAY,
        "balance_type": "payments",
        "created": charge["created"],
        "currency": charge["currency"],
        "description": charge["description"],
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [{**detail, "description": "Stripe processing fees", "type": "stripe_fee"}],
        "net": charge["amount"] - fee,
        "reporting_category": "charge",
        "source": charge["id"],
        "status": "pending",
        "type": "charge",
    }


def webhook_endpoint(params: Wire) -> Wire:
    """Where events are sent; its secret is told once, at its making."""
    return {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": params.get("api_version"),
        "application": None,
        "created": now(),
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": False,
        "metadata": dict(params.get("metadata") or {}),
        "status": "enabled",
        "url": params["url"],
    }


def payment_method_domain(name: str, enabled: bool) -> Wire:
    """A host name on which wallets may appear."""
    return {
        "id": new_id("pmd"),
        "object": "payment_method_domain",
        "created": now(),
        "domain_name": name,
        "enabled": enabled,
        "livemode": False,
        **{wallet: {"status": "active" if enabled else "inactive"} for wallet in WALLETS},
    }


def event(kind: str, subject: Wire, previous: Wire | None, request: Wire, pending: int) -> Wire:
    """What happened to `subject`, as it is now; `previous` holds the old values of what changed."""
    data: Wire = {"object": subject}
    if previous is not None:
        data["previous_attributes"] = previous
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": now(),
        "data": data,
        "livemode": False,
        "pending_webhooks": pending,
        "request": request,
        "type": kind,
    }


def account() -> Wire:
    """The shop's own account."""
    due: dict[str, Any] = {name: [] for name in "currently_due eventually_due past_due errors alternatives".split()}
    prefix = "statement_descriptor_prefix"
    prefixes = dict.fromkeys((prefix, f"{prefix}_kana", f"{prefix}_kanji"))
    kanji = dict.fromkeys(("statement_descriptor_kana", "statement_descriptor_kanji"))
    due.update(pending_verification=[], disabled_reason=None, current_deadline=None)
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            **dict.fromkeys("estimated_worker_count mcc name product_description support_address".split()),
            **dict.fromkeys("annual_revenue support_email support_phone support_url url".split()),
            "minority_owned_business_designation": None,
            "name": "Sandbox shop",
        },
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "country": "EE",
        "created": 1700000000,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "shop@example.com",
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/accounts/{ACCOUNT_ID}/external_accounts",
        },
        "future_requirements": dict(due),
        "metadata": {},
        "payouts_enabled": True,
        "requirements": dict(due),
        "settings": {
            "bacs_debit_payments": {"display_name": None, "service_user_number": None},
            "branding": dict.fromkeys("icon logo primary_color secondary_color".split()),
            "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
            "card_payments": {**prefixes, "decline_on": {"avs_failure": False, "cvc_failure": True}},
            "dashboard": {"display_name": "Sandbox shop", "timezone": "Europe/Tallinn"},
            "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
            "payments": {**prefixes, **kanji, "statement_descriptor": "SANDBOX"},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
            "sepa_debit_payments": {},
        },
        "tos_acceptance": {"date": 1700000000, "ip": None, "user_agent": None},
        "type": "standard",
    }
