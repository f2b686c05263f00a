"""What a restricted key (rk_…) must be allowed to do, and which of it it may not."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import stripe

from checkout.errors import PaymentRefused, RefusalArea
from providers.stripe_gateway import asked, stripe_client

NOT_THERE = "checkout_bot_asks_what_it_may"
Ask = Callable[[stripe.StripeClient], Awaitable[Any]]
NOTHING: Any = {}
# By the dashboard's words. What would change something is asked without what it needs, or of what is not there: Stripe
# looks at the key first.
NEEDED: dict[str, Ask] = {
    "PaymentIntents: write": lambda client: client.v1.payment_intents.create_async(NOTHING),
    "Charges and Refunds: write": lambda client: client.v1.refunds.create_async(NOTHING),
    "Disputes: read": lambda client: client.v1.disputes.list_async({"limit": 1}),
    "Events: read": lambda client: client.v1.events.list_async({"limit": 1}),
    "Webhook Endpoints: write": lambda client: client.v1.webhook_endpoints.delete_async(NOT_THERE),
    "Payment Method Domains: write": lambda client: client.v1.payment_method_domains.create_async(NOTHING),
    "Account: read": lambda client: client.v1.accounts.retrieve_current_async(),
}
NAMED = re.compile(r"'(rak_\w+|[A-Z][\w ]+)' permission")


async def missing_permissions(secret_key: str, session: aiohttp.ClientSession, api_url: str | None) -> tuple[str, ...]:
    """Each by the dashboard's words, with Stripe's own where it tells them; nothing for a key without restrictions.

    Raises ServiceUnavailable, and ServiceRefused for a key that Stripe does not know.
    """
    if not secret_key.startswith("rk_"):
        return ()
    client = stripe_client(secret_key, session, api_url)
    refused = {words: await _refusal(ask(client)) for words, ask in NEEDED.items()}
    return tuple(f"{words}{told}" for words, told in refused.items() if told is not None)


async def _refusal(call: Awaitable[Any]) -> str | None:
    """None where the key may do it, whatever else is wrong with the request."""
    try:
        await asked(call)
    except PaymentRefused as error:
        if error.area is RefusalArea.KEY:
            raise
        if error.area is RefusalArea.ACCOUNT and "permission" in error.words:
            named = NAMED.search(error.words)
            return f" ({named[1]})" if named else ""
    return None
