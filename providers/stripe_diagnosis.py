"""What Stripe can be asked about how well we are connected, without changing anything but for the probe."""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import aiohttp
import stripe

from checkout.errors import ServiceUnavailable
from checkout.model import keys
from checkout.model.money import Money
from checkout.resilience.no_answer import no_answer
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import asked, stripe_client

STRIPE_API = "https://api.stripe.com"
DAY_SECONDS = 86_400
# What is younger may be on its way for the first time.
UNDER_WAY_SECONDS = 120


@dataclass(frozen=True, slots=True)
class ProbeIntent:
    intent_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """``shop`` is the id that its object names; empty for none."""

    event_id: str
    shop: str


def _shop_of(event: stripe.Event) -> str:
    metadata = event.to_dict()["data"]["object"].get("metadata") or {}
    return str(metadata.get("shop", ""))


class StripeDiagnosis:
    """Raises ServiceUnavailable or ServiceRefused."""

    def __init__(self, secret_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._stripe = stripe_client(secret_key, session, api_url)
        self._session, self._api_url = session, api_url or STRIPE_API

    async def undelivered(self) -> list[Undelivered]:
        """Events of the last day, of types that we handle, that an endpoint of the account has not taken, 100 at most.

        Stripe does not tell which endpoint.
        """
        found = await asked(
            self._stripe.v1.events.list_async(
                {
                    "limit": 100,
                    "delivery_success": False,
                    "created": {"gte": int(time.time()) - DAY_SECONDS, "lte": int(time.time()) - UNDER_WAY_SECONDS},
                    "types": list(HANDLED_TYPES)[:20],
                }
            )
        )
        return [Undelivered(one.id, _shop_of(one)) for one in found.data]

    async def has_publishable_key(self, publishable_key: str) -> bool | None:
        """Whether it is of the same account; None where nothing was ever sold, so that nothing can be read with it."""
        found = await asked(self._stripe.v1.payment_intents.list_async({"limit": 1}))
        if not found.data or not found.data[0].client_secret:
            return None
        return await self.can_read(ProbeIntent(found.data[0].id, found.data[0].client_secret), publishable_key)

    async def can_read(self, intent: ProbeIntent, publishable_key: str) -> bool:
        """Whether the page could show this intent with that key."""
        parameters = {"client_secret": intent.client_secret, "key": publishable_key}
        try:
            address = f"{self._api_url}/v1/payment_intents/{intent.intent_id}"
            async with self._session.get(address, params=parameters) as response:
                if response.status == 429 or response.status >= 500:
                    raise ServiceUnavailable(f"Stripe answers with HTTP {response.status}")
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ServiceUnavailable(no_answer("Stripe", error), code=type(error).__name__) from None

    async def make_probe(self, price: Money, nonce: str) -> ProbeIntent:
        """As the shop makes one, but for its metadata: nothing of the shop's stands in them."""
        made = await asked(
            self._stripe.v1.payment_intents.create_async(
                {
                    "amount": price.amount,
                    "currency": price.currency,
                    "automatic_payment_methods": {"enabled": True},
                    "description": "checkout-bot doctor --probe",
                    "metadata": {"probe": nonce},
                },
                {"idempotency_key": keys.probe(nonce)},
            )
        )
        return ProbeIntent(made.id, made.client_secret or "")

    async def cancel_probe(self, intent: ProbeIntent) -> None:
        await asked(self._stripe.v1.payment_intents.cancel_async(intent.intent_id))

    async def probe_events(self, intent: ProbeIntent) -> list[str]:
        """The ids of the events about it."""
        found = await asked(
            self._stripe.v1.events.list_async(
                {"limit": 20, "types": ["payment_intent.created", "payment_intent.canceled"]}
            )
        )
        return [event.id for event in found.data if event.to_dict()["data"]["object"]["id"] == intent.intent_id]

    async def clock_ahead(self) -> float:
        """By how many seconds this machine's clock is ahead of Stripe's; to the second at best."""
        try:
            async with self._session.get(f"{self._api_url}/v1/account") as response:
                return time.time() - parsedate_to_datetime(response.headers["Date"]).timestamp()
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError) as error:
            raise ServiceUnavailable(no_answer("Stripe", error), code=type(error).__name__) from None
