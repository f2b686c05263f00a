"""What is asked of the Stripe stand-in, through Stripe's own SDK."""

from typing import Any

import aiohttp
from stripe import AIOHTTPClient, StripeClient

from sandbox.fake_stripe.api import StripeStandIn

PAYMENT: Any = {
    "amount": 1900,
    "currency": "EUR",
    "automatic_payment_methods": {"enabled": True},
    "description": "Путеводитель",
    "metadata": {"payment_id": "pay_1", "shop": "night-market"},
}
CONFIRM: Any = {"payment_method": "pm_card_visa", "return_url": "https://example.com/done"}


def a_request(**change: Any) -> Any:
    """For a PaymentIntent."""
    return {**PAYMENT, **change}


def stripe_client(service: StripeStandIn, key: str, session: aiohttp.ClientSession, retries: int = 0) -> StripeClient:
    http = AIOHTTPClient(session=session, timeout=5)
    return StripeClient(key, http_client=http, base_addresses={"api": service.url}, max_network_retries=retries)
