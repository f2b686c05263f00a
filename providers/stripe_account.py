"""What a shop's Stripe account has to know of us, and what we must know of it."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, cast

import aiohttp
import stripe

from checkout.errors import ServiceRefused
from messages.links import as_browsers_write
from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION, asked, stripe_client

DESCRIPTION = "checkout-bot"
EVENT_TYPES: list[Any] = list(HANDLED_TYPES)  # the SDK types them as a literal of three hundred words
FINGERPRINT, SHOP = "secret_fingerprint", "shop"  # keys of an endpoint's metadata
# An endpoint whose making was not finished: it matches no secret, so it is made anew.
UNFINISHED = "unfinished"
# A value of metadata has 500 characters; at Stripe two secrets are valid at a time.
MOST_NOTED = 10


def fingerprint(signing_secret: str) -> str:
    """By which the endpoint's metadata tells whose secret it has; the secret cannot be found from it."""
    return hashlib.sha256(f"checkout-bot {signing_secret}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class AccountState:
    """``charges_enabled``: Stripe lets this account take payments."""

    name: str
    charges_enabled: bool


@dataclass(frozen=True, slots=True)
class EndpointState:
    """``missing`` and ``surplus`` are event types; ``api_version`` is the one its events are written in.

    ``fingerprints`` are those of its signing secret, of several while it is being rolled, none where nobody noted it;
    ``shop`` is the id of the shop that made it, empty likewise; ``is_ours`` tells that this program made it.
    """

    endpoint_id: str
    url: str
    enabled: bool
    api_version: str
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    fingerprints: frozenset[str]
    shop: str
    is_ours: bool

    def is_signed_with(self, secrets: tuple[str, ...]) -> bool:
        return not self.fingerprints.isdisjoint(map(fingerprint, secrets))

    def has_noted(self, secrets: tuple[str, ...]) -> bool:
        """Whether it is known by these very secrets."""
        return self.fingerprints == set(map(fingerprint, secrets))


@dataclass(frozen=True, slots=True)
class DomainState:
    """``inactive``: the wallets that Stripe does not show there."""

    domain_id: str
    enabled: bool
    inactive: tuple[str, ...]


class StripeAccount:
    """Raises ServiceUnavailable or ServiceRefused."""

    def __init__(self, secret_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._stripe = stripe_client(secret_key, session, api_url)

    async def state(self) -> AccountState:
        account = await asked(self._stripe.v1.accounts.retrieve_current_async())
        profile = account.business_profile
        name = (profile.name if profile else None) or account.email or account.id
        return AccountState(name, bool(account.charges_enabled))

    async def endpoints(self) -> list[EndpointState]:
        """All of the key's mode, the newest first; Stripe lets an account have sixteen."""
        found = await asked(self._stripe.v1.webhook_endpoints.list_async({"limit": 100}))
        return [_endpoint(one) for one in found.data]

    async def create_endpoint(self, url: str) -> tuple[str, str]:
        """Makes the endpoint with exactly the types we handle: its id and its signing secret, told this once.

        Call ``note_secrets`` once the secret is in a safe place.
        """
        created = await asked(
            self._stripe.v1.webhook_endpoints.create_async(
                {
                    "url": url,
                    "enabled_events": EVENT_TYPES,
                    "api_version": cast("Literal['2026-10-28.endive']", API_VERSION),
                    "description": DESCRIPTION,
                    "metadata": {FINGERPRINT: UNFINISHED},
                }
            )
        )
        return created.id, created.secret or ""

    async def note_secrets(self, endpoint_id: str, secrets: tuple[str, ...], shop_id: str) -> None:
        """Notes whose secret the endpoint has; several, while it is being rolled."""
        noted = ",".join(map(fingerprint, secrets[:MOST_NOTED]))
        metadata = {FINGERPRINT: noted, SHOP: shop_id}
        await asked(self._stripe.v1.webhook_endpoints.update_async(endpoint_id, {"metadata": metadata}))

    async def mend_endpoint(self, endpoint_id: str) -> None:
        """Enables it for exactly the types we handle."""
        await asked(
            self._stripe.v1.webhook_endpoints.update_async(
                endpoint_id, {"enabled_events": EVENT_TYPES, "disabled": False}
            )
        )

    async def delete_endpoint(self, endpoint_id: str) -> None:
        await asked(self._stripe.v1.webhook_endpoints.delete_async(endpoint_id))

    async def domain(self, host: str) -> DomainState | None:
        """Whether wallets (Apple Pay, Google Pay) may be shown on this host; None where it is not registered."""
        found = await asked(self._stripe.v1.payment_method_domains.list_async({"domain_name": host}))
        return next((_domain(one) for one in found.data), None)

    async def register_domain(self, host: str) -> None:
        await asked(self._stripe.v1.payment_method_domains.create_async({"domain_name": host}))

    async def enable_domain(self, domain_id: str) -> None:
        """Stripe looks once more whether each wallet can be shown there."""
        await asked(self._stripe.v1.payment_method_domains.update_async(domain_id, {"enabled": True}))
        await asked(self._stripe.v1.payment_method_domains.validate_async(domain_id))


async def check_publishable_key(key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
    """Asks with it as a browser does, for an intent that is not there. Raises ServiceError."""
    client = stripe_client(key, session, api_url)
    nothing: Any = {"client_secret": "pi_0_secret_0"}
    try:
        await asked(client.v1.payment_intents.retrieve_async("pi_0", nothing))
    except ServiceRefused as error:
        if error.code != "resource_missing":
            raise


def _endpoint(found: stripe.WebhookEndpoint) -> EndpointState:
    types, metadata = set(found.enabled_events), found.metadata.to_dict() if found.metadata else {}
    return EndpointState(
        endpoint_id=found.id,
        url=as_browsers_write(found.url),
        enabled=found.status == "enabled",
        api_version=found.api_version or "the account's",
        missing=() if "*" in types else tuple(sorted(set(HANDLED_TYPES) - types)),
        surplus=tuple(sorted(types - set(HANDLED_TYPES))),
        fingerprints=frozenset(filter(None, str(metadata.get(FINGERPRINT, "")).split(","))),
        shop=str(metadata.get(SHOP, "")),
        is_ours=found.description == DESCRIPTION,
    )


def _domain(found: stripe.PaymentMethodDomain) -> DomainState:
    wallets: dict[str, Any] = {"Apple Pay": found.apple_pay, "Google Pay": found.google_pay}
    inactive = tuple(name for name, wallet in wallets.items() if wallet.status != "active")
    return DomainState(found.id, found.enabled, inactive)
