"""What a shop's Resend account has to know of us, and what we must know of it."""

from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
import resend

from checkout.errors import ServiceUnavailable
from providers.resend_mail import translated, use_resend

EVENTS: list[Any] = [
    "email.sent",
    "email.delivered",
    "email.delivery_delayed",
    "email.bounced",
    "email.complained",
    "email.suppressed",
    "email.failed",
]
T = TypeVar("T")


class ResendAccount:
    """Raises ServiceUnavailable or ServiceRefused."""

    def __init__(self, api_key: str, session: aiohttp.ClientSession, api_url: str | None) -> None:
        use_resend(api_key, session, api_url)

    async def domain_state(self, domain: str) -> str | None:
        """Resend's word for the sending domain (``verified`` is the good one); None when it is not there."""
        found = await _asked(resend.Domains.list_async())
        states = {str(one["name"]).lower(): str(one["status"]) for one in found["data"]}
        parents = [domain.lower().split(".", cut)[-1] for cut in range(domain.count("."))]
        return next((states[one] for one in parents if one in states), None)

    async def has_webhook(self, url: str) -> bool:
        found = await _asked(resend.Webhooks.list_async())
        return any(one["endpoint"] == url for one in found["data"])

    async def create_webhook(self, url: str) -> str:
        """Returns the signing secret."""
        created = await _asked(resend.Webhooks.create_async({"endpoint": url, "events": EVENTS}))
        return str(created["signing_secret"])


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except resend.exceptions.ResendError as error:
        raise translated(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
        raise ServiceUnavailable(f"Resend: {type(error).__name__}") from error
