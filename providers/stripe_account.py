"""What a shop's Stripe account has to know of us, and what we must know of it."""

from dataclasses import dataclass
from typing import Any, Literal, cast

import aiohttp

from providers.stripe_events import HANDLED_TYPES
from providers.stripe_gateway import API_VERSION, asked, stripe_client

DESCRIPTION = "checkout-bot"
EVENT_TYPES: list[Any] = list(HANDLED_TYPES)  # the SDK types them as a literal of three hundred words


@dataclass(frozen=True, slots=True)
class AccountState:
    """``charges_enabled``: Stripe lets this account take payments."""

    name: str
    charges_enabled: bool


@dataclass(frozen=True, slots=True)
class EndpointState:
    """``missing`` and ``surplus`` are event types; ``api_version`` is the one its events are written in."""

    endpoint_id: str
    enabled: bool
    api_version: str
    missing: tuple[str, ...]
    surplus: tuple[str, ...]


class StripeAccount:
    """Raises ServiceUnavailable or ServiceRefused."""

    def __init__(self, secret_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        self._stripe = stripe_client(secret_key, session, api_url)

    async def state(self) -> AccountState:
        account = await asked(self._stripe.v1.accounts.retrieve_current_async())
        profile = account.business_profile
        name = (profile.name if profile else None) or account.email or account.id
        return AccountState(name, bool(account.charges_enabled))

    async def endpoint(self, url: str) -> EndpointState | None:
        """The webhook endpoint at this address, if there is one."""
        found = await asked(self._stripe.v1.webhook_endpoints.list_async({"limit": 100}))
        endpoint = next((one for one in found.data if one.url == url), None)
        if endpoint is None:
            return None
        types = set(endpoint.enabled_events)
        return EndpointState(
            endpoint_id=endpoint.id,
            enabled=endpoint.status == "enabled",
            api_version=endpoint.api_version or "the account's",
            missing=() if "*" in types else tuple(sorted(set(HANDLED_TYPES) - types)),
            surplus=tuple(sorted(types - set(HANDLED_TYPES))),
        )

    async def create_endpoint(self, url: str) -> str:
        """Makes the endpoint with exactly the types we handle; returns its signing secret, told this once."""
        created = await asked(
            self._stripe.v1.webhook_endpoints.create_async(
                {
                    "url": url,
                    "enabled_events": EVENT_TYPES,
                    "api_version": cast("Literal['2026-10-28.endive']", API_VERSION),
                    "description": DESCRIPTION,
                }
            )
        )
        return created.secret or ""

    async def mend_endpoint(self, endpoint_id: str) -> None:
        """Enables it for exactly the types we handle."""
        await asked(
            self._stripe.v1.webhook_endpoints.update_async(
                endpoint_id, {"enabled_events": EVENT_TYPES, "disabled": False}
            )
        )

    async def has_domain(self, host: str) -> bool:
        """Whether wallets (Apple Pay, Google Pay) may be shown on this host."""
        found = await asked(self._stripe.v1.payment_method_domains.list_async({"domain_name": host}))
        return any(one.enabled for one in found.data)

    async def register_domain(self, host: str) -> None:
        await asked(self._stripe.v1.payment_method_domains.create_async({"domain_name": host}))
